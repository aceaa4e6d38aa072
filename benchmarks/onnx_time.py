"""Does the model as an ONNX file give the same ages, and is it faster than PyTorch on one core?

    python -m benchmarks.onnx_time [FOLDER-OF-PHOTOS...]

All ways see the same aligned faces, those of the given photos, in turns. The service runs the
networks on one core a thread, so that is what is timed.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
import torch
from torch import Tensor

from age_model.model.age_model import AgeModel, as_batch
from age_model.model.onnx_file import AGE, FACES, export_onnx
from age_model.predict.predictor import Predictor
from benchmarks.report import Row, show

ROUNDS = 40
TOGETHER = 8  # faces

Way = Callable[[Tensor], object]


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Compare the file with the model as it is used, and at full precision."""
    rounds, some = (1, photos[:2]) if miniature else (ROUNDS, photos)
    predictor = Predictor.load()
    results = [predictor.predict("", photo) for photo in some]
    faces = as_batch([face.crop for result in results for face in result.faces])
    model = predictor.model
    full = AgeModel(model.networks, model.card, half=False)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        export_onnx(model, file)
        session = _session(file)
        ways: dict[str, Way] = {
            "PyTorch, as the service uses it": model.distributions,
            "PyTorch, full precision": full.distributions,
            "ONNX file": lambda batch: session.run([AGE], {FACES: batch.numpy()}),
        }
        batches = {"one face": faces[:1], f"{TOGETHER} faces": faces[:TOGETHER]}
        times: dict[tuple[str, str], list[float]]
        times = {(way, batch): [] for way in ways for batch in batches}
        for _ in range(rounds + 1):
            for way, batch in times:
                started = time.perf_counter()
                ways[way](batches[batch])
                times[way, batch].append(time.perf_counter() - started)
        ages = np.concatenate(
            [session.run([AGE], {FACES: part.numpy()})[0] for part in faces.split(TOGETHER)]
        )
    found = [
        {"what": f"{way}, {batch}", "n": f"{rounds}", "measured": _in_words(taken, times, batch)}
        for (way, batch), taken in times.items()
    ]
    known = torch.cat([full.ages(full.distributions(part)) for part in faces.split(TOGETHER)])
    torch.set_num_threads(threads)
    off = np.abs(ages - known.numpy())
    same = {
        "what": "ages of the ONNX file beside PyTorch, full precision",
        "n": f"{len(faces)} faces",
        "measured": f"{off.mean():.6f} years apart, at most {off.max():.6f}",
    }
    return [*found, same]


def _session(file: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def _in_words(taken: list[float], times: dict[tuple[str, str], list[float]], batch: str) -> str:
    """Return the median time without the first, and beside PyTorch as the service uses it."""
    first = next(iter(times))[0]
    usual = times[first, batch][1:]
    ratio = median(mine / theirs for mine, theirs in zip(taken[1:], usual, strict=True))
    return f"{1000 * median(taken[1:]):.0f} ms, {ratio:.2f} times as long as the service's way"


if __name__ == "__main__":
    show(rows)
