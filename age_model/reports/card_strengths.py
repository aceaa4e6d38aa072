"""The part of the model card on what the model does well: the aims that it reaches."""

from collections.abc import Iterator

from age_model.ages import RANGE_LEVEL, level_name
from age_model.evaluation.metrics import CLOSE
from age_model.i18n.translate import number, tr
from age_model.reports.card_failures import COVERAGE_AIM, GROUP_AIM
from age_model.reports.markdown import Metrics


def strengths(test: Metrics, robustness: Metrics) -> list[str]:
    """Return a sentence for each aim that is reached, or one for none.

    Args:
        test: metrics report of the test photos.
        robustness: robustness report of the test photos.
    """
    found = [
        *_better_than_a_guess(test),
        *_honest_ranges(test),
        *_even_groups(test),
        *_harmless_corruptions(robustness),
    ]
    return found or [tr("In none of the measures below.")]


def _better_than_a_guess(test: Metrics) -> Iterator[str]:
    overall, guess = test["overall"], test["baseline"]
    if overall["mae"] < guess["mae"]:
        yield tr(
            "On {n} photos that it had not seen it is {mae} years off on average, and {share} of "
            "the ages are at most {years} years off. Always guessing {age} would be {guess} years "
            "off."
        ).format(
            n=number(overall["n"]),
            mae=number(overall["mae"], ".2f"),
            share=number(overall["within_5"], ".0%"),
            years=CLOSE,
            age=number(guess["constant_age"], "g"),
            guess=number(guess["mae"], ".2f"),
        )


def _honest_ranges(test: Metrics) -> Iterator[str]:
    level = level_name(RANGE_LEVEL)
    metrics = test["intervals"].get(level)
    if metrics and abs(metrics["coverage"] - RANGE_LEVEL) <= COVERAGE_AIM:
        yield tr(
            "On the test photos its ranges hold what they promise: the {level}% range has the real "
            "age inside on {share} of them, and is {width} years wide on average."
        ).format(
            level=level,
            share=number(metrics["coverage"], ".1%"),
            width=number(metrics["mean_width"], ".1f"),
        )


def _even_groups(test: Metrics) -> Iterator[str]:
    ratios = [group["same_ages_ratio"] for group in test["groups"] if group["same_ages_ratio"]]
    if ratios and max(ratios) <= GROUP_AIM:
        yield tr(
            "No group by gender, by the data set's ethnic labels or by colour of the photo has an "
            "error above {ratio} times that of all photos at equal ages (aim: at most {aim})."
        ).format(ratio=number(max(ratios), ".2f"), aim=number(GROUP_AIM, "g"))


def _harmless_corruptions(robustness: Metrics) -> Iterator[str]:
    rows = robustness["corruptions"]
    passed = sum(bool(row["passed"]) for row in rows)
    if passed:
        yield tr(
            "Of {count} ways to spoil a photo, such as blur, noise or bad light, {passed} cost no "
            "more than their aims."
        ).format(count=number(len(rows)), passed=number(passed))
