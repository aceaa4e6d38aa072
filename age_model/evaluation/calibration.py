"""Calibration: intervals with the nominal coverage, and probabilities that match frequencies.

Everything is fitted on the validation photos, which the network was not trained on.
"""

import math
from dataclasses import asdict
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from age_model.ages import AGE_LIMITS, level_name
from age_model.evaluation.age_gate import fit_gate
from age_model.evaluation.predictions import predictions_table
from age_model.model.age_model import AgeModel
from age_model.model.distributions import age_quantile, clipped_logit, probability_under
from age_model.model.intervals import LEVELS, CorrectedInterval, band_of

# Predicted ages, years, between the bands of an interval's corrections: children, the ages that
# are asked for ID, young adults, all others. More bands are noisier: docs/experiments.md.
EDGES = (13.0, 25.0, 35.0)
BAND_PHOTOS = 100  # with fewer, the tails of a band's errors are too noisy
# Pulls the slope to 1 and the offset to 0 with the weight of less than one photo: it matters only
# where the photos are separable and the slope would grow without end.
PULL = 0.1

IDENTITY = (1.0, 0.0)


def uncalibrated(regression_sigma: float = 1.0) -> dict[str, Any]:
    """Return the entries of a model that is not calibrated: raw quantiles and probabilities.

    Such a model can be used in memory, but neither saved nor loaded.

    Args:
        regression_sigma: standard deviation of a regression's errors, years.
    """
    intervals = {
        level_name(level): asdict(CorrectedInterval(_quantiles(level))) for level in LEVELS
    }
    return {
        "interval": {"regression_sigma": regression_sigma, **intervals},
        "probabilities": {str(limit): IDENTITY for limit in AGE_LIMITS},
        "gate": {},
        "calibrated": False,
    }


def calibrate(model: AgeModel, valid: pd.DataFrame, distributions: Tensor) -> dict[str, Any]:
    """Fit intervals, probabilities and the age gate.

    Args:
        model: with the decoding that it will be used with.
        valid: the labels of the validation faces, as `FaceSet.table` has them.
        distributions: those that the model predicts for these faces, shape (N, AGE_BINS).

    Returns:
        The entries `interval`, `probabilities`, `gate` and `calibrated` of `model.json`.
    """
    real = torch.tensor(valid["real_age"].to_numpy())
    ages = model.ages(distributions)
    intervals = {
        level_name(level): asdict(fit_interval(distributions, ages, real, level))
        for level in LEVELS
    }
    entries: dict[str, Any] = {
        "interval": {"regression_sigma": model.sigma, **intervals},
        "probabilities": {
            str(limit): fit_platt(probability_under(distributions, limit), real < limit)
            for limit in AGE_LIMITS
        },
        "calibrated": True,
    }
    calibrated = AgeModel(model.networks, model.card | entries, str(model.device))
    return entries | {"gate": fit_gate(predictions_table(calibrated, valid, distributions))}


def fit_interval(
    distributions: Tensor, ages: Tensor, real: Tensor, level: float
) -> CorrectedInterval:
    """Fit an interval by split conformal prediction, separately for each band of predicted age.

    Conformalised quantiles (Romano, Patterson and Candès 2019, arXiv:1905.03222) with the errors
    measured in widths of the predicted distribution, by bands (Mondrian): of new photos like
    these, at least a share of `level` lies inside, in each band. A band of fewer than
    level / (1 - level) photos cannot guarantee that; it takes its largest error.

    Args:
        distributions: shape (N, AGE_BINS), rows summing to 1.
        ages: the estimates, shape (N,), years.
        real: ages, shape (N,), years.
        level: the share of real ages that should lie inside, 0..1.
    """
    quantiles = _quantiles(level)
    low, high = (age_quantile(distributions, quantile) for quantile in quantiles)
    scores = torch.maximum(low - real, real - high) / (high - low)
    edges = merged_edges(ages)
    band = band_of(ages, edges)
    corrections = (_upper(scores[band == i], level) for i in range(len(edges) + 1))
    return CorrectedInterval(quantiles, edges, tuple(corrections))


def merged_edges(ages: Tensor) -> tuple[float, ...]:
    """Return the edges of `EDGES` that are left once each band holds `BAND_PHOTOS` photos.

    Args:
        ages: predicted ages, shape (N,), years.
    """
    *counts, last = band_of(ages, EDGES).bincount(minlength=len(EDGES) + 1).tolist()
    edges: list[float] = []
    gathered = 0
    for edge, count in zip(EDGES, counts, strict=True):
        gathered += count
        if gathered >= BAND_PHOTOS:
            edges.append(edge)
            gathered = 0
    if gathered + last < BAND_PHOTOS:  # the oldest band is merged into the one before
        edges = edges[:-1]
    return tuple(edges)


def fit_platt(probabilities: Tensor, outcomes: Tensor) -> tuple[float, float]:
    """Fit slope and offset of a probability's logit (Platt 1999) by maximum likelihood.

    Args:
        probabilities: as predicted, shape (N,).
        outcomes: what happened, bool, shape (N,).
    """
    logits, targets = clipped_logit(probabilities.double()), outcomes.double()
    identity = torch.tensor(IDENTITY, dtype=torch.float64)
    weights = identity.clone().requires_grad_()
    optimizer = torch.optim.LBFGS(
        [weights], max_iter=200, tolerance_grad=1e-9, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        fitted = weights[0] * logits + weights[1]
        value = binary_cross_entropy_with_logits(fitted, targets, reduction="sum")
        value = value + PULL / 2 * (weights - identity).square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    slope, offset = weights.tolist()
    return slope, offset


def _quantiles(level: float) -> tuple[float, float]:
    return round((1 - level) / 2, 4), round((1 + level) / 2, 4)


def _upper(scores: Tensor, level: float) -> float:
    """Return the conformal quantile: a new score exceeds it with probability 1 - level at most."""
    rank = math.ceil(round((len(scores) + 1) * level, 9))  # 10 * 0.9 should be 9, not 9.000…01
    return scores.kthvalue(min(rank, len(scores))).values.item()
