"""The people of any number of visits, of whom only sums are held.

How a visit counts depends on all others by their age mix alone, which needs no more than how many
estimates there are of each age. With it, the probabilities of visits are found some at a time.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from age_model.ages import AGE_BINS
from age_model.store.statistics.age_bands import AgeBands
from age_model.store.statistics.age_mix import (
    CELLS,
    MeasuredErrors,
    Part,
    cells,
    explain,
    population_probabilities,
)
from age_model.store.statistics.model_errors import Lookup
from age_model.store.statistics.population import (
    DOUBTS,
    Doubt,
    assumed_distributions,
    assumed_errors,
    usual_spread,
)
from age_model.store.statistics.spread import END, NARROWEST

NO_RANGE = 2 * NARROWEST  # years: a narrower range is none


class Source(NamedTuple):
    """The estimates of one source, by completed years: each of shape (AGE_BINS,).

    Attributes:
        people: how many.
        ranges: sum of the widths of their ranges, as far as they have one, years.
        bare: how many have none.
        bare_ages: sum of the ages of these, years.
    """

    people: np.ndarray
    ranges: np.ndarray
    bare: np.ndarray
    bare_ages: np.ndarray

    @property
    def claims(self) -> tuple[np.ndarray, np.ndarray]:
        """What `population.claims` returns."""
        usual = usual_spread(np.zeros(1))[0]
        growth = usual_spread(np.ones(1))[0] - usual
        return self.people, self.ranges / 2 / END + usual * self.bare + growth * self.bare_ages


class People(NamedTuple):
    """The people of some visits.

    Attributes:
        age: estimates, shape (n,), years.
        low: lower ends of their ranges, shape (n,), years.
        high: upper ends.
        distributions: as stored, shape (n, AGE_BINS).
        sources: by model version, the rows of its estimates.
    """

    age: np.ndarray
    low: np.ndarray
    high: np.ndarray
    distributions: np.ndarray
    sources: Mapping[str, np.ndarray | slice]


class Explained(NamedTuple):
    """The age mix of some people, by what is assumed of unmeasured errors.

    Attributes:
        assumed: what unmeasured errors are assumed to be: first as they are claimed, then, if
            there are any, each of `DOUBTS`.
        errors: of each source, by what is assumed.
        unknown: the sources whose errors were not measured.
        visits: how many there are.
        unmeasured: share of those with unmeasured errors.
        mixes: as claimed, and of its bootstrap, shape (1 + `RESAMPLES`, AGE_BINS).
        doubted: under each of `DOUBTS`, if any errors are unmeasured, each of shape (AGE_BINS,).
    """

    assumed: tuple[Doubt, ...]
    errors: tuple[Mapping[str, MeasuredErrors], ...]
    unknown: frozenset[str]
    visits: int
    unmeasured: float
    mixes: np.ndarray
    doubted: tuple[np.ndarray, ...]


class Pooled(NamedTuple):
    """How people count towards bands.

    Attributes:
        bands: the B bands.
        mix: the age mix of all people.
    """

    bands: AgeBands
    mix: Explained

    @property
    def shares(self) -> np.ndarray:
        """The bands' in the mix and in those of the bootstrap, shape (1 + `RESAMPLES`, B)."""
        return self.bands.sums(self.mix.mixes)

    def probabilities(self, people: People) -> np.ndarray:
        """Return the probabilities of people's bands, shape (assumptions, n, B)."""
        return np.stack(
            [
                population_probabilities(self._parts(people, number), mix, self.bands)
                for number, mix in enumerate((self.mix.mixes[0], *self.mix.doubted))
            ]
        )

    def _parts(self, people: People, number: int) -> Sequence[Part]:
        parts = []
        for version, rows in people.sources.items():
            age = people.age[rows]
            if version in self.mix.unknown:
                ends = people.low[rows], people.high[rows]
                distributions = assumed_distributions(age, *ends, self.mix.assumed[number])
            else:
                distributions = people.distributions[rows]
            parts.append(Part(rows, age, distributions, self.mix.errors[number][version]))
        return parts


def rows_by_source(source: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray | slice]:
    """Return the rows of each source that has some: `source` is its place among the names."""
    counts = np.bincount(source, minlength=len(names))
    if (counts > 0).sum() == 1:
        return {names[int(counts.argmax())]: slice(None)}  # which copies nothing
    return {
        names[code]: np.flatnonzero(source == code) for code in map(int, np.flatnonzero(counts))
    }


def source_of(age: np.ndarray, low: np.ndarray, high: np.ndarray) -> Source:
    """Return the sums of the estimates of a source.

    Args:
        age: estimates, shape (n,), years.
        low: lower ends of their ranges, shape (n,), years.
        high: upper ends.
    """
    year, bare = age.astype(int).clip(0, AGE_BINS - 1), high - low <= NO_RANGE
    values = np.ones(len(age)), np.where(bare, 0, high - low), bare, np.where(bare, age, 0)
    return Source(*(np.bincount(year, of, AGE_BINS) for of in values))


def pool(sources: Mapping[str, Source], lookup: Lookup, bands: AgeBands) -> Pooled:
    """Fit how people count towards bands.

    Args:
        sources: by model version, of at least one visit.
        lookup: gives the measured errors of a model version, or None.
        bands: to count by.
    """
    return Pooled(bands, explained(sources, lookup))


def explained(sources: Mapping[str, Source], lookup: Lookup, limit: int | None = None) -> Explained:
    """Fit the age mix; arguments as of `pool` and, for the limit, of `explain`."""
    looked_up = {version: lookup(version) for version in sorted(sources)}
    unknown = frozenset(version for version, errors in looked_up.items() if errors is None)
    # In the order of a `Population`, so that bootstrap samples are the same.
    measured = dict(sorted(looked_up.items(), key=lambda one: one[0] in unknown))
    assumed = (Doubt(), *(DOUBTS if unknown else ()))
    errors = tuple(
        {
            version: assumed_errors(*sources[version].claims, doubt) if found is None else found
            for version, found in measured.items()
        }
        for doubt in assumed
    )
    year = cells(np.arange(AGE_BINS))  # the cell of an age is that of its completed years
    counts = [np.bincount(year, sources[one].people, CELLS).astype(int) for one in measured]
    mixes = explain(counts, list(errors[0].values()), limit)
    doubted = tuple(explain(counts, list(each.values()), limit, draws=0)[0] for each in errors[1:])
    visits = sum(int(source.people.sum()) for source in sources.values())
    unmeasured = sum(int(sources[version].people.sum()) for version in unknown) / max(visits, 1)
    return Explained(assumed, errors, unknown, visits, unmeasured, mixes, doubted)
