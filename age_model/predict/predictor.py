"""From a photo to ages: the one way that the app, the command line and the tests share."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from PIL import Image

from age_model.ages import AGE_LIMITS
from age_model.i18n.message import mark
from age_model.model.age_model import AgeModel, as_batch
from age_model.model.card import ModelError
from age_model.model.saved_model import load_model
from age_model.predict.id_rule import cannot_tell
from age_model.predict.results import CANNOT_TELL, FaceEstimate, PhotoResult
from age_model.release import released
from age_model.vision.alignment import align_face
from age_model.vision.default_detector import default_detector
from age_model.vision.detector import Detector
from age_model.vision.faces import DetectedFace
from age_model.vision.photos import PhotoError, open_photo
from age_model.vision.quality import face_quality, quality_warnings

NO_FACE = mark("No face was found. Use a photo where a face is large, lit and looks at the camera.")
NO_NUMBER = mark("The model gives ages that are not numbers: its files are damaged.")

FACES_AT_ONCE = 64  # more in a pass of the network take memory, and are not faster on a CPU

Source = str | Path | bytes | BinaryIO  # what `open_photo` reads


class ReadPhoto(NamedTuple):
    """A photo on its way to the detector.

    Attributes:
        name: how the result is called.
        image: the upright RGB photo; None if it could not be read.
        problem: the sentence on why it could not.
    """

    name: str
    image: Image.Image | None
    problem: str | None = None


def read_photo(name: str, source: Source) -> ReadPhoto:
    """Read a photo; a bad one never raises."""
    try:
        return ReadPhoto(name, open_photo(source))
    except PhotoError as error:
        return ReadPhoto(name, None, str(error))


class Predictor:
    """A face detector and an age model.

    Args:
        model: the age model.
        detector: finds the faces; by default the one of `default_detector`.
    """

    def __init__(self, model: AgeModel, detector: Detector | None = None) -> None:
        self.model = model
        self.detector = detector or default_detector()

    @classmethod
    def load(cls, model_dir: Path | None = None, device: str = "cpu") -> "Predictor":
        """Load a saved model, by default the released one, and the usual detector.

        Args:
            model_dir: the model's folder.
            device: for the networks of both.

        Raises:
            ModelError: if it cannot be used.
        """
        model = load_model(model_dir or released().model_dir, device)
        return cls(model, default_detector(device=device))

    def predict(self, name: str, source: Source) -> PhotoResult:
        """Read a photo and estimate the ages of its faces; a bad photo never raises.

        Args:
            name: how the result is called.
            source: what `open_photo` reads.

        Raises:
            ModelError: see `estimate`.
        """
        return self.examine([read_photo(name, source)])[0]

    def examine(self, photos: Sequence[ReadPhoto]) -> list[PhotoResult]:
        """Estimate the ages of the faces on several photos, as one batch.

        Raises:
            ModelError: see `estimate`.
        """
        images = [photo.image for photo in photos if photo.image is not None]
        found = self.detector.detect(images)
        estimates = iter(self._estimate_all(images, found))
        results = []
        for name, image, problem in photos:
            faces = () if image is None else tuple(next(estimates))
            reason = problem if image is None or faces else NO_FACE
            results.append(PhotoResult(name, image, faces, reason))
        return results

    def estimate(self, image: Image.Image, found: list[DetectedFace]) -> list[FaceEstimate]:
        """Estimate the ages of faces found in an upright RGB photo, in one batch.

        Raises:
            ModelError: an age is not a number; it would pass any limit.
        """
        return self._estimate_all([image], [found])[0]

    def _estimate_all(
        self, images: Sequence[Image.Image], found: Sequence[list[DetectedFace]]
    ) -> list[list[FaceEstimate]]:
        """Estimate the ages of the faces found in each photo."""
        owners = [number for number, faces in enumerate(found) for _ in faces]
        faces = [face for in_photo in found for face in in_photo]
        crops = [
            align_face(images[owner], face.landmarks, self.model.spec)
            for owner, face in zip(owners, faces, strict=True)
        ]
        estimates: list[list[FaceEstimate]] = [[] for _ in images]
        for start in range(0, len(faces), FACES_AT_ONCE):
            some = slice(start, start + FACES_AT_ONCE)
            batch = self._estimate(faces[some], crops[some])
            for owner, estimate in zip(owners[some], batch, strict=True):
                estimates[owner].append(estimate)
        return estimates

    def _estimate(self, found: list[DetectedFace], crops: list[Image.Image]) -> list[FaceEstimate]:
        """Estimate the ages of aligned faces in one pass of the network."""
        qualities = [face_quality(face, crop) for face, crop in zip(found, crops, strict=True)]
        distributions = self.model.distributions(as_batch(crops))
        if not distributions.isfinite().all():
            raise ModelError(NO_NUMBER)
        low, high = self.model.intervals(distributions)
        ages = self.model.ages(distributions)
        minors, young = (self.model.probability_under(distributions, age) for age in AGE_LIMITS)
        estimates = [
            FaceEstimate(
                box=face.box,
                landmarks=face.landmarks,
                detection_score=face.score,
                crop=crop,
                age=ages[i].item(),
                age_low=low[i].item(),
                age_high=high[i].item(),
                distribution=distributions[i].numpy(),
                p_under_18=minors[i].item(),
                p_under_25=young[i].item(),
                quality=quality,
                warnings=quality_warnings(quality),
            )
            for i, (face, crop, quality) in enumerate(zip(found, crops, qualities, strict=True))
        ]
        return [
            replace(face, warnings=(CANNOT_TELL, *face.warnings)) if cannot_tell(face) else face
            for face in estimates
        ]
