"""What a model card is made of: sections of texts and tables, in the reader's language."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from age_model.figures import with_interval
from age_model.language import capital, number

Figures = dict[str, Any]


class Table(NamedTuple):
    """A table: its header, and its rows of as many cells; all cells are Markdown."""

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
