"""How many photos a second does bulk scoring do, compared with a plain loop?

    python -m benchmarks.score_time

The photos are made up: 1600 x 1200 pixels, one or two example faces on each. The plain loop is
MTCNN of facenet-pytorch at full size with its defaults, and a forward pass for each face. All ways
are run in turns, so that a busy machine slows them alike. Loading the networks is not counted: the
clock of a way starts when each of its processes has finished a part.
"""

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from statistics import median
from unittest.mock import patch

import torch
from PIL import Image

from age_model.predict.predictor import Predictor
from age_model.release import released
from age_model.serving import local_engine
from age_model.serving.local_engine import score_here
from age_model.serving.output import PARTS
from age_model.serving.scorer import Scorer, ScorerSettings
from age_model.serving.sources import find_places
from age_model.vision.photos import open_photo
from benchmarks.answer_time import plain_way
from benchmarks.report import EXAMPLES, Row, show, with_range

COUNT = 32  # photos
ROUNDS = 2
SIZE = (1600, 1200)  # pixels: as a checkout camera takes them
PART = 4  # photos; small, so that all processes end at about the same time

Way = Callable[[list[Path]], float]
"""Returns how many photos a second it does."""


def made_up(count: int) -> Iterator[bytes]:
    """Yield JPEGs of one or two example faces of different sizes at different places."""
    chance = random.Random(0)
    portraits = [open_photo(path) for path in sorted(EXAMPLES.glob("ages-*.jpg"))]
    for _ in range(count):
        photo = Image.new("RGB", SIZE, portraits[0].getpixel((0, 0)))
        for half in range(chance.randint(1, 2)):
            side = chance.randint(150, 500)
            left = half * SIZE[0] // 2 + chance.randint(0, SIZE[0] // 2 - side)
            top = chance.randint(0, SIZE[1] - side)
            photo.paste(chance.choice(portraits).resize((side, side)), (left, top))
        file = BytesIO()
        photo.save(file, "JPEG", quality=85)
        yield file.getvalue()


def in_a_loop(call: Callable[[Path], object], paths: list[Path]) -> float:
    """Time a call a photo."""
    started = time.perf_counter()
    for path in paths:
        call(path)
    return len(paths) / (time.perf_counter() - started)


def together(scorer: Scorer, paths: list[Path]) -> float:
    """Time the scorer in this process, as `predict` uses it."""
    started = time.perf_counter()
    done = sum(1 for _ in scorer.results((path.name, partial(Path, path)) for path in paths))
    return done / (time.perf_counter() - started)


def by_processes(workers: int, part: int, paths: list[Path]) -> float:
    """Time the local engine of `score`, from when all processes work."""
    settings = ScorerSettings(released().model_dir, "cpu")
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.multiple(local_engine, FIRST_PART=part, LARGEST_PART=part),
    ):
        (Path(folder) / PARTS).mkdir()
        places = find_places(map(str, paths))
        scoring = score_here(places, Path(folder), settings, workers, settings.device)
        for _ in range(workers):
            next(scoring)
        started = time.perf_counter()
        done = sum(scoring)
        return done / (time.perf_counter() - started)


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Time all ways in turns."""
    torch.set_num_threads(os.cpu_count() or 1)
    count, rounds, part = (2, 1, 1) if miniature else (COUNT, ROUNDS, PART)
    predictor = Predictor.load()
    plain = plain_way(predictor)
    ways: dict[str, Way] = {
        "plain loop": partial(in_a_loop, lambda path: plain(path.read_bytes())),
        "one photo at a time": partial(in_a_loop, lambda path: predictor.predict("", path)),
        "`predict`": partial(together, Scorer(predictor)),
        "`score`, 1 process": partial(by_processes, 1, part),
        "`score`, 2 processes": partial(by_processes, 2, part),
    }
    if miniature:
        del ways["`score`, 2 processes"]  # the same code, and two more processes to start
    rates: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number:04}.jpg" for number in range(count)]
        for path, content in zip(paths, made_up(count), strict=True):
            path.write_bytes(content)
        for _ in range(rounds):
            for name, way in ways.items():
                rates[name].append(way(paths))
    return [
        {
            "way": name,
            "n": f"{count} photos, {rounds} times",
            "photos a second": with_range(found),
            "beside the plain loop": f"{_ratio(found, rates['plain loop']):.2f}",
        }
        for name, found in rates.items()
    ]


def _ratio(rates: list[float], others: list[float]) -> float:
    return median(rate / other for rate, other in zip(rates, others, strict=True))


if __name__ == "__main__":
    show(rows)
