"""How far predicted ages are from real ones: one set of figures for every place that shows them.

Errors are in years; a smaller MAE is better, a bias above zero means predicted too old.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

BAND_STARTS = (0, 13, 18, 25, 35, 45, 55, 65)
AGE_BANDS = ("0–12", "13–17", "18–24", "25–34", "35–44", "45–54", "55–64", "65+")

MARKS = {"required": 8.0, "good": 7.0, "paper": 5.4}
"""The marks to beat: highest MAE in years."""

CLOSE = 5  # years: what counts as a close prediction
RESAMPLES = 2000
RESAMPLED_AT_ONCE = 2_000_000  # values held in memory by the bootstrap


@dataclass(frozen=True)
class ErrorSummary:
    """The errors of n predictions, in years; low and high end a 95 % bootstrap interval.

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
    mae_low, mae_high, bias_low, bias_high = _bootstrap(absolute, error)
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
    """Summarise the errors of guessing one age for everybody; see `summarise`."""
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
        by: the age that puts a photo into its band.

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


def metrics_report(
    predictions: pd.DataFrame, card: dict[str, Any], photos_without_face: int
) -> dict[str, Any]:
    """Make the content of `metrics.json`.

    Args:
        predictions: the predictions table of one split, or of all.
        card: the `model.json` of the model that made it.
        photos_without_face: in how many of these photos no face was found.

    Returns:
        Only what JSON can hold; figures with four decimals. `coral_test` is there only if the
        table marks photos of that set.

    Raises:
        ValueError: as `summarise`.
    """
    real, predicted = predictions["real_age"], predictions["predicted_age"]
    constant = float(card["data"]["train_median_age"])
    splits = predictions["split"].unique()
    inside = real.between(predictions["age_low"], predictions["age_high"])
    report = {
        "model": {key: card[key] for key in ("architecture", "head", "decoding")},
        "split": str(splits[0]) if len(splits) == 1 else "all",
        "overall": asdict(summarise(real, predicted)),
        **_coral_test(predictions),
        "bands": by_band(predictions).to_dict("records"),
        "baseline": {"constant_age": constant, **asdict(constant_baseline(real, constant))},
        "marks": dict(MARKS),
        "photos_without_face": photos_without_face,
        "interval_90_coverage": float(inside.mean()),
    }
    rounded: dict[str, Any] = json.loads(
        json.dumps(report), parse_float=lambda digits: round(float(digits), 4)
    )
    return rounded


def format_metrics(metrics: dict[str, Any]) -> str:
    """Lay out a `metrics_report` as text."""
    overall, baseline = metrics["overall"], metrics["baseline"]
    rows = [("MAE", overall)]
    if "coral_test" in metrics:
        rows.append(("MAE, CORAL test set", metrics["coral_test"]))
    rows.append((f"MAE, always {baseline['constant_age']:g}", baseline))
    lines = [
        f"{metrics['model']['architecture']}, split {metrics['split']}, {overall['n']} photos; in "
        f"{metrics['photos_without_face']} no face was found (there the whole picture was used)",
        "Errors in years, with 95 % intervals:",
        "",
        *(_mae_line(name, summary) for name, summary in rows),
        "",
        f"{'Median error':24}{overall['median_error']:6.2f}",
        f"{'RMSE':24}{overall['rmse']:6.2f}",
        f"{'Bias':24}{_interval(overall, 'bias', '+6.2f')}",
        f"{f'Within {CLOSE} years':24}{overall['within_5']:6.1%}",
        f"{'Inside the 90 % range':24}{metrics['interval_90_coverage']:6.1%}",
        "",
        *(_mark_line(name, mark, overall["mae"]) for name, mark in metrics["marks"].items()),
        "",
        f"{'Real age':10}{'n':>7}{'MAE':>6}{'Bias':>26}",
        *(_band_line(band) for band in metrics["bands"]),
    ]
    return "\n".join(lines)


def _errors(real: ArrayLike, predicted: ArrayLike) -> np.ndarray:
    """Return predicted minus real ages, float64, shape (N,), after checking both."""
    real, predicted = np.asarray(real, dtype=float), np.asarray(predicted, dtype=float)
    if real.shape != predicted.shape or real.ndim != 1:
        raise ValueError(
            "real and predicted ages must have one shape (N,), "
            f"not {real.shape} and {predicted.shape}"
        )
    if not len(real):
        raise ValueError("there is no photo to compute errors from")
    for name, ages in (("real", real), ("predicted", predicted)):
        if not np.isfinite(ages).all():
            raise ValueError(f"{(~np.isfinite(ages)).sum()} of {len(ages)} {name} ages are missing")
    return predicted - real


def _bootstrap(*samples: np.ndarray) -> tuple[float, ...]:
    """Return low and high end of the 95 % percentile interval of each sample's mean.

    All samples, each of shape (N,), are resampled alike; the seed is fixed, so that the same
    predictions always give the same interval.
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
    return tuple(ends.T.ravel().tolist())


def _coral_test(predictions: pd.DataFrame) -> dict[str, Any]:
    if "coral_test" not in predictions:
        return {}
    chosen = predictions[pd.to_numeric(predictions["coral_test"], errors="coerce") == 1]
    if chosen.empty:
        return {}
    return {"coral_test": asdict(summarise(chosen["real_age"], chosen["predicted_age"]))}


def _interval(summary: dict[str, Any], figure: str, form: str) -> str:
    low, high = summary[f"{figure}_low"], summary[f"{figure}_high"]
    sign = form[0] if form[0] == "+" else ""
    return f"{summary[figure]:{form}}  ({low:{sign}.2f} to {high:{sign}.2f})"


def _mae_line(name: str, summary: dict[str, Any]) -> str:
    return f"{name:24}{_interval(summary, 'mae', '6.2f')}  n = {summary['n']}"


def _mark_line(name: str, mark: float, mae: float) -> str:
    return f"{f'Mark: {name}':24}{mark:6.2f}  {'passed' if mae <= mark else 'missed'}"


def _band_line(band: dict[str, Any]) -> str:
    mae, bias = _interval(band, "mae", "6.2f"), _interval(band, "bias", "+6.2f")
    return f"{band['band']:10}{band['n']:7}{mae:26}{bias}"
