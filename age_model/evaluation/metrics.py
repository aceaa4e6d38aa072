"""Error metrics of predicted ages, the same for every place that shows them.

Errors are in years. A lower MAE is better; a positive bias means predicted too old.
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from age_model.i18n.message import Sentence

BAND_STARTS = (0, 13, 18, 25, 35, 45, 55, 65)
AGE_BANDS = ("0–12", "13–17", "18–24", "25–34", "35–44", "45–54", "55–64", "65+")

MARKS = {"required": 8.0, "good": 7.0, "paper": 5.4}
"""The marks to beat: highest MAE in years."""

CLOSE = 5  # years: a close prediction
RESAMPLES = 2000
RESAMPLED_AT_ONCE = 2_000_000  # values held in memory by the bootstrap

_Z_95 = 1.959964  # 97.5 % of a standard normal distribution lie below


@dataclass(frozen=True)
class ErrorSummary:
    """The errors of n predictions, in years; low and high are ends of a 95 % bootstrap interval.

    `bias` is the mean of predicted minus real age, `within_5` the share with an error of at most
    five years.
    """

    n: int
    mae: float
    mae_low: float
    mae_high: float
    median_error: float
    rmse: float
    bias: float
    bias_low: float
    bias_high: float
    within_5: float


def summarise(real: ArrayLike, predicted: ArrayLike) -> ErrorSummary:
    """Summarise the errors of predicted ages.

    Args:
        real: ages, shape (N,), years.
        predicted: ages, shape (N,), years.

    Raises:
        ValueError: if the shapes differ, are not (N,), or there is no photo or a missing value.

    >>> summarise([20, 30], [22, 26]).mae
    3.0
    """
    error = _errors(real, predicted)
    absolute = np.abs(error)
    mae_low, mae_high, bias_low, bias_high = bootstrap_means(absolute, error)
    return ErrorSummary(
        n=len(error),
        mae=float(absolute.mean()),
        mae_low=mae_low,
        mae_high=mae_high,
        median_error=float(np.median(absolute)),
        rmse=float(np.sqrt(np.square(error).mean())),
        bias=float(error.mean()),
        bias_low=bias_low,
        bias_high=bias_high,
        within_5=float((absolute <= CLOSE).mean()),
    )


def constant_baseline(real: ArrayLike, constant: float) -> ErrorSummary:
    """Summarise the errors of always predicting one age; see `summarise`."""
    return summarise(real, np.full(np.shape(real), constant))


def age_band(ages: ArrayLike) -> pd.Categorical:
    """Return the band of each age, shape (N,), years; 17.9 belongs to 13–17."""
    edges = [-np.inf, *BAND_STARTS[1:], np.inf]
    return pd.cut(np.asarray(ages, dtype=float), edges, right=False, labels=AGE_BANDS)


def by_band(
    predictions: pd.DataFrame, by: Literal["real_age", "predicted_age"] = "real_age"
) -> pd.DataFrame:
    """Summarise the errors of each age band.

    Args:
        predictions: a table with the columns `real_age` and `predicted_age`.
        by: the column of the age that determines the band.

    Returns:
        The columns `band`, `n`, `mae`, `mae_low`, `mae_high`, `bias`, `bias_low`, `bias_high`;
        the youngest band first, bands without photos left out.

    Raises:
        ValueError: as `summarise`.
    """
    real, predicted = predictions["real_age"].to_numpy(), predictions["predicted_age"].to_numpy()
    _errors(real, predicted)
    bands = age_band(predictions[by])
    rows = [
        {"band": band, **asdict(summarise(real[bands == band], predicted[bands == band]))}
        for band in AGE_BANDS
        if (bands == band).any()
    ]
    columns = ["band", "n", "mae", "mae_low", "mae_high", "bias", "bias_low", "bias_high"]
    return pd.DataFrame(rows)[columns]


def wilson(count: float, total: int) -> tuple[float, float]:
    """Return the ends of the 95 % Wilson score interval of a share, 0..1.

    >>> [round(end, 4) for end in wilson(0, 10)]
    [0.0, 0.2775]
    """
    rate, square = count / total, _Z_95**2 / total
    middle = rate + square / 2
    margin = math.sqrt(square * (rate * (1 - rate) + square / 4))
    low, high = ((middle + sign * margin) / (1 + square) for sign in (-1, 1))
    return max(0.0, low), min(1.0, high)


def share(name: str, hits: ArrayLike) -> dict[str, float | None]:
    """Return the share of hits as `name`, its 95 % interval as `name_low` and `name_high`.

    Args:
        name: of the share.
        hits: bool, shape (N,), or for people with several photos the share of each person's, 0..1;
            with none, the three metrics are None.
    """
    values = np.asarray(hits, dtype=float)
    if not len(values):
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    low, high = wilson(float(values.sum()), len(values))
    return {name: float(values.mean()), f"{name}_low": low, f"{name}_high": high}


def _errors(real: ArrayLike, predicted: ArrayLike) -> np.ndarray:
    """Return predicted minus real ages, float64, shape (N,), after checking both."""
    real, predicted = np.asarray(real, dtype=float), np.asarray(predicted, dtype=float)
    if real.shape != predicted.shape or real.ndim != 1:
        raise ValueError(
            "real and predicted ages must have one shape (N,), "
            f"not {real.shape} and {predicted.shape}"
        )
    if not len(real):
        raise ValueError("there are no photos to compute errors from")
    for name, ages in (("real", real), ("predicted", predicted)):
        if not np.isfinite(ages).all():
            raise ValueError(f"{(~np.isfinite(ages)).sum()} of {len(ages)} {name} ages are missing")
    # Without the noise of the subtraction, which would decide how a tie is rounded.
    return np.round(predicted - real, 9)


def bootstrap_means(*samples: np.ndarray) -> tuple[float, ...]:
    """Return low and high end of the 95 % percentile interval of each sample's mean.

    All samples, each of shape (N,), use the same bootstrap draws from a fixed seed, so that the
    same predictions always give the same interval.
    """
    generator = np.random.default_rng(0)
    size = len(samples[0])
    at_once = max(1, RESAMPLED_AT_ONCE // size)
    means: list[np.ndarray] = []
    for start in range(0, RESAMPLES, at_once):
        count = min(at_once, RESAMPLES - start)
        drawn = generator.integers(0, size, (count, size))
        means.append(np.stack([sample[drawn].mean(axis=1) for sample in samples]))
    ends = np.quantile(np.concatenate(means, axis=1), [0.025, 0.975], axis=1)  # (2, samples)
    # Rounded as in files, so that a page computes exactly what a file holds.
    return tuple(ends.T.ravel().round(4).tolist())


@dataclass(frozen=True)
class PairedErrors:
    """Mean absolute errors of two models on the same n photos, in years.

    `difference` is the second minus the first: if negative, the second is better. Low and high
    are the ends of its 95 % interval, from a paired bootstrap.
    """

    n: int
    first: float
    second: float
    difference: float
    low: float
    high: float


def read_run(file: Path) -> pd.DataFrame:
    """Return a predictions table of a run.

    Raises:
        OSError, ValueError: if it cannot be read.
    """
    table = pd.read_csv(file)
    missing = {"file_name", "real_age", "predicted_age"} - set(table)
    if missing:
        columns = ", ".join(sorted(missing))
        raise ValueError(Sentence("the predictions table lacks {columns}", columns=columns))
    return table


def paired_errors(first: pd.DataFrame, second: pd.DataFrame) -> PairedErrors | None:
    """Compare two predictions tables on the photos that both have, with the same real age.

    Returns:
        None if they have no such photo.
    """
    both = first.merge(second, on=["file_name", "real_age"], suffixes=("_first", "_second"))
    if both.empty:
        return None
    errors = [
        (both[f"predicted_age_{name}"] - both["real_age"]).abs() for name in ("first", "second")
    ]
    paired = summarise(*errors)
    return PairedErrors(
        n=paired.n,
        first=float(errors[0].mean()),
        second=float(errors[1].mean()),
        difference=paired.bias,
        low=paired.bias_low,
        high=paired.bias_high,
    )
