"""MTCNN's cascade (Zhang et al. 2016): three networks, each looking closer at fewer candidates.

It finds what facenet-pytorch's `detect_face` finds, in less time: that one resizes the picture
anew for each scale of the pyramid, and each of some hundred candidates by reading all its pixels.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from age_model.vision.area_means import area_means, area_sums
from age_model.vision.without_compiler import without_compiler

with without_compiler():
    from torchvision.ops import nms

# These values are facenet-pytorch's.
WINDOW, STRIDE = 12, 2  # pixels: what the first network looks at, and how far apart
FACTOR = 0.709  # from one scale of the pyramid to the next
PROPOSED, REFINED, ACCEPTED = 0.6, 0.7, 0.7  # the least score that each network lets pass
SCALE_OVERLAP, OVERLAP = 0.5, 0.7  # of boxes that count as one: within a scale, and after that
BATCH = 512  # candidates

# Box (2, 2): corners x, y, also beyond the picture; landmarks (5, 2); score.
Found = tuple[np.ndarray, np.ndarray, float]


class Cascade:
    """The three networks with what happens between them.

    Args:
        networks: the proposing, the refining and the accepting network, with their weights.
        smallest: side of the smallest faces to find, pixels.
        device: where the networks run.
    """

    def __init__(
        self, networks: tuple[nn.Module, nn.Module, nn.Module], smallest: int, device: str = "cpu"
    ) -> None:
        self._first_scale = WINDOW / smallest
        self._device = device
        # Channels last: a quarter faster on a CPU, and how pictures are laid out.
        self._propose_net, self._refine_net, self._accept_net = (
            network.eval().to(device).to(memory_format=torch.channels_last) for network in networks
        )

    @torch.inference_mode()
    def __call__(self, pictures: Sequence[Image.Image]) -> list[list[Found]]:
        """Find the faces of each picture: RGB, at least `smallest` pixels wide and high."""
        if not pictures:
            return []
        sums = [area_sums(np.asarray(picture)) for picture in pictures]
        # Each candidate is a row of `boxes` (N, 5: left, top, right, bottom, score) with the number
        # of its picture in `owners` (N,): the second and third network see all pictures at once.
        boxes, owners = self._propose(sums)
        boxes, owners = self._refine(sums, boxes, owners)
        boxes, owners, landmarks = self._accept(sums, boxes, owners)
        found: list[list[Found]] = [[] for _ in pictures]
        rows = (boxes.double().numpy(), landmarks.double().numpy(), owners.tolist())
        for box, points, owner in zip(*rows, strict=True):
            found[owner].append((box[:4].reshape(2, 2), points, float(box[4])))
        return found

    def _propose(self, sums: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
        """Return the squares that the first network takes for faces, with their pictures."""
        boxes = [self._propose_in(picture) for picture in sums]
        owners = [torch.full((len(rows),), number) for number, rows in enumerate(boxes)]
        return torch.cat(boxes), torch.cat(owners)

    def _propose_in(self, sums: np.ndarray) -> Tensor:
        """Return the squares of one picture (N, 5)."""
        found = []
        height, width = sums.shape[0] - 1, sums.shape[1] - 1
        scale = self._first_scale
        while min(height, width) * scale >= WINDOW:
            resized = area_means(sums, int(height * scale + 1), int(width * scale + 1))
            shifts, scores = self._run(self._propose_net, _as_input([resized]))
            boxes = _candidates(shifts[0], scores[0, 1], scale)  # (N, 9)
            found.append(boxes[nms(boxes[:, :4], boxes[:, 4], SCALE_OVERLAP)])
            scale *= FACTOR
        boxes = torch.cat(found)
        boxes = boxes[nms(boxes[:, :4], boxes[:, 4], OVERLAP)]
        sides = (boxes[:, 2:4] - boxes[:, :2]).repeat(1, 2)
        return _squares(torch.cat([boxes[:, :4] + boxes[:, 5:] * sides, boxes[:, 4:5]], 1))

    def _refine(
        self, sums: Sequence[np.ndarray], boxes: Tensor, owners: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return those of the squares that pass the second network, moved."""
        if not len(boxes):
            return boxes, owners
        shifts, scores = self._run(self._refine_net, _cut(sums, boxes, owners, 24))
        boxes, owners, shifts = _passed(boxes, scores, REFINED, owners, shifts)
        picked = _per_picture(boxes, owners, lambda rows: nms(rows[:, :4], rows[:, 4], OVERLAP))
        return _squares(_moved(boxes[picked], shifts[picked])), owners[picked]

    def _accept(
        self, sums: Sequence[np.ndarray], boxes: Tensor, owners: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return boxes, pictures and landmarks (N, 5, 2) of what the third network accepts."""
        if not len(boxes):
            return boxes, owners, torch.zeros(0, 5, 2)
        shifts, points, scores = self._run(self._accept_net, _cut(sums, boxes, owners, 48))
        boxes, owners, shifts, points = _passed(boxes, scores, ACCEPTED, owners, shifts, points)
        sides = boxes[:, 2:4] - boxes[:, :2] + 1
        landmarks = torch.stack([points[:, :5], points[:, 5:]], 2) * sides[:, None]
        landmarks += boxes[:, None, :2] - 1
        boxes = _moved(boxes, shifts)
        picked = _per_picture(boxes, owners, _without_inner)
        return boxes[picked], owners[picked], landmarks[picked]

    def _run(self, network: nn.Module, batch: Tensor) -> list[Tensor]:
        """Run a network on a batch, part by part; its outputs are back on the CPU."""
        parts = [network(part.to(self._device)) for part in batch.split(BATCH)]
        return [torch.cat(outputs).cpu() for outputs in zip(*parts, strict=True)]


def _candidates(shifts: Tensor, scores: Tensor, scale: float) -> Tensor:
    """Return what the first network takes for faces at one scale of the pyramid.

    Args:
        shifts: shape (4, H, W), how far each edge is off, in sides.
        scores: shape (H, W).
        scale: of the picture that the network saw.

    Returns:
        Shape (N, 9): a box in pixels of the picture at full size, its score, its shifts.
    """
    taken = scores >= PROPOSED
    corners = taken.nonzero().flip(1).to(scores.dtype) * STRIDE  # x, y
    first = ((corners + 1) / scale).floor()
    last = ((corners + WINDOW) / scale).floor()
    return torch.cat([first, last, scores[taken][:, None], shifts[:, taken].T], 1)


def _passed(boxes: Tensor, scores: Tensor, least: float, *others: Tensor) -> list[Tensor]:
    """Return the boxes (N, 5) of more than the least score, with it, and the others' rows."""
    kept = scores[:, 1] > least
    scored = torch.cat([boxes[kept, :4], scores[kept, 1:]], 1)
    return [scored, *(rows[kept] for rows in others)]


def _moved(boxes: Tensor, shifts: Tensor) -> Tensor:
    """Move each edge of boxes (N, 5) by a part (N, 4) of the box's width or height."""
    sides = (boxes[:, 2:4] - boxes[:, :2] + 1).repeat(1, 2)
    return torch.cat([boxes[:, :4] + shifts * sides, boxes[:, 4:]], 1)


def _squares(boxes: Tensor) -> Tensor:
    """Make boxes (N, 5) as wide as they are high, by growing the shorter side both ways."""
    sides = boxes[:, 2:4] - boxes[:, :2]
    side = sides.amax(1, keepdim=True)
    first = boxes[:, :2] + sides * 0.5 - side * 0.5
    return torch.cat([first, first + side, boxes[:, 4:]], 1)


def _per_picture(boxes: Tensor, owners: Tensor, pick: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the rows that `pick` chooses among the boxes (N, 5) of each picture by itself."""
    rows = [(owners == owner).nonzero().flatten() for owner in owners.unique()]
    return torch.cat([owners.new_zeros(0), *(own[pick(boxes[own])] for own in rows)])


def _without_inner(boxes: Tensor) -> Tensor:
    """Return the rows of boxes (N, 5), best first, without those that lie mostly in better ones.

    Unlike in `nms`, the overlap is a share of the smaller box, and an edge's pixel counts.
    """
    areas = (boxes[:, 2:4] - boxes[:, :2] + 1).prod(1)
    # Sure candidates often score alike to the last bit: only NumPy's own order of these is that of
    # facenet-pytorch, and with it the same box of the same face.
    left = torch.from_numpy(np.argsort(boxes[:, 4].numpy())).flip(0)
    picked = []
    while len(left):
        best, left = left[0], left[1:]
        picked.append(best)
        first = torch.maximum(boxes[best, :2], boxes[left, :2])
        last = torch.minimum(boxes[best, 2:4], boxes[left, 2:4])
        shared = (last - first + 1).clamp(min=0).prod(1)
        left = left[shared / torch.minimum(areas[best], areas[left]) <= OVERLAP]
    return torch.stack(picked)


def _cut(sums: Sequence[np.ndarray], boxes: Tensor, owners: Tensor, side: int) -> Tensor:
    """Return the networks' input (N, 3, side, side): what the boxes hold of their pictures."""
    parts = []
    for box, owner in zip(boxes[:, :4].trunc().int().tolist(), owners.tolist(), strict=True):
        left, top, right, bottom = box
        inside = sums[owner][max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1]
        parts.append(area_means(inside, side, side))
    return _as_input(parts)


def _as_input(pictures: list[np.ndarray]) -> Tensor:
    """Stack pictures of 0..255 to (N, 3, height, width), from -1 to 1, channels last."""
    pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    return (pixels - 127.5) / 128
