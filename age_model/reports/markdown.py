"""Metrics with their intervals, lists and tables as Markdown, in the reader's language."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from age_model.i18n.translate import capital, number, tr


def with_interval(metrics: Mapping[str, Any], name: str, form: str = ".2f") -> str:
    """Return a value and its 95 % interval as text; "–" for a missing value (None).

    Args:
        metrics: hold the value as `name`, the ends as `name_low` and `name_high`.
        name: of the value.
        form: a format such as "+.2f" or "6.1%"; a width is that of the value alone.

    >>> with_interval({"mae": 4.567, "mae_low": 4.4, "mae_high": 4.75}, "mae")
    '4.57 (4.40 to 4.75)'
    >>> with_interval({"bias": 1, "bias_low": -0.5, "bias_high": 2.5}, "bias", "+6.1f")
    '  +1.0 (−0.5 to +2.5)'
    """
    value, low, high = (metrics[f"{name}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return "–"
    bare = re.sub(r"\d+(?=\.)", "", form)
    return f"{number(value, form)} ({from_to(number(low, bare), number(high, bare))})"


def interval_or_value(metrics: Mapping[str, Any], name: str, form: str) -> str:
    """Return as `with_interval`, but the value alone where its interval is missing (None)."""
    if metrics[f"{name}_low"] is None:
        return number(metrics[name], form)
    return with_interval(metrics, name, form)


def from_to(low: str, high: str) -> str:
    """Return the ends of an interval as text."""
    return tr("{low} to {high}").format(low=low, high=high)


Metrics = dict[str, Any]


class Table(NamedTuple):
    """A table: a header, and rows with as many cells; all cells are Markdown."""

    header: tuple[str, ...]
    rows: list[tuple[str, ...]]


Block = str | Table


class Section(NamedTuple):
    """A section of a card: its heading, its texts (Markdown) and tables in their order."""

    title: str
    blocks: Sequence[Block]


def markdown(title: str, sections: Iterable[Section]) -> str:
    """Return a card as Markdown."""
    blocks = [f"# {title}"]
    for section in sections:
        blocks += [f"## {section.title}", *map(_block, section.blocks)]
    return "\n\n".join(blocks) + "\n"


def as_markdown(blocks: Iterable[Block]) -> str:
    """Return texts and tables as Markdown, without a line break at the end."""
    return "\n\n".join(map(_block, blocks))


def _block(block: Block) -> str:
    if isinstance(block, str):
        return block
    lines = (block.header, ["---"] * len(block.header), *block.rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def bullets(sentences: Iterable[str]) -> str:
    """Return sentences as a Markdown list."""
    return "\n".join(f"- {sentence}" for sentence in sentences)


def table(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Table:
    """Return a table; header and rows begin with capitals, whole numbers are separated."""
    return Table(
        tuple(_title(title) for title in header),
        [(capital(_cell(row[0])), *map(_cell, row[1:])) for row in rows],
    )


def _title(text: str) -> str:
    return text if text.split()[0] == "n" else capital(text)  # the symbol for a count


def _cell(value: object) -> str:
    return number(value) if isinstance(value, int) else str(value)


def plain(metrics: Metrics, name: str) -> str:
    """Return the metric of this name, in years, with its interval."""
    return with_interval(metrics, name)


def signed(metrics: Metrics, name: str) -> str:
    """Return the metric of this name, in years above or below zero, with its interval."""
    return with_interval(metrics, name, "+.2f")


def share(metrics: Metrics, name: str) -> str:
    """Return the share of this name with its interval, or a dash if there are no photos."""
    return with_interval(metrics, name, ".1%")
