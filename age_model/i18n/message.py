"""Texts of the code, marked for the catalogues of other languages; translated elsewhere."""

from typing import Any

from age_model.i18n.digits import SOURCE_LANGUAGE, fill


class Sentence(str):
    """A text with values, in English; `tr` says it in the reader's language whenever it is shown.

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
        return self  # so that the `str` of an error that holds a sentence is that sentence

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self._source,), self._values


def mark(text: str) -> str:
    """Mark a constant's text for the catalogues; whoever shows it says `tr(CONSTANT)`."""
    return text
