"""How the learning rate and the size of the faces change during a run."""

import math


def learning_rate(step: int, steps: int, warmup_steps: int) -> float:
    """Return the share of the highest learning rate: linear rise, then half a cosine to 0."""
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    progress = (step - warmup_steps) / max(1, steps - warmup_steps)
    return 0.5 * (1 + math.cos(math.pi * progress))


def face_size(epoch: int, epochs: int, start: int, full: int) -> int:
    """Return the side of the faces in an epoch: from `start` to `full` by multiples of 16 px.

    The last third of the epochs uses the full size.
    """
    growing = math.ceil(epochs * 2 / 3)
    if not start or start >= full or epoch >= growing:
        return full
    side = start + (full - start) * epoch / growing
    return min(full, max(start, round(side / 16) * 16))
