"""How long does a photo take, from its file to the ages, compared with a plain implementation?

    python -m benchmarks.answer_time [FOLDER-OF-PHOTOS...]

The plain way: MTCNN at full size with its defaults, and a forward pass for each face. Both are
interleaved several times, so that a busy machine slows both alike; it hardly affects the
processor's time. Then the same for one photo of 12 megapixels with five example faces.
The example pictures are used if no folder is given.
"""

import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import torch
from facenet_pytorch import MTCNN
from PIL import Image

from age_model.model.age_model import as_batch
from age_model.predict.predictor import Predictor
from age_model.vision.alignment import align_face
from age_model.vision.detector import MIN_SCORE
from age_model.vision.faces import DetectedFace
from age_model.vision.photos import open_photo
from benchmarks.detection_size import refound
from benchmarks.report import EXAMPLES, Row, show

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
    """Return the implementation of the app and of the command line."""
    return lambda content: list(predictor.predict("photo", content).faces)


def plain_way(predictor: Predictor) -> Way:
    """Return the plain implementation, with the same alignment and networks."""
    mtcnn = MTCNN(keep_all=True).eval()
    networks, spec = predictor.model.networks, predictor.model.spec

    @torch.inference_mode()
    def answer(content: bytes) -> list[DetectedFace]:
        image = open_photo(content)
        boxes, scores, landmarks = mtcnn.detect(image, landmarks=True)
        faces: list[DetectedFace] = []
        if boxes is None:  # there is no face
            return faces
        for box, points, score in zip(boxes, landmarks, scores, strict=True):
            if score >= MIN_SCORE:
                points = np.asarray(points, float)
                left, top, right, bottom = map(float, box)
                faces.append(DetectedFace((left, top, right, bottom), points, float(score)))
                batch = as_batch([align_face(image, points, spec)]).float() / 255
                for network in networks:
                    network(batch)
        return faces

    return answer


def large_photo(shrunk: int) -> bytes:
    """Return a JPEG of example faces in a row on a plain ground, its sides `shrunk` times less."""
    portraits = [open_photo(path) for path in sorted(EXAMPLES.glob("ages-*.jpg"))[-LARGE_FACES:]]
    photo = Image.new("RGB", LARGE_PHOTO, portraits[0].getpixel((0, 0)))
    for number, portrait in enumerate(portraits):
        pasted = portrait.resize((LARGE_SIDE, LARGE_SIDE), Image.Resampling.LANCZOS)
        photo.paste(pasted, (20 + number * (LARGE_PHOTO[0] - 20) // LARGE_FACES, 1000))
    file = BytesIO()
    photo.reduce(shrunk).save(file, "JPEG", quality=92)
    return file.getvalue()


def timed(way: Way, contents: list[bytes]) -> Taken:
    """Return the time for the photos one after the other."""
    clock, processor = time.perf_counter(), time.process_time()
    for content in contents:
        way(content)
    return Taken(time.perf_counter() - clock, time.process_time() - processor)


def compare(title: str, contents: list[bytes], ways: tuple[Way, Way], rounds: int) -> Row:
    """Return the faces found by both ways, and their median times."""
    found = [(ways[0](content), ways[1](content)) for content in contents]
    turns = [tuple(timed(way, contents) for way in ways) for _ in range(rounds)]
    row = {
        "photos": title,
        "n": f"{len(contents)}, {rounds} times",
        "faces, ours / plain / same": " / ".join(
            f"{count}"
            for count in (
                *(sum(len(pair[way]) for pair in found) for way in (0, 1)),
                sum(refound(*pair) for pair in found),
            )
        ),
    }
    for kind in Taken._fields:
        ours, plain = ([getattr(turn[way], kind) for turn in turns] for way in (0, 1))
        ratio = median(slow / fast for fast, slow in zip(ours, plain, strict=True))
        row[f"{kind}, ours"] = f"{median(ours):.2f} s"
        row[f"{kind}, plain"] = f"{median(plain):.2f} s, {ratio:.1f} x"
    return row


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Compare both ways on the photos and on the large photo."""
    torch.set_num_threads(CORES)
    predictor = Predictor.load()
    ways = our_way(predictor), plain_way(predictor)
    rounds = 1 if miniature else ROUNDS
    contents = [path.read_bytes() for path in (photos[:1] if miniature else photos)]
    return [
        compare("as given", contents, ways, rounds),
        compare("12 megapixels, made up", [large_photo(10 if miniature else 1)], ways, rounds),
    ]


if __name__ == "__main__":
    show(rows)
