"""The part of the model card on the aims that the model misses."""

from collections.abc import Iterator, Sequence

from age_model.ages import CLEARLY_ADULT, RANGE_LEVEL, YOUNGEST_BUYER, level_name
from age_model.i18n.translate import capital, number, tr
from age_model.reports.card_sources import PORTRAITS_SOURCE, TEST_SOURCE, as_they_are
from age_model.reports.markdown import Metrics, interval_or_value, signed
from age_model.reports.wording import group_in_words, group_title

# Years, of all test photos, of the CORAL test set, of the portraits.
MAE_AIM, CORAL_AIM, PORTRAITS_AIM = 4.25, 4.2, 4.5
BIAS_AIM, BIAS_AIM_OLDEST = 1.5, 3.0  # years, in a band of real age; the second from 65 on
GROUP_AIM = 1.25  # a group's MAE at equal ages, against that of all photos
COVERAGE_AIM, BAND_COVERAGE_AIM = (
    0.025,
    0.05,
)  # between the nominal and the measured coverage of a range
FEWEST_PHOTOS = 150  # of a band of predicted age, for its coverage to be listed
CUT_AIM = 0.2  # of the MAE, by leaving out the least certain fifth
SOURCE_COVERAGE_AIM = 0.87  # of the people of a source, inside the range for 90 %
TEENS_AIM = 0.02  # of the photos of buyers below 18: estimated clearly adult
FEWEST_PEOPLE, FEWEST_TEENS = 30, 50  # of a source, for its figures to be listed: one is no share
SHIFT_AIM = 0.5  # years by which the mean prediction may change with the size of the faces


def failures(
    test: Metrics,
    portraits: Metrics,
    robustness: Metrics,
    portraits_robustness: Metrics,
    sources: Sequence[Metrics],
) -> list[str]:
    """Return a sentence for each missed aim, or one for none.

    Args:
        test: metrics report of the test photos.
        portraits: metrics report of portraits from another source.
        robustness: robustness report of the test photos.
        portraits_robustness: robustness report of the portraits.
        sources: of `source_metrics`.
    """
    found = [
        *_large_errors(test, portraits),
        *_biased_bands(test),
        *_worse_groups(test),
        *_biased_portraits(portraits),
        *_on_sources(as_they_are(sources)),
        *_broken_ranges(test),
        *_unsure(test),
        *_costly(robustness),
        *_shifted(tr("UTKFace, test split"), robustness),
        *_shifted(tr("official portraits, another source"), portraits_robustness),
    ]
    return found or [tr("In none of the measures below.")]


def _large_errors(test: Metrics, portraits: Metrics) -> Iterator[str]:
    named = (
        (tr("UTKFace, test split"), test["overall"], MAE_AIM),
        (tr("CORAL test set"), test.get("coral_test"), CORAL_AIM),
        (tr("official portraits, another source"), portraits["overall"], PORTRAITS_AIM),
    )
    for name, summary, aim in named:
        if summary and summary["mae"] > aim:
            yield tr("{photos}: MAE {mae} (aim: at most {aim}; n = {n}).").format(
                photos=capital(name),
                mae=number(summary["mae"], ".2f"),
                aim=number(aim, ".2f"),
                n=number(summary["n"]),
            )


def _biased_bands(test: Metrics) -> Iterator[str]:
    for band in test["bands"]:
        aim = BIAS_AIM_OLDEST if band["band"] == "65+" else BIAS_AIM
        if abs(band["bias"]) > aim:
            text = (
                tr(
                    "People aged {ages} are estimated {years} years too old (aim: at most {aim}; "
                    "n = {n})."
                )
                if band["bias"] > 0
                else tr(
                    "People aged {ages} are estimated {years} years too young (aim: at most "
                    "{aim}; n = {n})."
                )
            )
            yield text.format(
                ages=band["band"],
                years=number(abs(band["bias"]), ".1f"),
                aim=number(aim, "g"),
                n=number(band["n"]),
            )


def _worse_groups(test: Metrics) -> Iterator[str]:
    for group in test["groups"]:
        if (group["same_ages_ratio"] or 0) > GROUP_AIM:
            yield tr(
                "{group}: the MAE at equal ages is {ratio} times that of all photos (aim: at most "
                "{aim}; n = {n})."
            ).format(
                group=group_title(group["group"]),
                ratio=number(group["same_ages_ratio"], ".2f"),
                aim=number(GROUP_AIM, "g"),
                n=number(group["n"]),
            )


def _biased_portraits(portraits: Metrics) -> Iterator[str]:
    name = tr("official portraits, another source")
    named = [(name, portraits["overall"])]
    named += [
        (f"{name}, {group_in_words(group['group'])}", group)
        for group in portraits["groups"]
        if group["by"] == "colour"
    ]
    for photos, metrics in named:
        yield from _biased(capital(photos), metrics, metrics["n"])


def _on_sources(sources: Sequence[Metrics]) -> Iterator[str]:
    for source in sources:
        if source["people"] < FEWEST_PEOPLE:
            continue
        name = capital(tr(source["source"]))
        if source["source"] not in (TEST_SOURCE, PORTRAITS_SOURCE):  # they are above
            yield from _biased(name, source, source["people"])
        if source["inside_90"] < SOURCE_COVERAGE_AIM:
            yield tr(
                "{photos}: the real age of {share} of the people is inside the {level}% range "
                "(aim: at least {aim}; n = {n})."
            ).format(
                photos=name,
                level=level_name(RANGE_LEVEL),
                share=interval_or_value(source, "inside_90", ".1%"),
                aim=number(SOURCE_COVERAGE_AIM, ".0%"),
                n=number(source["people"]),
            )
        yield from _teens_as_adults(name, source)


def _teens_as_adults(photos: str, source: Metrics) -> Iterator[str]:
    teens, adult = source["teens"], source["teens_read_adult"]
    if teens >= FEWEST_TEENS and adult > TEENS_AIM * teens:
        yield tr(
            "{photos}: {count} of {n} photos of people aged {youngest} to 17 are estimated "
            "{adult} or older (aim: at most {aim})."
        ).format(
            photos=photos,
            count=number(adult),
            n=number(teens),
            youngest=YOUNGEST_BUYER,
            adult=CLEARLY_ADULT,
            aim=number(TEENS_AIM, ".0%"),
        )


def _biased(photos: str, metrics: Metrics, n: int) -> Iterator[str]:
    if abs(metrics["bias"]) > BIAS_AIM:
        yield tr("{photos}: bias {bias} (aim: at most {aim} either way; n = {n}).").format(
            photos=photos,
            bias=interval_or_value(metrics, "bias", "+.2f"),
            aim=number(BIAS_AIM, "g"),
            n=number(n),
        )


def _broken_ranges(test: Metrics) -> Iterator[str]:
    for level, metrics in test["intervals"].items():
        promised = int(level) / 100
        if abs(metrics["coverage"] - promised) > COVERAGE_AIM:
            text = tr("The {level}% range covers {share} (aim: within {points} points; n = {n}).")
            yield text.format(
                **_holding(level, metrics, COVERAGE_AIM), n=number(test["overall"]["n"])
            )
        for band in metrics["bands"]:
            missed = abs(band["coverage"] - promised) > BAND_COVERAGE_AIM
            if missed and band["n"] >= FEWEST_PHOTOS:
                yield tr(
                    "The {level}% range covers {share} at a predicted age of {ages} (aim: within "
                    "{points} points; n = {n})."
                ).format(
                    **_holding(level, band, BAND_COVERAGE_AIM),
                    ages=band["band"],
                    n=number(band["n"]),
                )
        if metrics["mean_width"] >= metrics["constant_width"]:
            yield tr(
                "The {level}% range is {width} years wide on average; a constant one that covers "
                "as many, {constant} years (aim: narrower than that)."
            ).format(
                level=level,
                width=number(metrics["mean_width"], ".1f"),
                constant=number(metrics["constant_width"], ".1f"),
            )


def _holding(level: str, metrics: Metrics, aim: float) -> dict[str, str]:
    share = number(metrics["coverage"], ".1%")
    return {"level": level, "share": share, "points": number(100 * aim, "g")}


def _unsure(test: Metrics) -> Iterator[str]:
    cut = test["risk_coverage"]["mae_cut_at_80"]
    if cut is not None and cut < CUT_AIM:
        yield tr(
            "Leaving out the least certain fifth of the photos cuts the MAE by {cut} (aim: at "
            "least {aim})."
        ).format(cut=number(cut, ".1%"), aim=number(CUT_AIM, ".0%"))


def _costly(robustness: Metrics) -> Iterator[str]:
    for row in robustness["corruptions"]:
        if row["passed"]:
            continue
        found = row["mae_change"] is not None
        if found and row["mae_change"] <= row["limit"]:  # only its bias misses the aim
            yield tr("{corruption}: bias {bias} (aim: below {aim} either way).").format(
                corruption=capital(tr(row["name"])),
                bias=signed(row, "bias"),
                aim=number(row["bias_limit"], "g"),
            )
        else:
            cost = signed(row, "mae_change") if found else tr("no face was found")
            yield tr("{corruption}: MAE {cost} (aim: at most {aim}).").format(
                corruption=capital(tr(row["name"])), cost=cost, aim=number(row["limit"], "+g")
            )


def _shifted(photos: str, robustness: Metrics) -> Iterator[str]:
    for row in robustness["resolutions"]:
        if abs(row["shift"]) > SHIFT_AIM:
            text = (
                tr(
                    "{photos}: faces of {pixels} px are estimated {years} years older than the "
                    "same at {full} px (aim: at most {aim})."
                )
                if row["shift"] > 0
                else tr(
                    "{photos}: faces of {pixels} px are estimated {years} years younger than the "
                    "same at {full} px (aim: at most {aim})."
                )
            )
            yield text.format(
                photos=capital(photos),
                pixels=row["pixels"],
                years=number(abs(row["shift"]), ".1f"),
                full=robustness["resolutions"][0]["pixels"],
                aim=number(SHIFT_AIM, "g"),
            )
