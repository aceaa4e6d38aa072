"""Figures of the model card as Markdown, in the reader's language."""

from collections.abc import Iterable
from typing import Any

from age_model.language import number, tr

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
    return _with_interval(figures, name, ".2f")


def signed(figures: Figures, name: str) -> str:
    """Return the figure of this name, in years above or below zero, with its interval."""
    return _with_interval(figures, name, "+.2f")


def share(figures: Figures, name: str) -> str:
    """Return the share of this name with its interval, or a dash if it is of no photos."""
    return "–" if figures[name] is None else _with_interval(figures, name, ".1%")


def from_to(low: str, high: str) -> str:
    """Return the ends of an interval as text."""
    return tr("{low} to {high}").format(low=low, high=high)


def _with_interval(figures: Figures, name: str, form: str) -> str:
    value, low, high = (number(figures[key], form) for key in (name, f"{name}_low", f"{name}_high"))
    return f"{value} ({from_to(low, high)})"
