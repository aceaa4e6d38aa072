"""Verification: how often do two photos of one person count as such, and at what price?

Two photos are accepted as showing one person if their similarity is above a threshold. The false
accept rate (FAR) is the share of pairs of different people that are accepted, the true accept rate
(TAR) that of pairs of one person. Every person, and every pair of two people, counts once, however
many photos there are of them.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from age_model.evaluation.metrics import RESAMPLES

# What is compared: features by their cosine, also after a transformation learned from other
# people's photos; age distributions by their Bhattacharyya coefficient.
FEATURES, LEARNED, AGES, REFERENCE = "features", "learned", "ages", "reference"
FARS = {"far_100": 1e-2, "far_1000": 1e-3}


@dataclass(frozen=True)
class Pairs:
    """Pairs of photos, each pair once.

    Attributes:
        first: number of one photo, shape (M,).
        second: of the other.
    """

    first: np.ndarray
    second: np.ndarray

    def __len__(self) -> int:
        return len(self.first)

    def where(self, chosen: np.ndarray) -> "Pairs":
        """Return some of the pairs."""
        return Pairs(self.first[chosen], self.second[chosen])


def pairs_to_compare(
    people: np.ndarray, ages: np.ndarray, pictures: np.ndarray
) -> tuple[Pairs, Pairs]:
    """Return the pairs of photos of one person, and those of two.

    Identical pictures are no pair. Where a person's photos have different ages, two with the same
    age are left out: they may be from one occasion.

    Args:
        people: number of the person on each photo, shape (N,).
        ages: real, shape (N,), years.
        pictures: digest of each picture, shape (N,).
    """
    pairs = Pairs(*np.triu_indices(len(people), 1))
    pairs = pairs.where(pictures[pairs.first] != pictures[pairs.second])
    same = people[pairs.first] == people[pairs.second]
    dated = [person for person in np.unique(people) if np.ptp(ages[people == person]) > 0]
    one_occasion = np.isin(people[pairs.first], dated) & (ages[pairs.first] == ages[pairs.second])
    return pairs.where(same & ~one_occasion), pairs.where(~same)


def accept_rates(
    similarity: np.ndarray, people: np.ndarray, one_person: Pairs, two_people: Pairs
) -> dict[str, Any]:
    """Return the TAR at each FAR of `FARS`, with a 95 % interval from a bootstrap over people.

    Args:
        similarity: of all photos, shape (N, N); higher is more alike.
        people: number of the person on each photo, from 0, shape (N,).
        one_person: pairs of photos of one person.
        two_people: pairs of photos of two.

    Returns:
        `far_100` and `far_1000`, each with `_low` and `_high`.
    """
    true = _Scored.of(similarity, people, one_person)
    false = _Scored.of(similarity, people, two_people)
    count = int(people.max()) + 1
    rates = _rates(true, false, np.ones(count))
    generator = np.random.default_rng(0)
    drawn = (
        np.bincount(generator.integers(0, count, count), minlength=count).astype(float)
        for _ in range(RESAMPLES)
    )
    resampled = np.array([_rates(true, false, times) for times in drawn])
    low, high = np.nanquantile(resampled, [0.025, 0.975], axis=0)
    metrics: dict[str, Any] = {}
    for name, *values in zip(FARS, rates, low, high, strict=True):
        for end, value in zip(("", "_low", "_high"), values, strict=True):
            metrics[f"{name}{end}"] = round(float(value), 4)
    return metrics


class _Scored(NamedTuple):
    """Pairs by falling score; `a` and `b` are their people, `share` of the same people's pairs."""

    score: np.ndarray
    a: np.ndarray
    b: np.ndarray
    share: np.ndarray

    @classmethod
    def of(cls, similarity: np.ndarray, people: np.ndarray, pairs: Pairs) -> "_Scored":
        score = similarity[pairs.first, pairs.second]
        order = np.argsort(-score, kind="stable")
        ends = np.sort(np.stack([people[pairs.first], people[pairs.second]])[:, order], axis=0)
        _, which, counts = np.unique(ends, axis=1, return_inverse=True, return_counts=True)
        return cls(score[order], ends[0], ends[1], 1 / counts[which.ravel()])

    def weights(self, times: np.ndarray) -> np.ndarray:
        """Return the weights of the pairs if person k was drawn `times[k]` times."""
        both = np.where(self.a == self.b, times[self.a], times[self.a] * times[self.b])
        weights: np.ndarray = both * self.share
        return weights


def _rates(true: _Scored, false: _Scored, times: np.ndarray) -> list[float]:
    accepted_false = np.cumsum(false.weights(times))
    accepted_true = np.concatenate([[0.0], np.cumsum(true.weights(times))])
    if not accepted_true[-1]:  # nobody drawn has two photos
        return [float("nan")] * len(FARS)
    rates = []
    for far in FARS.values():
        # The score of the first pair that would be one too many; only what is above is accepted.
        place = np.searchsorted(accepted_false, far * accepted_false[-1], side="right")
        threshold = false.score[min(place, len(false.score) - 1)]
        above = np.searchsorted(-true.score, -threshold, side="left")
        rates.append(float(accepted_true[above] / accepted_true[-1]))
    return rates
