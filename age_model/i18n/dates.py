"""Days, times and periods as the reader's language writes them."""

from datetime import date, datetime

from babel.dates import format_date, format_interval

from age_model.i18n.translate import language

_LOCALES = {"en": "en_GB"}  # the day before the month, as in most of the world
_DAYS = {"ru": "%d.%m.%Y"}
_ISO_DAY = "%Y-%m-%d"  # of other languages: 03/04/2026 is two days in English


def day_pattern() -> str:
    """Return the pattern of a day in digits, as of `strftime` and of Plotly."""
    return _DAYS.get(language(), _ISO_DAY)


def picker_pattern() -> str:
    """Return the pattern of a day as Streamlit's fields and tables have it.

    >>> picker_pattern()
    'YYYY-MM-DD'
    """
    pattern = day_pattern()
    for sign, letters in (("%Y", "YYYY"), ("%m", "MM"), ("%d", "DD")):
        pattern = pattern.replace(sign, letters)
    return pattern


def day_in_digits(day: date) -> str:
    """Return a day in digits.

    >>> day_in_digits(date(2026, 6, 1))
    '2026-06-01'
    """
    return day.strftime(day_pattern())


def time_in_digits(time: datetime, seconds: bool = False) -> str:
    """Return a moment in digits, to the minute or the second.

    >>> time_in_digits(datetime(2026, 6, 1, 9, 5))
    '2026-06-01 09:05'
    """
    return time.strftime(day_pattern() + (" %H:%M:%S" if seconds else " %H:%M"))


def day_in_words(day: date) -> str:
    """Return a day without its year.

    >>> day_in_words(date(2026, 6, 17))
    '17 June'
    """
    return str(format_date(day, "d MMMM", locale=_locale()))


def day_on_axis(day: date) -> str:
    """Return a day without its year, short enough to stand beside others below a chart.

    >>> day_on_axis(date(2026, 6, 17))
    '17 Jun'
    """
    return str(format_date(day, "d MMM", locale=_locale()))


def weekday_on_axis(day: date) -> str:
    """Return the day of the week and of the month, short enough to stand below a bar.

    >>> weekday_on_axis(date(2026, 6, 17))
    'Wed 17'
    """
    return str(format_date(day, "ccc", locale=_locale())) + f" {day.day}"


def days_in_words(first: date, last: date) -> str:
    """Return a period of days; both ends count.

    >>> days_in_words(date(2026, 6, 15), date(2026, 6, 21)).split()
    ['15', '–', '21', 'Jun', '2026']
    """
    if first == last:
        return str(format_date(first, "long", locale=_locale()))
    return str(format_interval(first, last, "yMMMMd", locale=_locale()))


def _locale() -> str:
    return _LOCALES.get(language(), language())
