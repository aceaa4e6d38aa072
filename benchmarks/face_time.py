"""How long does the model take for one aligned face on two cores?

    python -m benchmarks.face_time

Prints the median of many single calls, and the time a face in a batch of eight as a ratio to it,
both measured in turn in one run: a busy machine slows both alike.
"""

import time
from collections.abc import Callable
from statistics import median

import torch

from age_model.model_files import load_model

RUNS = 60
BATCH = 8


def milliseconds(call: Callable[[], object]) -> float:
    """Return the time of one call."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Time single faces and batches in turn."""
    torch.set_num_threads(2)
    model = load_model()
    size = model.spec.size
    faces = torch.randint(0, 256, (BATCH, 3, size, size)).to(torch.uint8)
    single, batch = [], []
    for _ in range(RUNS):
        single.append(milliseconds(lambda: model.distributions(faces[:1])))
        batch.append(milliseconds(lambda: model.distributions(faces)) / BATCH)
    print(f"one face: {median(single):.1f} ms (fastest {min(single):.1f} ms)")
    print(f"a face in a batch of {BATCH}: {median(batch) / median(single):.2f} of that")


if __name__ == "__main__":
    main()
