"""How long does the model take for one aligned face on two cores, and what is half precision worth?

    python -m benchmarks.face_time

Prints the median of many single calls; the time a face in a batch of eight as a ratio to it; and,
where the processor has half precision, the time of a batch without it and how far it moves the
ages of the example faces. All are measured in turn in one run: a busy machine slows them alike.
"""

import time
from collections.abc import Callable
from statistics import median

import torch

from age_model.averages import EXAMPLES_DIR
from age_model.model_files import AgeModel, as_batch, load_model
from age_model.photos import open_photo

RUNS = 60
BATCH = 8


def milliseconds(call: Callable[[], object]) -> float:
    """Return the time of one call."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def example_faces(side: int) -> torch.Tensor:
    """Return the example faces: uint8, shape (N, 3, side, side)."""
    paths = sorted(EXAMPLES_DIR.glob("ages-*.jpg"))
    return as_batch([open_photo(path).resize((side, side)) for path in paths])


def main() -> None:
    """Time single faces and batches in turn."""
    torch.set_num_threads(2)
    model = load_model()
    full = AgeModel(model.networks, model.card, half=False)
    faces = example_faces(model.spec.size)[:BATCH]
    single, batch, slow = [], [], []
    for _ in range(RUNS):
        single.append(milliseconds(lambda: model.distributions(faces[:1])))
        batch.append(milliseconds(lambda: model.distributions(faces)) / BATCH)
        slow.append(milliseconds(lambda: full.distributions(faces)) / BATCH)
    print(f"one face: {median(single):.1f} ms (fastest {min(single):.1f} ms)")
    print(f"a face in a batch of {BATCH}: {median(batch) / median(single):.2f} of that")
    ages, exact = (m.ages(m.distributions(faces)) for m in (model, full))
    moved = (ages - exact).abs()
    print(
        f"full precision: {median(slow) / median(batch):.2f} times as long; ages differ by "
        f"{moved.mean():.3f} years on average, {moved.max():.2f} at most"
    )


if __name__ == "__main__":
    main()
