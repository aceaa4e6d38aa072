"""Groups, errors and views of a face in the reader's language."""

from age_model.evaluation.groups import BETWEEN
from age_model.evaluation.selection import Area
from age_model.i18n.translate import capital, number, tr, trn


def group_in_words(name: str) -> str:
    """Return a group's name, as `members` yields it, in the reader's language."""
    return BETWEEN.join(tr(part) for part in name.split(BETWEEN))


def group_title(name: str) -> str:
    """Return a group's name with a capital, for a list or a legend."""
    return capital(group_in_words(name))


def error_in_words(error: float) -> str:
    """Return an error, predicted minus real age in years, as text.

    >>> error_in_words(-1.2), error_in_words(12.7), error_in_words(0.3)
    ('1 year too young', '13 years too old', 'Correct to half a year')
    """
    years = round(abs(error))
    if years == 0:
        return tr("Correct to half a year")
    if error > 0:
        text = trn("{years} year too old", "{years} years too old", years)
    else:
        text = trn("{years} year too young", "{years} years too young", years)
    return text.format(years=number(years))


def area_in_words(area: Area) -> str:
    """Return an area of real and predicted ages as text.

    >>> area_in_words(Area((20, 30), (40, 60)))
    'real age 20 to 30, predicted age 40 to 60'
    """
    ends = [f"{end:.0f}" for end in (*area.real, *area.predicted)]
    return tr(
        "real age {real_low} to {real_high}, predicted age {predicted_low} to {predicted_high}"
    ).format(real_low=ends[0], real_high=ends[1], predicted_low=ends[2], predicted_high=ends[3])
