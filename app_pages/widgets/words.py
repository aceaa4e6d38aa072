"""Numbers and file names as the pages write them."""

import math
import re
from typing import TYPE_CHECKING

from age_model.ages import LEGAL_AGE, RANGE_LEVEL, level_name, whole_years, years_lived
from age_model.i18n.translate import number, tr, trn
from age_model.predict.id_rule import ANY_CHANCE, Aged, AskRule, cannot_tell
from age_model.release import Release, released

if TYPE_CHECKING:
    from age_model.predict.results import PhotoResult
    from age_model.store.analysis.store_rules import StoreRules


# Where Streamlit's Markdown begins to see a web or mail address, whether its signs are escaped or
# not; a word joiner, which takes no place, keeps it from that.
_ADDRESS = re.compile(
    r"(?<=http:)(?=//)|(?<=https:)(?=//)|(?<=www)(?=\.)|(?=@[-\w]+\.)", re.IGNORECASE
)
_JOINER = "\N{WORD JOINER}"
MOST_NAMED = 3  # stores of one rule


def plain(text: str) -> str:
    """Escape text such as a file name, so that Markdown shows it as it is, and links nothing.

    >>> print(plain("IMG_01 (2).jpg"))
    IMG\\_01 \\(2\\)\\.jpg
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", _ADDRESS.sub(_JOINER, text))


def problem_in_words(result: "PhotoResult") -> str:
    """Return why a photo could not be read or has no face; empty if it has one."""
    return tr(result.problem) if result.problem else ""


def age_in_words(age: float) -> str:
    """Return an age in years as text.

    >>> age_in_words(31.7), age_in_words(1.2), age_in_words(0.3)
    ('32 years', '1 year', 'Under 1 year')
    """
    years = whole_years(age)
    if years == 0:
        return tr("Under 1 year")
    return trn("{age} year", "{age} years", years).format(age=years)


def estimate_in_words(face: Aged) -> str:
    """Return an estimated age as text, unless its range is too wide to be useful."""
    return tr("Cannot tell") if cannot_tell(face) else age_in_words(face.age)


def rule_in_words(rule: "AskRule | StoreRules") -> str:
    """Return whom a rule asks; of stores with different rules, whom each asks, as Markdown.

    >>> rule_in_words(AskRule(25))
    'The rule asks everyone who looks younger than 25.'
    >>> from age_model.store.analysis.store_rules import StoreRules
    >>> own = {"North": AskRule(25), "South": AskRule(22), "West": AskRule(22)}
    >>> print(rule_in_words(StoreRules(AskRule(22), own)))
    By each store's own rule. It asks:
    - South, West: everyone who looks younger than 22.
    - North: everyone who looks younger than 25.
    """
    if isinstance(rule, AskRule):
        return tr("The rule asks {whom}.").format(whom=tr(rule.whom))
    lines = [tr("By each store's own rule. It asks:")]
    for each, stores in rule.by_rule().items():
        names = ", ".join(map(plain, stores[:MOST_NAMED]))
        more = " …" if len(stores) > MOST_NAMED else ""
        lines.append(f"- {names}{more}: {tr(each.whom)}.")
    return "\n".join(lines)


def reason_in_words(rule: AskRule, face: Aged) -> str:
    """Return why a person is asked for ID, or need not be.

    >>> from types import SimpleNamespace
    >>> young, old, likely = (
    ...     SimpleNamespace(age=age, age_low=age - 5, age_high=age + 5, p_under_18=chance)
    ...     for age, chance in ((20, 0.1), (50, 0.001), (26, 0.1))
    ... )
    >>> rule = AskRule(25, likelihood=0.05)
    >>> reason_in_words(rule, young), reason_in_words(rule, likely)
    ('May be under 18', 'May be under 18 (chance: 10.00%)')
    >>> reason_in_words(rule, old), reason_in_words(AskRule(25), old)
    ('Looks 25+, hardly under 18', 'Looks 25+')
    """
    reason = rule.reason(face)
    if reason is not None:
        return _with_chance(tr(reason), rule, face)
    if rule.likelihood >= ANY_CHANCE:
        return tr("Looks {age}+").format(age=rule.challenge_age)
    text = tr("Looks {age}+, hardly under {legal_age}")
    return text.format(age=rule.challenge_age, legal_age=LEGAL_AGE)


def _with_chance(reason: str, rule: AskRule, face: Aged) -> str:
    """Return a reason with the chance of being under 18 where the age alone would not say it."""
    if cannot_tell(face) or face.age < rule.challenge_age:
        return reason
    text = tr("{reason} (chance: {chance})")
    return text.format(reason=reason, chance=number(face.p_under_18, ".2%"))


def interval_in_words(low: float, high: float) -> str:
    """Return a 90 % interval of ages in years as text.

    >>> interval_in_words(17.9, 37.9)
    'Likely 17 to 38'
    """
    highest = whole_years(high)
    text = trn(
        "Likely {low} to {high}",
        "Likely {low} to {high}",
        highest,
    )
    return text.format(low=years_lived(low), high=highest)


def about_ranges() -> str:
    """Return what a range tells, as measured, for those who wonder at a wide one."""
    width = tr("The wider the range, the less certain the age; a sharper picture may help.")
    inside = _share_inside(released())
    if inside is None:
        return width
    meaning = tr("The real age lies in it on about {count} of 100 test photos.")
    return f"{meaning.format(count=round(100 * inside))} {width}"


def _share_inside(release: Release) -> float | None:
    """Return the share of test photos whose real age was within the range; None if not measured."""
    try:
        metrics = release.metrics()
        if metrics["split"] != "test" or release.measured() is False:
            return None
        return float(metrics["intervals"][level_name(RANGE_LEVEL)]["coverage"])
    except (OSError, ValueError, LookupError, TypeError):  # missing or damaged
        return None


def range_in_words(low: float, high: float) -> str:
    """Return a short text for a range of ages in years.

    >>> range_in_words(27.2, 37.9)
    '27 to 38 years'
    """
    highest = whole_years(high)
    if highest == 0:
        return age_in_words(0)
    text = trn("{low} to {high} year", "{low} to {high} years", highest)
    return text.format(low=years_lived(low), high=highest)


def time_left_in_words(seconds: float) -> str:
    """Return a remaining time as text, rounded to what can be predicted.

    >>> time_left_in_words(4), time_left_in_words(32), time_left_in_words(100)
    ('a few seconds left', 'about 40 seconds left', 'about 2 minutes left')
    """
    if seconds < 10:
        return tr("a few seconds left")
    if seconds < 60:
        return tr("about {seconds} seconds left").format(seconds=math.ceil(seconds / 10) * 10)
    minutes = round(seconds / 60)
    text = trn("about {minutes} minute left", "about {minutes} minutes left", minutes)
    return text.format(minutes=number(minutes))
