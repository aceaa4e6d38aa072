"""How much memory does training on a million faces take, and is reading them from disk slower?

    python -m benchmarks.training

A face set is made of the example faces, stored as if each were a photo of its own. Memory is the
peak of a process that starts a run and takes its first steps (Linux only). For the speed, a set of
UTKFace's size is trained on with its faces kept in memory and read from the disk, in turns.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from age_model.data.face_set import StoredFace, load_face_set, write_index, write_shard
from age_model.vision.alignment import FaceSpec
from benchmarks.report import EXAMPLES, Row, show, with_range
from tests.support.serving import ROOT
from tests.support.warm import warm_python

FACES = 1_000_000
UTKFACE = 16_488  # training faces
A_SHARD = 256  # faces
BATCH = 64
STEPS = 12
TURNS = 3
LIMIT = 8 * 2**30  # bytes a process


def write_faces(folder: Path, count: int) -> None:
    """Write a face set of this many labelled faces, one in fifty for validation, one for test."""
    spec = FaceSpec()
    pictures = []
    for photo in sorted(EXAMPLES.glob("ages-*.jpg")):
        face = folder / "face.jpg"
        Image.open(photo).convert("RGB").resize((spec.size, spec.size)).save(face, quality=95)
        pictures.append(face.read_bytes())
    face.unlink()
    shards = min(-(-count // A_SHARD), 64)  # the same files are read for all further faces
    for number in range(shards):
        faces = [StoredFace("", {}, pictures[(number + i) % len(pictures)]) for i in range(A_SHARD)]
        write_shard(folder / f"shard-{number:05d}.npz", faces)
    numbers = np.arange(count)
    table = pd.DataFrame(
        {
            "file_name": [f"{number:07d}.jpg" for number in numbers],
            "path": [f"final_files/{number:07d}.jpg" for number in numbers],
            "real_age": numbers % 100,
            "split": np.select([numbers % 50 == 0, numbers % 50 == 1], ["valid", "test"], "train"),
            "content_hash": [f"{number:064x}" for number in numbers],
            "face_found": True,
        }
    )
    write_index(folder, table, numbers % (shards * A_SHARD), spec, [])


def take_steps(folder: Path, kept_bytes: int, batch: int, steps: int, answer: Path) -> None:
    """Start a run, take steps, and write the median seconds a step and the peak memory, bytes."""
    from age_model.training import faces
    from age_model.training.config import TrainingConfig
    from age_model.training.distributed import start_process
    from age_model.training.trainer import Trainer

    faces.KEPT_BYTES = kept_bytes
    prepared = load_face_set(folder)
    valid = prepared.select("valid")
    valid = replace(valid, table=valid.table[:500].reset_index(drop=True), jpegs=valid.jpegs[:500])
    config = TrainingConfig(init="none", batch_size=batch)
    run = Trainer(config, prepared.select("train"), valid, folder, start_process("cpu"))
    run.parallel.train()
    times = []
    for step in islice(run.epoch_batches(), steps):
        run._step(*step)
        times.append(time.perf_counter())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    answer.write_text(json.dumps([float(np.median(np.diff(times[1:]))), peak]))


def measure(folder: Path, kept_bytes: int, batch: int, steps: int) -> tuple[float, int]:
    """Return the median seconds a step and the peak memory, bytes, of a process of its own."""
    answer = folder / "answer.json"
    arguments = (folder, kept_bytes, batch, steps, answer)
    command = [*warm_python(), "-m", "benchmarks.training", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, check=True)
    seconds, peak = json.loads(answer.read_text())
    return seconds, peak


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Measure memory and speed."""
    count, alike, turns = (200, 200, 1) if miniature else (FACES, UTKFACE, TURNS)
    batch, steps = (4, 4) if miniature else (BATCH, STEPS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_faces(folder, count)
        _, peak = measure(folder, 0, batch, 4)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_faces(folder, alike)
        pairs = [
            [measure(folder, kept, batch, steps)[0] for kept in (2**40, 0)] for _ in range(turns)
        ]
    kept, read = zip(*pairs, strict=True)
    ratios = [second / first for first, second in pairs]
    return [
        {
            "what": f"peak memory of a process (limit {LIMIT / 2**30:.0f} GB)",
            "n": f"{count:,} faces",
            "measured": f"{peak / 2**30:.1f} GB",
        },
        *(
            {"what": what, "n": f"{turns} runs on {alike:,} faces", "measured": value}
            for what, value in (
                (f"a step of {batch} faces, kept in memory", f"{with_range(kept)} s"),
                (f"a step of {batch} faces, read from the disk", f"{with_range(read)} s"),
                ("read from the disk beside kept in memory", f"{with_range(ratios)} times"),
            )
        ),
    ]


if __name__ == "__main__":
    if sys.argv[1:]:  # a process that `measure` starts
        set_folder, *numbers, to = sys.argv[1:]
        take_steps(Path(set_folder), *map(int, numbers), Path(to))
    else:
        show(rows)
