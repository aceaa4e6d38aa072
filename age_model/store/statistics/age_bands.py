"""Age bands that the user chooses."""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from age_model.ages import CHALLENGE_AGE, LEGAL_AGE, MAX_AGE
from age_model.i18n.translate import tr


@dataclass(frozen=True)
class AgeBands:
    """Age bands without gaps, from 0 years on; ages are completed years.

    Attributes:
        starts: the first age of each band but the youngest, rising, years.

    Raises:
        ValueError: if the starts do not rise, or lie outside 1 to `MAX_AGE`.

    >>> AgeBands((18, 65)).names
    ('0–17', '18–64', '65+')
    """

    starts: tuple[int, ...]

    def __post_init__(self) -> None:
        rising = all(low < high for low, high in pairwise(self.starts))
        if not self.starts or not rising or self.starts[0] < 1 or self.starts[-1] > MAX_AGE:
            raise ValueError(f"{self.starts} are not rising ages from 1 to {MAX_AGE}")

    def __len__(self) -> int:
        return len(self.starts) + 1

    @property
    def names(self) -> tuple[str, ...]:
        """The bands as text, the youngest first."""
        edges = (0, *self.starts)
        closed = (
            f"{low}–{high - 1}" if high > low + 1 else f"{low}" for low, high in pairwise(edges)
        )
        return (*closed, f"{edges[-1]}+")

    def of(self, ages: ArrayLike) -> np.ndarray:
        """Return the number of each age's band, int, the youngest being 0."""
        return np.digitize(np.asarray(ages, dtype=float), self.starts)

    def sums(self, by_age: np.ndarray) -> np.ndarray:
        """Sum values by age over bands: shape (..., AGE_BINS) to (..., bands)."""
        return np.add.reduceat(by_age, (0, *self.starts), axis=-1)


DEFAULT_BANDS = AgeBands((LEGAL_AGE, CHALLENGE_AGE, 35, 45, 55, 65))


def read_bands(text: str) -> AgeBands:
    """Read the first ages of bands from text.

    Raises:
        ValueError: if they are not ages; the message says what to write.

    >>> read_bands("25, 18; 18").names
    ('0–17', '18–24', '25+')
    """
    ages = {word for word in re.split(r"[\s,;]+", text) if word}
    try:
        return AgeBands(tuple(sorted(map(int, ages))))
    except ValueError as error:
        raise ValueError(
            tr(
                "“{text}” is not a list of first ages of bands. Write whole years from 1 to "
                "{highest}, such as 18, 25, 35."
            ).format(text=text, highest=MAX_AGE)
        ) from error
