"""Whether a model's intervals and probabilities can be trusted, and what its doubts are worth."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from age_model.ages import AGE_LIMITS, under_column
from age_model.evaluation.metrics import AGE_BANDS, age_band, share

INTERVAL_COLUMNS = {"80": ("age_low_80", "age_high_80"), "90": ("age_low", "age_high")}
RELIABILITY_BINS = 10
COVERAGES = tuple(range(100, 45, -5))  # of the risk-coverage curve, percent of the photos


def interval_metrics(predictions: pd.DataFrame) -> dict[str, Any]:
    """Measure how many real ages lie in the intervals, and how wide these are.

    Args:
        predictions: the predictions table.

    Returns:
        By level, where the table has its columns: `coverage` with its 95 % interval, `mean_width`,
        `constant_width` (years; of the interval, as wide for everybody around the estimate, that
        holds as many real ages of these photos: an adaptive one should be narrower) and `bands` of
        predicted age.
    """
    return {
        level: _interval(predictions, *columns)
        for level, columns in INTERVAL_COLUMNS.items()
        if set(columns) <= set(predictions)
    }


def probability_metrics(predictions: pd.DataFrame) -> dict[str, Any]:
    """Measure the probabilities of being under the ages of `AGE_LIMITS`; see `reliability`."""
    return {
        str(limit): reliability(predictions[under_column(limit)], predictions["real_age"] < limit)
        for limit in AGE_LIMITS
    }


def reliability(probabilities: ArrayLike, outcomes: ArrayLike) -> dict[str, Any]:
    """Compare probabilities with what came.

    Args:
        probabilities: as predicted, shape (N,).
        outcomes: whether it came, shape (N,).

    Returns:
        `brier`, the mean squared difference, and `brier_base_rate`, that of always saying the mean
        outcome; `calibration_error`, the mean difference between predicted and observed shares
        over bins of equal width, weighted by their photos; and these `bins`, empty ones left out.
        Lower is better for the first three.
    """
    predicted, came = np.asarray(probabilities, float), np.asarray(outcomes, bool)
    number = np.minimum((predicted * RELIABILITY_BINS).astype(int), RELIABILITY_BINS - 1)
    bins = [
        {
            "low": i / RELIABILITY_BINS,
            "high": (i + 1) / RELIABILITY_BINS,
            "n": int((number == i).sum()),
            "predicted": float(predicted[number == i].mean()),
            **share("observed", came[number == i]),
        }
        for i in np.unique(number).tolist()
    ]
    return {
        "brier": float(np.square(predicted - came).mean()),
        "brier_base_rate": float(came.var()),
        "calibration_error": sum(b["n"] * abs(b["predicted"] - b["observed"]) for b in bins)
        / len(predicted),
        "bins": bins,
    }


def risk_coverage(predictions: pd.DataFrame) -> dict[str, Any]:
    """Measure the MAE of the photos that are left when those of the widest intervals are dropped.

    Args:
        predictions: the predictions table.

    Returns:
        `steps`, each the share `kept` with its `n` and `mae` in years, and `mae_cut_at_80`: by
        which share the MAE falls when the unsurest fifth is dropped.
    """
    width = predictions["age_high"] - predictions["age_low"]
    errors = (predictions["predicted_age"] - predictions["real_age"]).abs()
    surest = errors.iloc[np.argsort(width, kind="stable")]
    counts = {coverage: max(1, round(len(surest) * coverage / 100)) for coverage in COVERAGES}
    mae = {coverage: float(surest.iloc[:count].mean()) for coverage, count in counts.items()}
    return {
        "steps": [
            {"kept": coverage / 100, "n": counts[coverage], "mae": mae[coverage]}
            for coverage in COVERAGES
        ],
        "mae_cut_at_80": 1 - mae[80] / mae[100] if mae[100] else None,
    }


def _interval(predictions: pd.DataFrame, low: str, high: str) -> dict[str, Any]:
    inside = predictions["real_age"].between(predictions[low], predictions[high])
    width = predictions[high] - predictions[low]
    errors = (predictions["predicted_age"] - predictions["real_age"]).abs()
    within = np.sort(errors)[: inside.sum()]
    bands = age_band(predictions["predicted_age"])
    return {
        **share("coverage", inside),
        "mean_width": float(width.mean()),
        "constant_width": float(2 * within.max(initial=0)),
        "bands": [
            {
                "band": band,
                "n": int((bands == band).sum()),
                **share("coverage", inside[bands == band]),
                "mean_width": float(width[bands == band].mean()),
            }
            for band in AGE_BANDS
            if (bands == band).any()
        ],
    }
