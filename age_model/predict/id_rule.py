"""Whether to ask a customer for ID."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from age_model.ages import CHALLENGE_AGE

# Years. When this was chosen, one UTKFace test photo in a hundred had a wider 90 % interval; the
# ages of these were wrong by 12 years on average.
WIDEST_RANGE = 45
ANY_CHANCE = 1.0  # no probability is higher


class Aged(Protocol):
    """Anything with an estimated age, such as a `FaceEstimate`."""

    @property
    def age(self) -> float:
        """Years."""

    @property
    def age_low(self) -> float:
        """Lower end of the 90 % interval, years."""

    @property
    def age_high(self) -> float:
        """Upper end of the 90 % interval, years."""

    @property
    def p_under_18(self) -> float:
        """Calibrated probability of being younger than 18."""


@dataclass(frozen=True)
class AskRule:
    """Who is asked for ID: who looks too young, and who is too likely under 18.

    Whoever meets neither condition is not asked. Challenge ages are what shops know and have on
    their signs; the probability asks fewer adults where as few people under 18 pass, as
    `age_gate.gate_metrics` measures.

    Attributes:
        challenge_age: who looks younger is asked, years.
        likelihood: who is under 18 with a higher probability is asked too; `ANY_CHANCE` for a
            model whose validation photos could not determine it.
    """

    challenge_age: int = CHALLENGE_AGE
    likelihood: float = ANY_CHANCE

    def asks(self, face: Aged) -> bool:
        """Return whether to ask a face; one that cannot be judged is asked by every rule."""
        return bool(self.finds_young(face.age, face.p_under_18)) or cannot_tell(face)

    def finds_young(self, age: ArrayLike, p_under_18: ArrayLike) -> np.ndarray:
        """Return who looks too young or is too likely under 18: bool, of the shape given.

        Args:
            age: years.
            p_under_18: calibrated probability of being younger than 18.
        """
        return self.looks_young(age) | np.greater(p_under_18, self.likelihood)

    def looks_young(self, age: ArrayLike) -> np.ndarray:
        """Return who looks too young: bool, of the shape given.

        The age is not rounded: at a challenge age of 25, a face of 24.6 years is asked.

        Args:
            age: years.
        """
        return np.less(age, self.challenge_age)


USUAL_RULE = AskRule()


def cannot_tell(face: Aged) -> bool:
    """Return whether the interval is so wide that the age within it is useless."""
    return face.age_high - face.age_low > WIDEST_RANGE
