"""How long does the model take for one aligned face on two cores, and what is half precision worth?

    python -m benchmarks.face_time

Reports the median of many single calls; the time a face in a batch of eight, relative to it; and,
where the processor has half precision, the time of a batch without it and the change in the ages of
the example faces. All are interleaved in one run, so that a busy machine slows them alike.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import torch

from age_model.model.age_model import AgeModel, as_batch
from age_model.release import released
from age_model.vision.photos import open_photo
from benchmarks.report import EXAMPLES, Row, show

RUNS = 60
BATCH = 8


def milliseconds(call: Callable[[], object]) -> float:
    """Return the time of one call."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def example_faces(side: int) -> torch.Tensor:
    """Return the example faces: uint8, shape (N, 3, side, side)."""
    paths = sorted(EXAMPLES.glob("ages-*.jpg"))
    return as_batch([open_photo(path).resize((side, side)) for path in paths])


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Time single faces and batches, interleaved."""
    torch.set_num_threads(2)
    model = released().model()
    full = AgeModel(model.networks, model.card, half=False)
    runs, count = (1, 2) if miniature else (RUNS, BATCH)
    faces = example_faces(model.spec.size)[:count]
    single, batch, slow = [], [], []
    for _ in range(runs):
        single.append(milliseconds(lambda: model.distributions(faces[:1])))
        batch.append(milliseconds(lambda: model.distributions(faces)) / count)
        slow.append(milliseconds(lambda: full.distributions(faces)) / count)
    ages, exact = (m.ages(m.distributions(faces)) for m in (model, full))
    moved = (ages - exact).abs()
    named = {
        "one face": single,
        f"a face in a batch of {count}": batch,
        f"a face in a batch of {count}, full precision": slow,
    }
    return [
        {
            "call": name,
            "n": f"{runs}",
            "median": f"{median(times):.1f} ms",
            "fastest": f"{min(times):.1f} ms",
            "beside one face": f"{median(times) / median(single):.2f}",
            "ages moved from full precision, mean / most": f"{moved.mean():.3f} / {moved.max():.2f}"
            " years"
            if times is not slow
            else "–",
        }
        for name, times in named.items()
    ]


if __name__ == "__main__":
    show(rows)
