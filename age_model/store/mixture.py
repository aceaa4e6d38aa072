"""The mix of ages behind many predicted distributions.

A predicted distribution leans towards the ages that the model learned from. A shop has another mix,
so that adding up the distributions carries the photos' mix into the shop's figures. The mix that
makes the shop's distributions most likely is found by expectation-maximisation (Saerens, Latinne
and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities"), and
each distribution is then weighed anew by it.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from age_model.ages import AGE_BINS
from age_model.store.bands import AgeBands

ASSETS = Path(__file__).parents[2] / "assets"

COMPONENT_YEARS = 3  # ages closer than the model can tell apart share one share of the mix
MIX_VISITS = 20_000  # more do not make the mix noticeably surer, only slower to find
MIX_STEPS = 100
BAND_STEPS = 60
SMALLEST_MOVE = 1e-5  # of a share: smaller steps do not show
_RARE = 1e-5  # added to the learned mix: no age is so rare that one visit would mean a crowd


def learned_mix(real_ages: np.ndarray, sigma: float, sigma_growth: float) -> np.ndarray:
    """Return the mix of ages that a model's distributions lean towards, shape (AGE_BINS,).

    Args:
        real_ages: of photos drawn like those it learned from, shape (N,), years.
        sigma: width of its label distributions at age 0, years.
        sigma_growth: years of width that each year of age adds.
    """
    ages, photos = np.unique(np.asarray(real_ages, dtype=float), return_counts=True)
    away = (np.arange(AGE_BINS) - ages[:, None]) / (sigma + sigma_growth * ages)[:, None]
    label = np.exp(-0.5 * away**2)  # (different ages, AGE_BINS)
    return photos / photos.sum() @ (label / label.sum(axis=1, keepdims=True))


@cache
def shipped_mix() -> np.ndarray:
    """Return `learned_mix` of the model that ships: its test photos were drawn like the others."""
    card = json.loads((ASSETS / "model" / "model.json").read_text(encoding="utf-8"))
    photos = pd.read_csv(ASSETS / "evaluation" / "predictions.csv", usecols=["real_age"])
    ages, training = photos["real_age"].to_numpy(), card["training"]
    return learned_mix(ages, training["sigma"], training["sigma_growth"])


def fit_mix(distributions: np.ndarray, learned: np.ndarray, seed: int = 0) -> np.ndarray:
    """Find the mix of ages of the people whose distributions these are.

    Args:
        distributions: as the model predicted them, shape (n, AGE_BINS), rows summing to 1.
        learned: as `learned_mix` returns it.
        seed: of the choice of visits, where there are more than `MIX_VISITS`.

    Returns:
        Shape (AGE_BINS,), summing to 1; within `COMPONENT_YEARS` as the learned mix.
    """
    if len(distributions) > MIX_VISITS:
        chosen = np.random.default_rng(seed).choice(len(distributions), MIX_VISITS, replace=False)
        distributions = distributions[np.sort(chosen)]
    starts = np.arange(0, AGE_BINS, COMPONENT_YEARS)
    learned = learned + _RARE
    parts = np.add.reduceat(learned, starts)
    likelihood = np.add.reduceat(distributions, starts, axis=1) / parts.astype(np.float32)
    shares = most_likely_shares(likelihood, parts / parts.sum(), MIX_STEPS)
    mix = np.repeat(shares / parts, np.diff([*starts, AGE_BINS])) * learned
    return mix / mix.sum()


def most_likely_shares(likelihood: np.ndarray, shares: np.ndarray, steps: int) -> np.ndarray:
    """Return the shares of components that make observations most likely.

    The observations are joined by one made-up one, spread over the components as the mix at the
    start, so that no share of few visits falls to zero.

    Args:
        likelihood: of each observation if it came from each component, shape (n, components).
        shares: to start from, shape (components,), summing to 1.
        steps: at most so many.
    """
    start = shares
    for _ in range(steps):
        total = likelihood @ shares.astype(likelihood.dtype)
        gathered = shares * (likelihood.T @ (1 / total)) + start
        moved = gathered / gathered.sum()
        if np.abs(moved - shares).max() < SMALLEST_MOVE:
            return moved
        shares = moved
    return shares


def band_probabilities(
    distributions: np.ndarray, learned: np.ndarray, mix: np.ndarray, bands: AgeBands
) -> np.ndarray:
    """Return how likely each visitor belongs to each band, in a crowd of this mix.

    Args:
        distributions: shape (n, AGE_BINS).
        learned: the mix that they lean towards, shape (AGE_BINS,).
        mix: of the crowd, shape (AGE_BINS,).
        bands: to tell apart.

    Returns:
        float32, shape (n, bands), rows summing to 1.
    """
    weights = np.zeros((AGE_BINS, len(bands)), dtype=np.float32)
    weights[np.arange(AGE_BINS), bands.of(np.arange(AGE_BINS))] = mix / (learned + _RARE)
    probabilities = distributions @ weights
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return probabilities
