"""Whether a figure has changed from one period to the next by more than it varies from day to day.

A day's visits vary more than chance alone would have them, with the weather and the week. So the
days are the sample, and their scatter gives the interval.
"""

import math
from dataclasses import dataclass

import numpy as np

WEEK = 7  # days; in shorter periods the days of the week cannot be told from the change


@dataclass(frozen=True)
class Effect:
    """A difference between two periods, with the scatter of their days.

    Attributes:
        estimate: of a day in the second period minus one in the first.
        error: its standard error.
        freedom: degrees of freedom of the scatter, at least 1.
    """

    estimate: float
    error: float
    freedom: int

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends of the 95 % interval."""
        margin = t_quantile(self.freedom) * self.error
        return self.estimate - margin, self.estimate + margin

    @property
    def p_value(self) -> float:
        """The two-sided p-value of no difference."""
        if self.error == 0:
            return 1.0 if self.estimate == 0 else 0.0
        return 1 - within(abs(self.estimate) / self.error, self.freedom)


def day_effect(
    values: np.ndarray, weights: np.ndarray, weekdays: np.ndarray, later: np.ndarray
) -> Effect | None:
    """Estimate by how much the days of a later period differ from those of an earlier one.

    Weighted least squares with an effect of each day of the week, so that a month with five
    Saturdays is not taken for a better one.

    Args:
        values: of n days; missing ones are left out.
        weights: such as how many receipts a mean is of, shape (n,).
        weekdays: 0 to 6, shape (n,).
        later: whether a day is of the later period, bool, shape (n,).

    Returns:
        The effect; None where the days are too few to know their scatter.
    """
    known = np.isfinite(values) & (weights > 0)
    root = np.sqrt(weights[known] / weights[known].mean()) if known.any() else np.zeros(0)
    effects = [later[known], np.ones(known.sum())]
    if min((known & later).sum(), (known & ~later).sum()) >= WEEK:
        names = np.unique(weekdays[known])
        effects = [later[known], *(weekdays[known] == name for name in names)]
    design = np.stack(effects, axis=1) * root[:, None]
    target = values[known] * root
    freedom = len(target) - design.shape[1]
    if freedom < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    solved, *_ = np.linalg.lstsq(design, target, rcond=None)
    scatter = ((target - design @ solved) ** 2).sum() / freedom
    error = math.sqrt(scatter * np.linalg.inv(design.T @ design)[0, 0])
    return Effect(float(solved[0]), error, freedom)


def within(t: float, freedom: int) -> float:
    """Return the probability that Student's t lies between -t and t.

    By Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.3 and 26.7.4.

    >>> round(within(2.447, 6), 3)
    0.95
    """
    angle = math.atan(t / math.sqrt(freedom))
    odd = freedom % 2
    term = total = (math.cos(angle) if freedom > 1 else 0.0) if odd else 1.0
    for step in range(2 + odd, freedom - 1, 2):
        term *= (step - 1) / step * math.cos(angle) ** 2
        total += term
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if odd else total


def t_quantile(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t distribution, found by bisection.

    >>> [round(t_quantile(freedom), 2) for freedom in (1, 2, 6, 60)]
    [12.71, 4.3, 2.45, 2.0]
    """
    low, high = 0.0, 20.0  # 12.7 is the largest
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle, freedom) < 0.95 else (low, middle)
    return low


def difference_interval(
    later: tuple[float, float, float], earlier: tuple[float, float, float]
) -> tuple[float, float]:
    """Return the 95 % interval of the difference of two estimates from their own intervals.

    The method of Newcombe (1998) for shares, which Zou and Donner (2008) extended to any estimate.

    Args:
        later: estimate, and both ends of its 95 % interval.
        earlier: the same of what is subtracted.

    >>> low, high = difference_interval((0.8, 0.7, 0.9), (0.6, 0.5, 0.7))
    >>> round(low, 3), round(high, 3)
    (0.059, 0.341)
    """
    difference = later[0] - earlier[0]
    below = math.hypot(later[0] - later[1], earlier[2] - earlier[0])
    above = math.hypot(later[2] - later[0], earlier[0] - earlier[1])
    return difference - below, difference + above


def binomial_tail(hits: int, total: int, share: float, upper: bool) -> float:
    """Return the probability of at most, or at least, so many hits at a share.

    >>> [round(binomial_tail(1, 3, 0.5, upper), 3) for upper in (False, True)]
    [0.5, 0.875]
    """
    counts = np.arange(hits, total + 1) if upper else np.arange(hits + 1)
    rest = total - counts
    log_factorials = np.concatenate([[0.0], np.log(np.arange(1, total + 1)).cumsum()])
    ways = log_factorials[total] - log_factorials[counts] - log_factorials[rest]
    terms = np.exp(ways + counts * math.log(share) + rest * math.log1p(-share))
    return min(1.0, float(terms.sum()))
