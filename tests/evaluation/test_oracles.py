"""Statistics of our own against libraries that do the same, on made-up data.

Each test imports its library itself: together they take seconds, in every process that tests.
"""

import numpy as np
import pytest
import torch

from age_model.evaluation.calibration import EDGES, IDENTITY, PULL, fit_interval, fit_platt
from age_model.evaluation.metrics import bootstrap_means, wilson
from age_model.model.distributions import age_quantile, clipped_logit, gaussian_bins
from age_model.model.intervals import band_of


def estimates(seed: int, count: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return estimates, their distributions and real ages, which are off by more than they say."""
    random = np.random.default_rng(seed)
    ages = torch.tensor(random.uniform(5, 80, count))
    widths = torch.tensor(random.uniform(2, 6, count))
    real = ages + 1.3 * widths * torch.tensor(random.normal(size=count))
    return ages, gaussian_bins(ages, widths), real.clamp(1, 110)


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_intervals_are_those_of_a_conformal_regressor(level: float) -> None:
    """Of errors around the middle of two quantiles, in widths: by half a width more than ours."""
    from crepes import ConformalRegressor

    ages, distributions, real = estimates(0, 1503)
    new_ages, new, _ = estimates(1, 200)
    fitted = fit_interval(distributions, ages, real, level)
    assert fitted.edges == EDGES

    def middle_and_width(of: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
        low, high = (age_quantile(of, quantile).double() for quantile in fitted.quantiles)
        return ((low + high) / 2).numpy(), (high - low).numpy()

    middle, width = middle_and_width(distributions)
    regressor = ConformalRegressor()
    regressor.fit(real.numpy() - middle, sigmas=width, bins=band_of(ages, EDGES).numpy())
    middle, width = middle_and_width(new)
    confidence = level - 1e-9  # as 1 - 0.8 is a little less than 0.2 there
    bands = band_of(new_ages, EDGES).numpy()
    theirs = regressor.predict_int(middle, sigmas=width, bins=bands, confidence=confidence)
    ours = torch.stack(fitted.ends(new, new_ages), 1).numpy()
    assert ours == pytest.approx(theirs.clip(0, 116), abs=1e-3)


@pytest.mark.parametrize(("count", "total"), [(0, 10), (1, 58), (52, 58), (4672, 4672), (7, 420)])
def test_shares_have_the_interval_of_wilson(count: int, total: int) -> None:
    from statsmodels.stats.proportion import proportion_confint

    theirs = proportion_confint(count, total, alpha=0.05, method="wilson")
    assert wilson(count, total) == pytest.approx(theirs, abs=1e-8)


def outcomes(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return probabilities that are too sure of themselves, and what came of them."""
    random = np.random.default_rng(2)
    logits = random.normal(0, 2, count)
    came = random.random(count) < 1 / (1 + np.exp(-(0.7 * logits + 0.4)))
    return torch.sigmoid(torch.tensor(logits)), torch.tensor(came)


def test_slope_and_offset_of_a_probability_are_the_best_there_are() -> None:
    from scipy.optimize import minimize

    probabilities, came = outcomes(500)
    logits, sign = clipped_logit(probabilities).numpy(), 2.0 * came.numpy() - 1

    def loss(weights: np.ndarray) -> float:
        fitted = sign * (weights[0] * logits + weights[1])
        return float(np.logaddexp(0, -fitted).sum() + PULL / 2 * ((weights - IDENTITY) ** 2).sum())

    theirs = minimize(loss, IDENTITY, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    assert fit_platt(probabilities, came) == pytest.approx(theirs.x, abs=1e-5)


def test_a_probability_is_fitted_as_by_logistic_regression() -> None:
    from statsmodels.discrete.discrete_model import Logit

    probabilities, came = outcomes(20_000)
    logits = clipped_logit(probabilities).numpy()
    columns = np.stack([logits, np.ones_like(logits)], 1)
    theirs = Logit(came.numpy().astype(float), columns).fit(disp=False)
    assert fit_platt(probabilities, came) == pytest.approx(theirs.params, abs=1e-3)


def test_means_have_the_interval_of_the_bootstrap() -> None:
    from scipy.stats import bootstrap

    errors = np.random.default_rng(3).gamma(1.2, 4, 700)
    theirs = bootstrap(
        (errors,), np.mean, n_resamples=9999, method="percentile", rng=np.random.default_rng(4)
    ).confidence_interval
    spread = errors.std() / np.sqrt(len(errors))
    assert bootstrap_means(errors) == pytest.approx((theirs.low, theirs.high), abs=0.15 * spread)
