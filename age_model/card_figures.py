"""Figures of the model card as Markdown, in the reader's language."""

from collections.abc import Iterable
from typing import Any

from age_model.figures import with_interval

Figures = dict[str, Any]


def bullets(sentences: Iterable[str]) -> str:
    """Return sentences as a Markdown list."""
    return "\n".join(f"- {sentence}" for sentence in sentences)


def table(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """Return a Markdown table."""
    lines = (header, ("---",) * len(header), *rows)
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def plain(figures: Figures, name: str) -> str:
    """Return the figure of this name, in years, with its interval."""
    return with_interval(figures, name)


def signed(figures: Figures, name: str) -> str:
    """Return the figure of this name, in years above or below zero, with its interval."""
    return with_interval(figures, name, "+.2f")


def share(figures: Figures, name: str) -> str:
    """Return the share of this name with its interval, or a dash if it is of no photos."""
    return with_interval(figures, name, ".1%")
