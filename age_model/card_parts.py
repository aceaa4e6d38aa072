"""A model card taken apart, for a page that folds its sections and lets its wide tables scroll."""

from typing import NamedTuple

import pandas as pd


class Section(NamedTuple):
    """One section of a card.

    Attributes:
        title: its heading.
        blocks: its texts, as Markdown, and its tables, in their order; all cells are Markdown.
    """

    title: str
    blocks: list[str | pd.DataFrame]


def take_apart(card: str) -> tuple[str, list[Section]]:
    """Return a card's title and its sections.

    Args:
        card: Markdown as `model_card.model_card` makes it.

    >>> take_apart("# Card\\n\\n## Errors\\n\\nIn years.\\n")
    ('Card', [Section(title='Errors', blocks=['In years.'])])
    """
    head, *sections = card.strip().split("\n\n## ")
    return head.removeprefix("# "), [_section(text) for text in sections]


def _section(text: str) -> Section:
    title, *blocks = text.split("\n\n")
    return Section(title, [_table(block) if block.startswith("|") else block for block in blocks])


def _table(block: str) -> pd.DataFrame:
    header, _, *rows = (
        [cell.strip() for cell in line.split("|")[1:-1]] for line in block.split("\n")
    )
    return pd.DataFrame(rows, columns=header)
