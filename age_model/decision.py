"""Whether to ask a customer for ID."""

from typing import Protocol

DEFAULT_CHALLENGE_AGE = 25  # years: who looks younger is asked, though 18 may buy


class Aged(Protocol):
    """Anything with an estimated age, such as a `FaceEstimate`."""

    @property
    def age(self) -> float:
        """Years."""


def ask_for_id(face: Aged, challenge_age: float = DEFAULT_CHALLENGE_AGE) -> bool:
    """Return whether a face looks younger than the challenge age, in years.

    The age is not rounded: at a challenge age of 25, a face of 24.6 years is asked.
    """
    return face.age < challenge_age
