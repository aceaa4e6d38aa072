"""Whether to ask a customer for ID."""

from typing import Protocol

DEFAULT_CHALLENGE_AGE = 25  # years: who looks younger is asked, though 18 may buy
# Years. When this was chosen, one UTKFace test photo in a hundred had a wider 90 % interval; the
# ages of these were wrong by 12 years on average.
WIDEST_RANGE = 45


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


def cannot_tell(face: Aged) -> bool:
    """Return whether the interval is so wide that the age within it says nothing."""
    return face.age_high - face.age_low > WIDEST_RANGE


def ask_for_id(face: Aged, challenge_age: float = DEFAULT_CHALLENGE_AGE) -> bool:
    """Return whether a face looks younger than the challenge age, in years, or cannot be judged.

    The age is not rounded: at a challenge age of 25, a face of 24.6 years is asked.
    """
    return face.age < challenge_age or cannot_tell(face)
