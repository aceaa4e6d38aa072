"""What is learned of each face: its label, and what teachers and soft labels say of it."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from age_model.ages import AGE_BINS
from age_model.data.face_set import PreparedFaces
from age_model.training.judging import ages_of, answers, decoded
from age_model.training.losses import Loss, distillation_loss
from age_model.training.teachers import read_soft_labels

WEIGHT = "weight"  # column of the labels: how many times an epoch shows the photo
AGE_BLUR = 2.0  # years, standard deviation: over how many ages their frequency is averaged
RARE = 30  # faces an age: rarer ages are drawn as if there were so many more of each


@dataclass(frozen=True)
class Lesson:
    """What is known of a batch of faces.

    Attributes:
        ages: labels, shape (B,), years; NaN for faces without one.
        taught: mean of what others say, shape (B, AGE_BINS), rows summing to 1; NaN where nobody
            does; None if nobody speaks of any face.
    """

    ages: Tensor
    taught: Tensor | None

    def loss(self, output: Tensor, by_label: Loss, share: float) -> Tensor:
        """Return the mean loss of a network's output, a scalar.

        Args:
            output: as `AgeNetwork` returns it.
            by_label: of the output and the ages.
            share: of the loss for what others say, where a face has a label too, 0..1.
        """
        labelled = ~self.ages.isnan()
        own = by_label(output, self.ages.nan_to_num())
        if self.taught is None:
            return (own * labelled).sum() / labelled.sum().clamp(min=1)
        spoken = ~self.taught[:, 0].isnan()
        others = distillation_loss(output, self.taught.nan_to_num())
        # A face with both is learned by `share` from others and for the rest from its label.
        own_weight = torch.where(spoken, 1 - share, 1.0) * labelled
        others_weight = torch.where(labelled, share, 1.0) * spoken
        return (own_weight * own + others_weight * others).mean()

    def mae(self, output: Tensor) -> Tensor:
        """Return the MAE over the labelled faces, years; 0 without any."""
        errors = (decoded(answers(output)) - self.ages).abs()
        return errors.nanmean().nan_to_num()


class Lessons:
    """What is known of all faces to learn from, and the order in which an epoch shows them.

    Args:
        ages: labels, shape (N,), years; NaN for faces without one.
        soft: soft labels, shape (N, AGE_BINS); NaN for faces without; None without a table.
        order: numbers of the faces that an epoch shows, some more than once.
        device: where lessons are wanted.
    """

    def __init__(
        self, ages: Tensor, soft: Tensor | None, order: Tensor, device: torch.device
    ) -> None:
        self.ages, self.order = ages.to(device), order
        self._soft = None if soft is None else soft.to(device)
        self._device = device
        self._evenness = evenness(ages[order])

    @classmethod
    def of(
        cls,
        train: PreparedFaces,
        unlabelled: PreparedFaces | None,
        soft_labels: str,
        device: torch.device,
    ) -> "Lessons":
        """Gather what is known of labelled faces and, numbered after them, of unlabelled ones.

        Raises:
            TrainingError: as `read_soft_labels`.
        """
        tables = [train.table, *([unlabelled.table] if unlabelled else [])]
        ages = ages_of(train)
        if unlabelled:
            ages = torch.cat([ages, torch.full((len(unlabelled),), torch.nan)])
        times = torch.cat([_times(table) for table in tables])
        order = torch.arange(len(ages)).repeat_interleave(times)
        names = pd.concat([table["file_name"] for table in tables])
        soft = read_soft_labels(Path(soft_labels), names) if soft_labels else None
        return cls(ages, soft, order, device)

    def shuffled(self, generator: torch.Generator) -> Tensor:
        """Return the numbers of the faces in the order of an epoch."""
        return self.order[torch.randperm(len(self.order), generator=generator)]

    def even(self, count: int, generator: torch.Generator) -> Tensor:
        """Return the numbers of `count` labelled faces, all ages about equally likely."""
        ages = self.ages[self.order.to(self._device)].cpu()
        weights = self._evenness[ages.nan_to_num().round().long()] * ~ages.isnan()
        return self.order[torch.multinomial(weights, count, True, generator=generator)]

    def batch(self, index: Tensor, distributions: list[Tensor], evenly: int = 0) -> Lesson:
        """Return what is known of some faces.

        Args:
            index: their numbers, shape (B,).
            distributions: what each teacher says of them, shape (B, AGE_BINS).
            evenly: so many at the end were drawn by `even`. Teachers learned that some ages are
                frequent; what they say of these faces is divided by that frequency.
        """
        index = index.to(self._device)
        said = [*distributions, *([] if self._soft is None else [self._soft[index]])]
        if not said:
            return Lesson(self.ages[index], None)
        taught = torch.stack(said).nanmean(0)
        if evenly:
            even = taught[-evenly:] * self._evenness.to(self._device)
            taught = torch.cat([taught[:-evenly], even / even.sum(1, keepdim=True)])
        return Lesson(self.ages[index], taught)


def evenness(ages: Tensor) -> Tensor:
    """Return by how much each age must be preferred for all to be about equally frequent.

    Args:
        ages: years, shape (N,); NaN for faces without one.

    Returns:
        float32, shape (AGE_BINS,), mean 1.
    """
    bins = torch.arange(AGE_BINS, dtype=torch.float32)
    counts = torch.bincount(ages[~ages.isnan()].round().long().cpu(), minlength=AGE_BINS)
    spread = torch.softmax(-0.5 * ((bins - bins[:, None]) / AGE_BLUR) ** 2, 1)
    weights = 1 / (counts.float() @ spread + RARE)
    return weights / weights.mean()


def _times(table: pd.DataFrame) -> Tensor:
    if WEIGHT not in table:
        return torch.ones(len(table), dtype=torch.long)
    times = pd.to_numeric(table[WEIGHT], errors="coerce").fillna(1).round().clip(lower=0)
    return torch.tensor(times.to_numpy(dtype=int))
