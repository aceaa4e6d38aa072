"""How long does a photo take, from its file to the ages, beside the plainest way to do it?

    python -m benchmarks.answer_time FOLDER-OF-PHOTOS...

The plain way: MTCNN at full size with its defaults, and a forward pass for each face. Both ways
are run in turn, several times over, so that a busy machine slows both alike; the processor's time
is hardly slowed at all. Then the same for one photo of 12 megapixels with five example faces.
"""

import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import torch
from facenet_pytorch import MTCNN
from PIL import Image

from age_model.alignment import align_face
from age_model.detection import MIN_SCORE, DetectedFace
from age_model.model_files import as_batch
from age_model.photos import find_photos, open_photo
from age_model.predictor import Predictor
from benchmarks.detection_size import EXAMPLES, refound

ROUNDS = 5
CORES = 2
LARGE_PHOTO = (4000, 3000)  # pixels
LARGE_FACES, LARGE_SIDE = 5, 780  # example pictures on it, side in pixels

Way = Callable[[bytes], list[Any]]


class Taken(NamedTuple):
    """Seconds on the clock and of the processor."""

    clock: float
    processor: float


def our_way(predictor: Predictor) -> Way:
    """Return the way of the app and of the command line."""
    return lambda content: list(predictor.predict("photo", content).faces)


def plain_way(predictor: Predictor) -> Way:
    """Return the plain way, with the same alignment and network."""
    mtcnn = MTCNN(keep_all=True).eval()
    (network,), spec = predictor.model.networks, predictor.model.spec

    @torch.inference_mode()
    def answer(content: bytes) -> list[DetectedFace]:
        image = open_photo(content)
        boxes, scores, landmarks = mtcnn.detect(image, landmarks=True)
        faces = []
        for box, points, score in zip(boxes, landmarks, scores, strict=True):
            if score >= MIN_SCORE:
                points = np.asarray(points, float)
                faces.append(DetectedFace(tuple(map(float, box)), points, float(score)))
                network(as_batch([align_face(image, points, spec)]).float() / 255)
        return faces

    return answer


def large_photo() -> bytes:
    """Return a JPEG of 12 megapixels: example faces in a row on a plain ground."""
    portraits = [open_photo(path) for path in sorted(EXAMPLES.glob("ages-*.jpg"))[-LARGE_FACES:]]
    photo = Image.new("RGB", LARGE_PHOTO, portraits[0].getpixel((0, 0)))
    for number, portrait in enumerate(portraits):
        pasted = portrait.resize((LARGE_SIDE, LARGE_SIDE), Image.Resampling.LANCZOS)
        photo.paste(pasted, (20 + number * (LARGE_PHOTO[0] - 20) // LARGE_FACES, 1000))
    file = BytesIO()
    photo.save(file, "JPEG", quality=92)
    return file.getvalue()


def timed(way: Way, contents: list[bytes]) -> Taken:
    """Return the time that the photos take one after the other."""
    clock, processor = time.perf_counter(), time.process_time()
    for content in contents:
        way(content)
    return Taken(time.perf_counter() - clock, time.process_time() - processor)


def compare(title: str, contents: list[bytes], ours: Way, plain: Way) -> None:
    """Print what both ways find in the photos, and the medians of the time they take."""
    found = [(ours(content), plain(content)) for content in contents]
    same = sum(refound(*pair) for pair in found)
    counts = [sum(len(pair[way]) for pair in found) for way in (0, 1)]
    print(f"{title}: {counts[0]} faces, {counts[1]} the plain way, {same} of them the same")
    turns = [(timed(ours, contents), timed(plain, contents)) for _ in range(ROUNDS)]
    for kind in Taken._fields:
        ratio = median(getattr(turn[1], kind) / getattr(turn[0], kind) for turn in turns)
        seconds = [median(getattr(turn[way], kind) for turn in turns) for way in (0, 1)]
        print(f"  {kind:<10} {seconds[0]:.2f} s, {seconds[1]:.2f} s the plain way: {ratio:.1f} x")


def main(folders: list[str]) -> None:
    """Print the comparison for the photos in the folders and for the large photo."""
    torch.set_num_threads(CORES)
    predictor = Predictor.load()
    ours, plain = our_way(predictor), plain_way(predictor)
    contents = [path.read_bytes() for path in find_photos(Path(folder) for folder in folders)]
    if contents:
        compare(f"{len(contents)} photos", contents, ours, plain)
    compare("A photo of 12 megapixels", [large_photo()], ours, plain)


if __name__ == "__main__":
    main(sys.argv[1:])
