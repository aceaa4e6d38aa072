"""From a photo to ages: the one way that the app, the command line and the tests share."""

from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from age_model.ages import AGE_LIMITS
from age_model.i18n.message import mark
from age_model.model.saved_model import (
    AgeModel,
    ModelError,
    as_batch,
    load_model,
)
from age_model.predict.id_rule import cannot_tell
from age_model.predict.results import CANNOT_TELL, FaceEstimate, PhotoResult
from age_model.release import released
from age_model.vision.alignment import align_face
from age_model.vision.detector import Detector, default_detector
from age_model.vision.faces import DetectedFace
from age_model.vision.photos import PhotoError, open_photo
from age_model.vision.quality import face_quality, quality_warnings

NO_FACE = mark("No face was found. Use a photo where a face is large, lit and looks at the camera.")
NO_NUMBER = mark("The model gives ages that are not numbers: its files are damaged.")


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
    def load(cls, model_dir: Path | None = None) -> "Predictor":
        """Load a saved model; by default the released one.

        Raises:
            ModelError: if it cannot be used.
        """
        return cls(load_model(model_dir or released().model_dir))

    def predict(self, name: str, source: str | Path | bytes | BinaryIO) -> PhotoResult:
        """Read a photo and estimate the ages of its faces; a bad photo never raises.

        Args:
            name: how the result is called.
            source: what `open_photo` reads.

        Raises:
            ModelError: see `estimate`.
        """
        try:
            image = open_photo(source)
        except PhotoError as error:
            return PhotoResult(name, None, (), str(error))
        (found,) = self.detector.detect([image])
        faces = tuple(self.estimate(image, found))
        return PhotoResult(name, image, faces, None if faces else NO_FACE)

    def estimate(self, image: Image.Image, found: list[DetectedFace]) -> list[FaceEstimate]:
        """Estimate the ages of faces found in an upright RGB photo, in one batch.

        Raises:
            ModelError: an age is not a number; it would pass any limit.
        """
        if not found:
            return []
        crops = [align_face(image, face.landmarks, self.model.spec) for face in found]
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
