"""The training targets of each face: its label, and soft labels of teachers or a table."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from age_model.ages import AGE_BINS
from age_model.data.face_set import FaceSet
from age_model.training.losses import Loss, distillation_loss
from age_model.training.teachers import read_soft_labels
from age_model.training.validation import ages_of, answers, decoded

WEIGHT = "weight"  # column of the labels: how many times an epoch shows the photo
AGE_BLUR = 2.0  # years, standard deviation of the kernel that smooths the ages' frequencies
RARE = 30  # faces: added to each age's count, so that the few of rare ages are not overfitted


@dataclass(frozen=True)
class BatchTargets:
    """The targets of a batch of faces.

    Attributes:
        ages: labels, shape (B,), years; NaN for faces without one.
        soft: mean of teachers' and table's soft labels, shape (B, AGE_BINS), rows summing to 1;
            NaN for faces without one; None if there are none at all.
    """

    ages: Tensor
    soft: Tensor | None

    def loss(self, output: Tensor, by_label: Loss, share: float) -> Tensor:
        """Return the mean loss of a network's output, a scalar.

        Args:
            output: as `AgeNetwork` returns it.
            by_label: loss of the output and the ages.
            share: weight of the soft label where a face has a label too, 0..1.
        """
        labelled = ~self.ages.isnan()
        hard = by_label(output, self.ages.nan_to_num())
        if self.soft is None:
            return (hard * labelled).sum() / labelled.sum().clamp(min=1)
        has_soft = ~self.soft[:, 0].isnan()
        soft = distillation_loss(output, self.soft.nan_to_num())
        # A face with both kinds of label: the soft one weighs `share`, the hard one the rest.
        hard_weight = torch.where(has_soft, 1 - share, 1.0) * labelled
        soft_weight = torch.where(labelled, share, 1.0) * has_soft
        return (hard_weight * hard + soft_weight * soft).mean()

    def mae(self, output: Tensor) -> Tensor:
        """Return the MAE over the labelled faces, years; 0 without any."""
        errors = (decoded(answers(output)) - self.ages).abs()
        return errors.nanmean().nan_to_num()


class Targets:
    """The targets of all training faces, and the order in which an epoch shows them.

    Args:
        ages: labels, shape (N,), years; NaN for faces without one.
        soft: soft labels, shape (N, AGE_BINS); NaN for faces without; None without a table.
        order: numbers of the faces that an epoch shows, some more than once.
        device: of the targets that are returned.
    """

    def __init__(
        self, ages: Tensor, soft: Tensor | None, order: Tensor, device: torch.device
    ) -> None:
        self.ages, self.order = ages.to(device), order
        self._soft = None if soft is None else soft.to(device)
        self._device = device
        self._age_weights = age_weights(ages[order])

    @classmethod
    def of(
        cls,
        train: FaceSet,
        unlabelled: FaceSet | None,
        soft_labels: str,
        device: torch.device,
    ) -> "Targets":
        """Gather the targets of labelled faces and, numbered after them, of unlabelled ones.

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

    def batches(
        self,
        natural: int,
        balanced: int,
        steps: int,
        rank: int,
        world: int,
        generator: torch.Generator,
    ) -> list[Tensor]:
        """Return the numbers of the faces in each batch of an epoch.

        Args:
            natural: faces a batch in the data set's own proportions, each face once an epoch.
            balanced: faces a batch, after the others, sampled with all ages about equally frequent.
            steps: batches.
            rank: this process's.
            world: how many processes share the faces.
            generator: the same for all processes.
        """
        order = self.shuffled(generator)
        sampled = self._sample(balanced * steps * world, generator) if balanced else order[:0]

        def part(faces: Tensor, size: int, step: int) -> Tensor:
            return faces[step * size * world : (step + 1) * size * world][rank::world]

        return [
            torch.cat([part(order, natural, step), part(sampled, balanced, step)])
            for step in range(steps)
        ]

    def _sample(self, count: int, generator: torch.Generator) -> Tensor:
        ages = self.ages[self.order.to(self._device)].cpu()
        weights = self._age_weights[ages.nan_to_num().round().long()] * ~ages.isnan()
        return self.order[torch.multinomial(weights, count, True, generator=generator)]

    def batch(self, index: Tensor, distributions: list[Tensor], balanced: int = 0) -> BatchTargets:
        """Return the targets of some faces.

        Args:
            index: their numbers, shape (B,).
            distributions: predicted by each teacher, shape (B, AGE_BINS).
            balanced: how many at the end were sampled evenly over ages. Teachers learned that some
                ages are frequent; for these faces that prior is divided out of their posterior
                (Menon et al. 2021, arXiv:2007.07314).
        """
        index = index.to(self._device)
        soft = [*distributions, *([] if self._soft is None else [self._soft[index]])]
        if not soft:
            return BatchTargets(self.ages[index], None)
        mean = torch.stack(soft).nanmean(0)
        if balanced:
            even = mean[-balanced:] * self._age_weights.to(self._device)
            mean = torch.cat([mean[:-balanced], even / even.sum(1, keepdim=True)])
        return BatchTargets(self.ages[index], mean)


def age_weights(ages: Tensor) -> Tensor:
    """Return sampling weights under which all ages are about equally frequent.

    Args:
        ages: years, shape (N,); NaN for faces without one.

    Returns:
        float32, shape (AGE_BINS,), mean 1: the inverse of the smoothed frequency of each age (label
        distribution smoothing of Yang et al. 2021, arXiv:2102.09554).
    """
    bins = torch.arange(AGE_BINS, dtype=torch.float32)
    counts = torch.bincount(ages[~ages.isnan()].round().long().cpu(), minlength=AGE_BINS)
    kernel = torch.softmax(-0.5 * ((bins - bins[:, None]) / AGE_BLUR) ** 2, 1)
    weights = 1 / (counts.float() @ kernel + RARE)
    return weights / weights.mean()


def _times(table: pd.DataFrame) -> Tensor:
    if WEIGHT not in table:
        return torch.ones(len(table), dtype=torch.long)
    times = pd.to_numeric(table[WEIGHT], errors="coerce").fillna(1).round().clip(lower=0)
    return torch.tensor(times.to_numpy(dtype=int))
