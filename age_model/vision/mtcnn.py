"""MTCNN's three networks over one picture, with the weights and the steps of facenet-pytorch.

It finds what facenet-pytorch's own `detect_face` finds, in less time. That shrinks the picture anew
for each scale of the pyramid, and each of some hundred candidates by reading all its pixels; here
sums over the picture, made once, give the mean of any rectangle by four look-ups.
"""

from itertools import pairwise

import numpy as np
import torch
from facenet_pytorch.models.mtcnn import ONet, PNet, RNet
from facenet_pytorch.models.utils.detect_face import (
    batched_nms_numpy,
    bbreg,
    fixed_batch_process,
    generateBoundingBox,
    pad,
    rerec,
)
from PIL import Image
from torch import Tensor
from torchvision.ops import nms

from age_model.vision.faces import Found

# These values are facenet-pytorch's.
WINDOW = 12  # pixels: what the first network looks at
FACTOR = 0.709  # from one scale of the pyramid to the next
PROPOSED, REFINED, ACCEPTED = 0.6, 0.7, 0.7  # the least score that each network lets pass
SCALE_OVERLAP, OVERLAP = 0.5, 0.7  # of boxes that count as one: within a scale, and after that


class Cascade:
    """MTCNN for faces of at least `smallest` pixels."""

    def __init__(self, smallest: int) -> None:
        self._first_scale = WINDOW / smallest
        self._pnet, self._rnet, self._onet = (
            # Channels last: a quarter faster on a CPU, and how pictures are laid out.
            network().eval().to(memory_format=torch.channels_last)
            for network in (PNet, RNet, ONet)
        )

    @torch.inference_mode()
    def __call__(self, picture: Image.Image) -> list[Found]:
        """Find faces.

        Args:
            picture: RGB, at least `smallest` pixels wide and high.

        Returns:
            Boxes (2, 2): corners x, y, also beyond the picture; landmarks (5, 2); scores.
        """
        sums = _sums(np.asarray(picture))
        boxes = self._refine(sums, self._propose(sums))
        boxes, landmarks = self._accept(sums, boxes)
        return [
            (box[:4].reshape(2, 2), points, float(box[4]))
            for box, points in zip(boxes.double().numpy(), landmarks.double().numpy(), strict=True)
        ]

    def _propose(self, sums: np.ndarray) -> Tensor:
        """Return squares and their scores (N, 5) that the first network takes for faces."""
        found = []
        height, width = sums.shape[0] - 1, sums.shape[1] - 1
        scale = self._first_scale
        while min(height, width) * scale >= WINDOW:
            shrunk = _means(sums, int(height * scale + 1), int(width * scale + 1))
            shifts, scores = self._pnet(_as_input([shrunk]))
            boxes, _ = generateBoundingBox(shifts, scores[:, 1], scale, PROPOSED)
            found.append(boxes[nms(boxes[:, :4], boxes[:, 4], SCALE_OVERLAP)])
            scale *= FACTOR
        boxes = torch.cat(found)
        boxes = boxes[nms(boxes[:, :4], boxes[:, 4], OVERLAP)]
        sides = (boxes[:, 2:4] - boxes[:, :2]).repeat(1, 2)
        return rerec(torch.cat([boxes[:, :4] + boxes[:, 5:] * sides, boxes[:, 4:5]], 1))

    def _refine(self, sums: np.ndarray, boxes: Tensor) -> Tensor:
        """Return those of the squares (N, 5) that pass the second network, moved."""
        if not len(boxes):
            return boxes
        shifts, scores = fixed_batch_process(_cut(sums, boxes, 24), self._rnet)
        boxes, shifts = _passed(boxes, scores, REFINED, shifts)
        picked = nms(boxes[:, :4], boxes[:, 4], OVERLAP)
        return rerec(bbreg(boxes[picked], shifts[picked]))

    def _accept(self, sums: np.ndarray, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """Return boxes with scores (N, 5) and landmarks (N, 5, 2) of the third network."""
        if not len(boxes):
            return boxes, torch.zeros(0, 5, 2)
        shifts, points, scores = fixed_batch_process(_cut(sums, boxes, 48), self._onet)
        boxes, shifts, points = _passed(boxes, scores, ACCEPTED, shifts, points)
        sides = boxes[:, 2:4] - boxes[:, :2] + 1
        landmarks = torch.stack([points[:, :5], points[:, 5:]], 2) * sides[:, None]
        landmarks += boxes[:, None, :2] - 1
        boxes = bbreg(boxes, shifts)
        one_picture = torch.zeros(len(boxes))
        picked = batched_nms_numpy(boxes[:, :4], boxes[:, 4], one_picture, OVERLAP, "Min")
        return boxes[picked], landmarks[picked]


def _passed(boxes: Tensor, scores: Tensor, least: float, *others: Tensor) -> list[Tensor]:
    """Return the boxes (N, 5) of more than the least score, with it, and the others' rows."""
    kept = scores[:, 1] > least
    scored = torch.cat([boxes[kept, :4], scores[kept, 1:]], 1)
    return [scored, *(rows[kept] for rows in others)]


def _sums(pixels: np.ndarray) -> np.ndarray:
    """Return int32 (H + 1, W + 1, 3): at y, x the sum of all pixels above and left of there.

    Beyond 8 megapixels the sums may wrap around; their differences are right all the same.
    """
    height, width, channels = pixels.shape
    sums = np.zeros((height + 1, width + 1, channels), np.int32)
    sums[1:, 1:] = pixels
    for above, row in pairwise(sums):  # np.cumsum is slow across rows
        row += above
    return np.cumsum(sums, 1, out=sums)


def _means(sums: np.ndarray, height: int, width: int) -> np.ndarray:
    """Shrink a picture, given by a part of its sums, to float32 (height, width, 3).

    Each pixel is the mean of all those that it touches, as in `interpolate(..., mode="area")`.
    """
    top, bottom = _windows(sums.shape[0] - 1, height)
    left, right = _windows(sums.shape[1] - 1, width)
    rows = sums[bottom] - sums[top]
    totals = rows.take(right, 1) - rows.take(left, 1)
    areas = (bottom - top)[:, None, None] * (right - left)[:, None]
    return np.divide(totals, areas, dtype=np.float32)


def _windows(length: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where each of `count` overlapping parts of a length begins and ends."""
    numbers = np.arange(count)
    return numbers * length // count, -(-(numbers + 1) * length // count)


def _cut(sums: np.ndarray, boxes: Tensor, side: int) -> Tensor:
    """Return the networks' input (N, 3, side, side) of what lies in the boxes (N, 5)."""
    tops, bottoms, lefts, rights = pad(boxes, sums.shape[1] - 1, sums.shape[0] - 1)
    edges = zip(tops - 1, bottoms + 1, lefts - 1, rights + 1, strict=True)
    return _as_input(
        [_means(sums[top:bottom, left:right], side, side) for top, bottom, left, right in edges]
    )


def _as_input(pictures: list[np.ndarray]) -> Tensor:
    """Stack pictures of 0..255 to (N, 3, height, width), from -1 to 1, channels last."""
    pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    return (pixels - 127.5) / 128
