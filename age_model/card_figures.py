"""Figures of the model card as Markdown, in the reader's language."""

from collections.abc import Iterable
from typing import Any

from age_model.figures import with_interval
from age_model.language import capital, number

Figures = dict[str, Any]


def bullets(sentences: Iterable[str]) -> str:
    """Return sentences as a Markdown list."""
    return "\n".join(f"- {sentence}" for sentence in sentences)


def table(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """Return a Markdown table; header and rows begin with capitals, whole numbers are separated."""
    lines = (
        [_title(title) for title in header],
        ["---"] * len(header),
        *([capital(_cell(row[0])), *map(_cell, row[1:])] for row in rows),
    )
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _title(text: str) -> str:
    return text if text.split()[0] == "n" else capital(text)  # the letter for a number of things


def _cell(value: object) -> str:
    return number(value) if isinstance(value, int) else str(value)


def plain(figures: Figures, name: str) -> str:
    """Return the figure of this name, in years, with its interval."""
    return with_interval(figures, name)


def signed(figures: Figures, name: str) -> str:
    """Return the figure of this name, in years above or below zero, with its interval."""
    return with_interval(figures, name, "+.2f")


def share(figures: Figures, name: str) -> str:
    """Return the share of this name with its interval, or a dash if it is of no photos."""
    return with_interval(figures, name, ".1%")
