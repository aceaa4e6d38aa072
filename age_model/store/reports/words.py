"""Figures of an overview, and what needs attention, in the reader's language."""

import math
from collections.abc import Mapping

from age_model.ages import LEGAL_AGE
from age_model.i18n.dates import day_in_words
from age_model.i18n.message import mark
from age_model.i18n.money import money
from age_model.i18n.translate import number, tr, trn
from age_model.store.analysis.attention import Finding, Kind
from age_model.store.analysis.overview import Figure
from age_model.store.tills.names import says_till

NAMES = {
    "visits": mark("Visits with an age"),
    "revenue": mark("Revenue"),
    "basket": mark("Mean basket"),
    "id_rate": mark("ID rate"),
    "minors": mark("Under {age} unasked"),
}
HELP = {
    "visits": mark(
        "Visits with an estimated age. Those without a picture or a face are not among them; the "
        "Excel file has them by day."
    ),
    "revenue": mark("The sum of all receipts, returns subtracted, with or without a visit."),
    "basket": mark(
        "Revenue a receipt, not a visit: some visits have no receipt, and some receipts no visit "
        "with an age. So visits times mean basket is not the revenue."
    ),
    "id_rate": mark(
        "The share asked for ID of the buyers of alcohol who looked young by the rule of the "
        "store. Those without a record of a check are left out."
    ),
    "minors": mark("Buyers under age who were probably served alcohol unasked, in this period."),
}
DAYS = {"visits": mark("Visits a day"), "receipts": mark("Receipts a day")}
NONE_BEFORE = {  # of a period before in which nothing was counted
    "visits": mark("no visit in the period before"),
    "revenue": mark("no receipt in the period before"),
    "basket": mark("no receipt in the period before"),
}
UNKNOWN = "–"
OF_AGES = ("visits", "id_rate", "minors")  # figures that need visits with an estimated age
MONEY = ("revenue", "basket")  # figures that are amounts
_FORMS = {"id_rate": ".0%"}  # the others are whole numbers
_PLACES = {  # by kind: about a till, a store, or all
    Kind.UNRECORDED: mark("{count} of {of} sales of alcohol have no record of a check."),
    Kind.SILENT_TILL: mark("no visit since {day}. Is the camera on?"),
    Kind.NO_VISITS: mark(
        "{count} receipts on days without a single visit. Is the camera on, and is the till named "
        "alike in receipts and visits?"
    ),
    Kind.UNLINKED: mark("{count} of {of} receipts find no visit."),
    Kind.NO_FACES: mark(
        "{now} of the visits have no age, before it was {before}. The camera may be dirty or moved."
    ),
    Kind.OUTSIDE_HOURS: mark("{goods}: {count} of {of} receipts are outside the hours of sale."),
    Kind.BLURRED: mark(
        "pictures of faces have {share} of their usual sharpness. The camera may be dirty or out "
        "of focus."
    ),
    Kind.LIGHT_MOVED: mark(
        "the light on faces is {count} of 255, before it was {of}. The camera or a lamp may have "
        "been moved."
    ),
    Kind.AGES_MOVED: mark(
        "the mean estimate is {now_age} years, before it was {before_age}. The camera may be dirty "
        "or moved, or other people come."
    ),
}


def name_of(figure: str) -> str:
    """Return the name of one of `FIGURES`."""
    return tr(NAMES[figure]).format(age=LEGAL_AGE)


def help_of(figure: str) -> str:
    """Return what one of `FIGURES` is."""
    return tr(HELP[figure])


def few_checks_in_words() -> str:
    """Return why a rate is withheld: fewer than `FEWEST_CHECKS` make none."""
    return tr("too few checks recorded")


def missing_in_words(name: str, figures: Mapping[str, Figure]) -> str:
    """Return what one of `FIGURES` lacks where there is no visit; empty where it lacks nothing."""
    lacks = name in OF_AGES and not figures["visits"].value
    return tr("no visit with an age") if lacks else ""


def value_in_words(name: str, value: float, currency: str | None = None) -> str:
    """Return the value of a figure; of money, in a currency.

    >>> value_in_words("visits", 14166), value_in_words("id_rate", 0.856)
    ('14,166', '86%')
    """
    if math.isnan(value):
        return UNKNOWN
    if name in MONEY:
        return money(value, currency)
    text = number(value, _FORMS.get(name, ",.0f"))
    return tr("about {count}").format(count=text) if name == "minors" else text


def interval_of(name: str, figure: Figure) -> str:
    """Return the interval of an estimated figure; empty for a counted one."""
    if math.isnan(figure.low):
        return ""
    form = _FORMS.get(name, ",.0f")
    low, high = number(figure.low, form), number(figure.high, form)
    return tr("probably {low} to {high}").format(low=low, high=high)


def change_in_words(name: str, figure: Figure) -> str:
    """Return the change of a figure, and whether it is one; none where there is nothing before.

    >>> change_in_words("visits", Figure(1100, before=1000, change_low=-50, change_high=250))
    '+10%, no clear change'
    >>> change_in_words("id_rate", Figure(0.65, before=0.88, change_low=-0.3, change_high=-0.1))
    '−23 points, less than before'
    """
    if math.isnan(figure.before) and name in NONE_BEFORE:
        return tr(NONE_BEFORE[name])
    if math.isnan(figure.change):
        return tr("nothing to compare with")
    return tr("{change}, {verdict}").format(
        change=_size(name, figure), verdict=verdict_in_words(figure)
    )


def verdict_in_words(figure: Figure) -> str:
    """Return whether a figure changed by more than chance."""
    if figure.differs is None:
        return tr("too little to compare")
    if not figure.differs:
        return tr("no clear change")
    return tr("more than before") if figure.change > 0 else tr("less than before")


def finding_in_words(finding: Finding) -> str:
    """Return what needs attention as a sentence or two; names in it are as they are stored."""
    if finding.kind is Kind.LOW_RATE:
        return _low_rate(finding)
    if finding.kind is Kind.CASHIERS:
        text = trn(
            "{n} cashier asks less than {usual} of the buyers who look young: see ID checks, "
            "Cashiers.",
            "{n} cashiers ask less than {usual} of the buyers who look young: see ID checks, "
            "Cashiers.",
            int(finding.count),
        )
        return text.format(n=number(finding.count, ",.0f"), usual=number(finding.usual, ".0%"))
    values = {
        "count": number(finding.count, ",.0f"),
        "of": number(finding.of, ",.0f"),
        "now": number(finding.count, ".0%"),
        "before": number(finding.of, ".0%"),
        "now_age": number(finding.count, ".1f"),
        "before_age": number(finding.of, ".1f"),
        "share": number(finding.count / finding.of, ".0%") if finding.of else "",
        "goods": finding.goods,
        "day": day_in_words(finding.day) if finding.day else "",
    }
    return f"{_place(finding)}: {tr(_PLACES[finding.kind]).format(**values)}"


def _low_rate(finding: Finding) -> str:
    if finding.day is None:
        text = tr(
            "{place}: {share} asked for ID ({count} of {of} who looked young). At least {usual} is "
            "usual."
        )
    else:
        text = tr(
            "{place}, {day}: {share} asked for ID ({count} of {of} who looked young). At least "
            "{usual} is usual."
        )
    return text.format(
        place=_place(finding),
        day=day_in_words(finding.day) if finding.day else "",
        share=number(finding.count / finding.of, ".0%"),
        count=number(finding.count, ",.0f"),
        of=number(finding.of, ",.0f"),
        usual=number(finding.usual, ".0%"),
    )


def _place(finding: Finding) -> str:
    if not finding.till:
        return finding.store
    if says_till(finding.till):
        return f"{finding.store}, {finding.till}"
    return tr("{store}, till {till}").format(store=finding.store, till=finding.till)


def _size(name: str, figure: Figure) -> str:
    """Return the change in per cent of the value before; that of a share in points of it."""
    if name == "id_rate":
        points = round(100 * figure.change)
        return trn("{points} point", "{points} points", abs(points)).format(
            points=number(points, "+,")
        )
    if name == "minors" or not figure.before:
        return number(figure.change, "+,.0f")
    return number(figure.change / figure.before, "+.0%")
