"""Reads the times of CSV files.

The record keeps the local time of the store, without a zone. A time with Z or an offset is
converted to the store's zone. Any other time is local already.
"""

import re
from typing import NamedTuple
from zoneinfo import available_timezones

import numpy as np
import pandas as pd

# Year first is unambiguous. Whether 03/04/2026 is in March is inferred from the file, or asked.
_FORM = re.compile(
    r"^\s*(?:(?P<year>\d{4})(?P<between>[-/.]?)(?P<month>\d\d|\d(?=\D))(?P=between)(?P<day>\d\d?)"
    r"|(?P<first>\d\d?)(?P<sign>[./-])(?P<second>\d\d?)(?P=sign)(?P<short_year>\d{4}|\d\d))"
    r"(?:[\sTt]+|(?<=\d{8})(?=\d{6}))"
    r"(?P<hour>\d\d|\d(?=:))(?P<colon>:?)(?P<minute>\d\d)"
    r"(?:(?P=colon)(?P<seconds>\d\d(?:[.,]\d{1,9})?))?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?:\s*(?P<offset>[Zz]|UTC|[+-]\d\d(?::?\d\d)?))?\s*$"
)
# What begins with the year and has no offset tells nothing about the others. Most do.
_PLAIN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?$"
_OTHER_DIGITS = re.compile(r"[^\D0-9]")  # of other scripts: \d takes them, but they are no numbers
_NUMBERS = ("year", "month", "day", "first", "second", "short_year", "hour", "minute", "seconds")
_SIGNS = ("sign", "half")
_PARTS = (*_NUMBERS, *_SIGNS, "offset")
_MOST_DIGITS = 4  # of a number without a fraction
_TO_FORM = bytes.maketrans(b"123456789", b"0" * 9)
_BYTES = ("utf-8", "surrogatepass")  # which any text has
FIRST_YEAR, LAST_YEAR = 1970, 2200
_FARTHEST = 14 * 60  # minutes from UTC


class TimeReading(NamedTuple):
    """How the times of a file are to be read.

    Attributes:
        month_first: whether 03/04/2026 is in March.
        zone: of the store, one of `time_zones`; matters to times with Z or an offset only.
    """

    month_first: bool = False
    zone: str = "UTC"


class TimesWritten(NamedTuple):
    """The format of a file's times.

    Attributes:
        example: an ambiguous one, different with day and month swapped; if there is none, one with
            the year last; empty where all years come first.
        month_first: the likelier reading of the file's dates.
        decided: whether the file has a date that can be read in one way only.
        zoned: whether there are times with Z or an offset.
    """

    example: str
    month_first: bool
    decided: bool
    zoned: bool


def time_zones() -> list[str]:
    """Return the names of the world's time zones, such as Europe/Berlin, sorted."""
    return sorted(name for name in available_timezones() if "/" in name or name == "UTC")


class TimesCounted(NamedTuple):
    """How many different times of a file, or of a part of one, have which format.

    Attributes:
        examples: an ambiguous one, if there is one, and one with the year last.
        day_first: of which the first number can be no month.
        month_first: of which the second number can be none.
        american: whether there are some with AM or PM, and no dots.
        zoned: whether there are some with Z or an offset.
    """

    examples: tuple[str, str] = ("", "")
    day_first: int = 0
    month_first: int = 0
    american: bool = False
    zoned: bool = False

    def __add__(self, other: "TimesCounted") -> "TimesCounted":  # type: ignore[override]
        """Return the counts of both parts."""
        ambiguous, last = (
            mine or theirs for mine, theirs in zip(self.examples, other.examples, strict=True)
        )
        return TimesCounted(
            (ambiguous, last),
            self.day_first + other.day_first,
            self.month_first + other.month_first,
            self.american or other.american,
            self.zoned or other.zoned,
        )

    @property
    def written(self) -> TimesWritten:
        """The format; where nothing decides, the day comes first.

        With AM and PM the month most likely comes first, unless dots are the separators.
        """
        return TimesWritten(
            example=self.examples[0] or self.examples[1],
            # A single typo in thousands of rows does not decide. The clock counts as one date.
            month_first=self.month_first + self.american > self.day_first,
            decided=self.day_first + self.month_first > 0,
            zoned=self.zoned,
        )


def count_times(texts: pd.Series) -> TimesCounted:
    """Count the formats of times."""
    texts = pd.Series(pd.factorize(texts)[1])
    texts = texts[~texts.str.match(_PLAIN)]
    parts = _take_apart(texts)
    first, second = parts["first"], parts["second"]
    day_first, month_first = (first > 12) & (second <= 12), (first <= 12) & (second > 12)
    either = (first <= 12) & (second <= 12)
    return TimesCounted(
        (
            next(iter(texts[either & (first != second)].head(1)), ""),
            next(iter(texts[first.notna()].head(1)), ""),
        ),
        int(day_first.sum()),
        int(month_first.sum()),
        bool((parts["half"].notna() & (parts["sign"] != ord("."))).any()),
        bool(parts["offset"].notna().any()),
    )


def recognise_times(texts: pd.Series) -> TimesWritten:
    """Recognise the format of times, as `TimesCounted.written`.

    >>> recognise_times(pd.Series(["03/04/2026 9:00", "03/25/2026 9:00"]))
    TimesWritten(example='03/04/2026 9:00', month_first=True, decided=True, zoned=False)
    """
    return count_times(texts).written


def parse_times(texts: pd.Series, reading: TimeReading) -> pd.Series:
    """Return times, datetime64[ns], local; NaT where there is none or its format is unknown."""
    place, different = pd.factorize(texts)  # the lines of a receipt have one time
    return pd.Series(_parse(pd.Series(different), reading).to_numpy()[place], texts.index)


def _parse(texts: pd.Series, reading: TimeReading) -> pd.Series:
    parts = _take_apart(texts)
    day, month = parts["second"], parts["first"]
    if not reading.month_first:
        day, month = month, day
    short = parts["short_year"]
    year = parts["year"].fillna(short.where(short >= 100, 2000 + short))
    hour = parts["hour"].where(
        parts["half"].isna(), parts["hour"] % 12 + 12 * (parts["half"] == ord("p"))
    )
    seconds = parts["seconds"].fillna(0)
    known = (hour <= 23) & (parts["minute"] <= 59) & (seconds < 60)
    known &= year.between(FIRST_YEAR, LAST_YEAR)
    known &= parts["half"].isna() | parts["hour"].between(1, 12)
    known &= ~(_minutes(parts["offset"]).abs() > _FARTHEST)
    dates = _dates(year, parts["month"].fillna(month), parts["day"].fillna(day), known)
    since = (hour * 60 + parts["minute"]) * 60_000 + (seconds * 1000).round()
    return _local(dates + pd.to_timedelta(since, unit="ms"), parts["offset"], reading.zone)


def _dates(year: pd.Series, month: pd.Series, day: pd.Series, known: pd.Series) -> pd.Series:
    """Return dates, datetime64[ns]; NaT where there is none or it is not known."""
    place, days = pd.factorize((year * 10_000 + month * 100 + day).where(known))  # they are few
    different = pd.to_datetime(
        pd.DataFrame({"year": days // 10_000, "month": days // 100 % 100, "day": days % 100}),
        errors="coerce",
    )
    dates = np.append(different.to_numpy("datetime64[ns]"), np.datetime64("NaT"))
    return pd.Series(dates[place], year.index)


def _take_apart(texts: pd.Series) -> pd.DataFrame:
    """Return the parts of each time: numbers, codes of lower-case signs, and the offset as text.

    Where they are in a text follows from its form, the text with 0 for every digit. Most files
    have one form, so that only forms are matched one by one.
    """
    written = [text.encode(*_BYTES) for text in texts.tolist()]
    forms = [text.translate(_TO_FORM) for text in written]
    form, different = pd.factorize(pd.array(forms, dtype=object))
    spans = np.array([_spans(one.decode(*_BYTES)) for one in different], dtype=int)
    spans = spans.reshape(-1, len(_PARTS), 2)[form]
    start = np.cumsum([0, *map(len, written)])[:-1, None]
    content = np.frombuffer(b"".join(written) + bytes(_MOST_DIGITS), np.uint8)
    parts = pd.DataFrame(index=range(len(texts)))
    for place, name in enumerate(_PARTS):
        span = start + spans[:, place]
        if name in _SIGNS:
            parts[name] = np.where(_length(span) > 0, content[span[:, 0]] | 0x20, np.nan)
        elif name != "offset":
            parts[name] = _numbers(content, span)
    fractions = _cut(written, spans[:, _PARTS.index("seconds")], 3).str.replace(",", ".")
    parts.loc[fractions.index, "seconds"] = pd.to_numeric(fractions)
    offsets = _cut(written, spans[:, _PARTS.index("offset")], 1)
    return parts.assign(offset=offsets.reindex(parts.index)).set_axis(texts.index)


def _spans(form: str) -> list[list[int]]:
    """Return the first byte and the end of each part in texts of a form; -1 where it has none."""
    found = None if _OTHER_DIGITS.search(form) else _FORM.search(form)
    if found is None:
        return [[-1, -1]] * len(_PARTS)
    return [
        [len(form[:end].encode(*_BYTES)) if end >= 0 else end for end in found.span(name)]
        for name in _PARTS
    ]


def _length(spans: np.ndarray) -> np.ndarray:
    return spans[:, 1] - spans[:, 0]


def _numbers(content: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """Return the whole numbers of spans of ASCII digits, float; NaN for spans of nothing."""
    number = np.where(_length(spans) > 0, 0.0, np.nan)
    for place in range(_MOST_DIGITS):
        digit = content[np.minimum(spans[:, 0] + place, len(content) - 1)] - float(ord("0"))
        number = np.where(place < _length(spans), number * 10 + digit, number)
    return number


def _cut(written: list[bytes], spans: np.ndarray, least: int) -> pd.Series:
    """Return what is in spans of at least some bytes, by row."""
    rows = np.flatnonzero(_length(spans) >= least)
    texts = [written[row][slice(*spans[row])].decode(*_BYTES) for row in rows]
    return pd.Series(texts, rows, dtype="str")


def _local(times: pd.Series, offset: pd.Series, zone: str) -> pd.Series:
    """Convert those times that have an offset to the time of a zone.

    In the hour that a clock repeats in autumn, two moments have one time. The later moment gets a
    microsecond more, always the same: so both are kept, and known again when they come twice.
    """
    if not offset.notna().any():
        return times
    moments = times - pd.to_timedelta(_minutes(offset), unit="min")
    moments = moments.dt.tz_localize("UTC").dt.tz_convert(zone)
    there = moments.dt.tz_localize(None)
    summer = np.ones(len(there), bool)  # which of the two, where there are two
    earlier = there.dt.tz_localize(zone, ambiguous=summer, nonexistent="NaT")
    later = there + pd.Timedelta(microseconds=1)
    there = there.mask(earlier.notna() & (earlier != moments), later)
    return there.astype("datetime64[ns]").fillna(times.where(offset.isna()))


def _minutes(offset: pd.Series) -> pd.Series:
    """Return offsets such as +03:00 in minutes from UTC; NaN where there is none."""
    place, different = pd.factorize(offset)  # a zone has two
    digits = pd.Series(different, dtype="str")
    digits = digits.str.replace(r"Z|UTC", "+00", case=False, regex=True).str.replace(":", "")
    hours, minutes = pd.to_numeric(digits.str[1:3]), pd.to_numeric(digits.str[3:]).fillna(0)
    signs = digits.str[0].map({"+": 1.0, "-": -1.0}).astype(float)  # of no texts: text
    found = (60 * hours + minutes) * signs
    return pd.Series(np.append(found.to_numpy(float), np.nan)[place], offset.index)
