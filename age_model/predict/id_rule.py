"""Whether to ask a customer for ID."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from age_model.ages import CHALLENGE_AGE, LEGAL_AGE
from age_model.i18n.message import Sentence, mark

if TYPE_CHECKING:
    import pandas as pd

# Years. When this was chosen, one UTKFace test photo in a hundred had a wider 90 % interval; the
# ages of these were wrong by 12 years on average.
WIDEST_RANGE = 45
ANY_CHANCE = 1.0  # no probability is higher
UNKNOWN_AGE = mark("The age cannot be estimated")
_TOO_WIDE = Sentence("The range is wider than {years} years", years=WIDEST_RANGE)
_PROBABLY = Sentence("Probably under {age}", age=LEGAL_AGE)  # whichever condition is met


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


People: TypeAlias = "Aged | pd.DataFrame"
"""One person, or a table with the columns `age` and `p_under_18`, a row a person."""


class Verdict(StrEnum):
    """What to do about a person who buys what only adults may.

    Attributes:
        CHILD: the whole 90 % interval is below the legal age: nothing to ask for.
        ASK: the rule asks.
        CANNOT_TELL: the age cannot be estimated, so the person is asked.
        NO_NEED: no condition of the rule is met.
    """

    CHILD = "child"
    ASK = "ask"
    CANNOT_TELL = "cannot tell"
    NO_NEED = "no need"


@dataclass(frozen=True)
class Condition:
    """One condition of a rule.

    Attributes:
        met: returns who meets it: bool, one or one a row.
        whom: who these are, to follow "asks".
        reason: what to tell one of them.
    """

    met: Callable[[People], np.ndarray]
    whom: Sentence
    reason: Sentence


@dataclass(frozen=True)
class AskRule:
    """Who is asked for ID: who looks too young, and who is too likely under 18.

    Whoever meets none of its conditions is not asked. Challenge ages are what shops know and have
    on their signs; the probability asks fewer adults where as few people under 18 pass, as
    `age_gate.gate_metrics` measures.

    Attributes:
        challenge_age: who looks younger is asked, years.
        likelihood: who is under 18 with a higher probability is asked too; `ANY_CHANCE` for a
            model whose validation photos could not determine it.
    """

    challenge_age: int = CHALLENGE_AGE
    likelihood: float = ANY_CHANCE

    @classmethod
    def of(cls, entries: Mapping[str, Any]) -> "AskRule":
        """Return the rule with these settings, among other entries; unnamed ones are the usual.

        Raises:
            TypeError, ValueError: an entry is no number.
        """
        usual = asdict(cls()).items()
        return cls(**{name: type(value)(entries.get(name, value)) for name, value in usual})

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Whoever meets any of these is asked.

        The age is not rounded: at a challenge age of 25, a face of 24.6 years is asked.
        """
        looks_young = Condition(
            lambda people: np.less(people.age, self.challenge_age),
            Sentence("everyone who looks younger than {age}", age=self.challenge_age),
            Sentence("Looks under {age}", age=self.challenge_age),
        )
        if self.likelihood >= ANY_CHANCE:
            return (looks_young,)
        likely_young = Condition(
            lambda people: np.greater(people.p_under_18, self.likelihood),
            Sentence(
                "everyone whose probability of being under {age} is above {chance:.2%}",
                age=LEGAL_AGE,
                chance=self.likelihood,
            ),
            Sentence("May be under {age}", age=LEGAL_AGE),
        )
        return looks_young, likely_young

    @property
    def whom(self) -> Sentence:
        """Whom it asks, to follow "asks"."""
        first, *others = (condition.whom for condition in self.conditions)
        for other in others:
            first = Sentence("{some}, and {others}", some=first, others=other)
        return first

    def asks(self, face: Aged) -> bool:
        """Return whether to ask a face; one that cannot be judged is asked by every rule."""
        return self.reason(face) is not None

    def verdict(self, face: Aged | None) -> Verdict:
        """Return what to do about a person; None if there is no estimate.

        >>> from types import SimpleNamespace
        >>> child = SimpleNamespace(age=8, age_low=6, age_high=11, p_under_18=1)
        >>> str(AskRule().verdict(child)), str(AskRule().verdict(None))
        ('child', 'cannot tell')
        """
        if face is None:
            return Verdict.CANNOT_TELL
        if face.age_high < LEGAL_AGE:
            return Verdict.CHILD
        if cannot_tell(face):
            return Verdict.CANNOT_TELL
        return Verdict.ASK if self.asks(face) else Verdict.NO_NEED

    def reason(self, face: Aged) -> str | None:
        """Return why to ask a face, marked for translation; None if there is no need to.

        Who may be under the legal age is told that, and not that they may be under a higher one.
        """
        if cannot_tell(face):
            return _TOO_WIDE
        reasons = (each.reason for each in reversed(self.conditions) if each.met(face))
        reason = next(reasons, None)
        return _PROBABLY if reason is not None and face.p_under_18 > 0.5 else reason

    def finds_young(self, table: "pd.DataFrame") -> np.ndarray:
        """Return who of a table's people meets a condition.

        Args:
            table: see `People`, N rows; `p_under_18` only where a probability decides.

        Returns:
            bool, shape (N,).
        """
        return np.logical_or.reduce([np.asarray(each.met(table)) for each in self.conditions])


USUAL_RULE = AskRule()


def cannot_tell(face: Aged) -> bool:
    """Return whether the interval is so wide that the age within it is useless."""
    return face.age_high - face.age_low > WIDEST_RANGE
