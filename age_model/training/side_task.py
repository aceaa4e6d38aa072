"""A second task for training: telling gender and ethnicity, where the labels have them.

What is learned for it may help to tell ages apart; whether it does is not decided yet (see
docs/experiments.md). It is left out of the saved model, which predicts ages alone.
"""

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from age_model.model.network import AgeNetwork

COLUMNS = ("gender", "ethnicity")
_UNKNOWN = -1


def group_labels(table: pd.DataFrame) -> Tensor:
    """Return the groups of labelled faces as numbers.

    Args:
        table: one row a face, perhaps with `COLUMNS`.

    Returns:
        int64, shape (N, K): for each of the K columns that name at least two groups the number of
        the face's group, counted from 0 in the order of their names, or -1 where it is unknown.
    """
    present = [pd.Categorical(table[name]) for name in COLUMNS if name in table]
    codes = [torch.tensor(c.codes.astype("int64")) for c in present if len(c.categories) > 1]
    return torch.stack(codes, 1) if codes else torch.empty((len(table), 0), dtype=torch.int64)


class SideTask(nn.Module):
    """A network that also tells groups, by a linear layer beside its age head.

    Args:
        network: the age network; trained along.
        labels: int64, shape (N, K), of the training faces, from `group_labels`.
    """

    def __init__(self, network: AgeNetwork, labels: Tensor) -> None:
        super().__init__()
        self.network = network
        self.counts = (labels.amax(0) + 1).tolist()
        head = network.resnet.fc
        assert isinstance(head, nn.Linear)
        self.classify = nn.Linear(head.in_features, sum(self.counts))
        head.register_forward_pre_hook(self._remember)
        self._features = torch.empty(0)

    def _remember(self, head: nn.Module, inputs: tuple[Tensor]) -> None:
        (self._features,) = inputs

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the age network returns, and the logits of all groups, (B, sum of counts)."""
        ages = self.network(images)
        groups = self.classify(self._features)
        self._features = torch.empty(0)
        return ages, groups

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the mean cross-entropy over the columns, a scalar; unknown groups count nothing.

        Args:
            logits: shape (B, sum of counts).
            labels: int64, shape (B, K).
        """
        parts = logits.float().split(self.counts, dim=1)
        losses = [
            F.cross_entropy(part, column, ignore_index=_UNKNOWN, reduction="sum")
            / (column != _UNKNOWN).sum().clamp(min=1)
            for part, column in zip(parts, labels.unbind(1), strict=True)
        ]
        return torch.stack(losses).mean()
