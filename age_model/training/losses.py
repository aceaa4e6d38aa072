"""Training losses: a label distribution with a term on the decoded age, or plain regression."""

from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional as F

from age_model.model.distributions import expected_age, gaussian_bins
from age_model.model.network import Head

LossName = Literal["distribution", "mse", "l1"]
LOSSES: tuple[str, ...] = get_args(LossName)
Loss = Callable[[Tensor, Tensor], Tensor]


def label_distribution_loss(
    logits: Tensor, ages: Tensor, sigma: float = 2.5, sigma_growth: float = 0.0, l1: float = 0.1
) -> Tensor:
    """Cross-entropy to a Gaussian around the label, plus L1 of the expected age.

    Deep label distribution learning with expectation regression (Gao et al. 2018, DLDL-v2).

    Args:
        logits: shape (B, AGE_BINS).
        ages: float, shape (B,), years.
        sigma: width of the label distribution at age 0, years.
        sigma_growth: years of width that each year of age adds.
        l1: weight of the expected age's absolute error.

    Returns:
        The loss of each face, shape (B,).
    """
    logits = logits.float()
    target = gaussian_bins(ages, sigma + sigma_growth * ages)
    error = (expected_age(torch.softmax(logits, -1)) - ages).abs()
    return F.cross_entropy(logits, target, reduction="none") + l1 * error


def distillation_loss(logits: Tensor, soft: Tensor) -> Tensor:
    """Knowledge distillation: cross-entropy to the soft labels of another model.

    They are less noisy than labels, and show which ages are easily confused (Hinton
    et al. 2015, arXiv:1503.02531; for a network of the same kind Furlanello et al. 2018,
    arXiv:1805.04770).

    Args:
        logits: shape (B, AGE_BINS).
        soft: the other model's age distributions, shape (B, AGE_BINS), each summing to 1.

    Returns:
        The loss of each face, shape (B,).
    """
    return F.cross_entropy(logits.float(), soft, reduction="none")


def make_loss(name: str, sigma: float, sigma_growth: float, l1: float) -> Loss:
    """Return the loss of that name: of the network's output and the ages (B,), years, to (B,).

    Raises:
        ValueError: for an unknown name.
    """
    losses: dict[str, Loss] = {
        "distribution": partial(
            label_distribution_loss, sigma=sigma, sigma_growth=sigma_growth, l1=l1
        ),
        "mse": partial(F.mse_loss, reduction="none"),
        "l1": partial(F.l1_loss, reduction="none"),
    }
    if name not in losses:
        raise ValueError(f"Unknown loss {name!r}; use one of {LOSSES}.")
    return losses[name]


def head_for(loss: str) -> Head:
    """Return the kind of head that a loss trains."""
    return "distribution" if loss == "distribution" else "regression"
