"""Texts marked for translation; other modules translate them."""

from typing import Any

from age_model.i18n.digits import SOURCE_LANGUAGE, fill


class Sentence(str):
    """A text with values, in English; `tr` translates it when it is shown.

    >>> Sentence("The ZIP holds more than {limit} files.", limit=20_000)
    'The ZIP holds more than 20,000 files.'
    """

    _source: str
    _values: dict[str, Any]

    def __new__(cls, source: str, **values: object) -> "Sentence":
        """Fill the values into a text; whole numbers get separators."""
        sentence = super().__new__(cls, fill(source, values, SOURCE_LANGUAGE))
        sentence._source, sentence._values = source, values
        return sentence

    def __str__(self) -> str:
        return self  # so that the `str` of an error with a sentence is that sentence

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self._source,), self._values


def mark(text: str) -> str:
    """Mark a constant's text for the catalogues; `tr(CONSTANT)` shows it."""
    return text
