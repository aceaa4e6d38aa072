"""The faces of a run, decoded: kept on the device while they fit, read from the disk otherwise."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from age_model.data.face_set import FaceSet

# Decoded faces of 160 px take 77 kB each: 50,000 fit, a million are read again each epoch.
KEPT_BYTES = 4 * 2**30
AHEAD = 4  # batches decoded while the network trains on one


class TrainingFaces:
    """Faces to learn from, by their number.

    Args:
        parts: one or more sets of one crop, numbered through.
        device: of the batches.
        kept_bytes: up to this size the decoded faces are kept on the device; `KEPT_BYTES` by
            default.
    """

    def __init__(
        self, parts: list[FaceSet], device: torch.device, kept_bytes: int | None = None
    ) -> None:
        self._parts, self._device = parts, device
        self.size = parts[0].spec.size
        self._starts = np.cumsum([0, *(len(part) for part in parts)])
        self._kept: Tensor | None = None
        if len(self) * 3 * self.size**2 <= (KEPT_BYTES if kept_bytes is None else kept_bytes):
            self._kept = torch.cat([part.images() for part in parts]).to(device)

    def __len__(self) -> int:
        return int(self._starts[-1])

    def batches(self, indices: Iterable[Tensor]) -> Iterator[Tensor]:
        """Yield the faces of each batch of numbers: uint8, shape (B, 3, size, size), RGB."""
        if self._kept is not None:
            yield from (self._kept[index.to(self._device)] for index in indices)
            return
        with ThreadPoolExecutor(AHEAD) as pool:
            waiting: list[Future[Tensor]] = []
            for index in indices:
                waiting.append(pool.submit(self._decode, index))
                if len(waiting) > AHEAD:
                    yield waiting.pop(0).result().to(self._device, non_blocking=True)
            for future in waiting:
                yield future.result().to(self._device, non_blocking=True)

    def _decode(self, index: Tensor) -> Tensor:
        part = np.searchsorted(self._starts, index.numpy(), side="right") - 1
        faces = [
            self._parts[p].image(int(i - self._starts[p]))
            for p, i in zip(part, index.numpy(), strict=True)
        ]
        return torch.stack(faces)
