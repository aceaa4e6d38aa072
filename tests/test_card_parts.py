"""The model card in parts, as the page About the model shows it."""

import pandas as pd

from age_model.card_parts import take_apart
from age_model.readme import EVALUATION_DIR

CARD = """# A card

## Limits

Two:

- one
- two

## Errors

In years.

| photos | MAE |
|---|---|
| **all** | 4.56 (4.43 to 4.69) |
| few |  |
"""


def test_texts_and_tables_keep_their_place() -> None:
    title, (limits, errors) = take_apart(CARD)
    assert title == "A card"
    assert limits == ("Limits", ["Two:", "- one\n- two"])
    assert (errors.title, errors.blocks[0]) == ("Errors", "In years.")
    table = errors.blocks[1]
    assert isinstance(table, pd.DataFrame)
    assert table.to_dict("list") == {
        "photos": ["**all**", "few"],
        "MAE": ["4.56 (4.43 to 4.69)", ""],
    }


def test_nothing_of_the_shipped_card_is_lost() -> None:
    card = (EVALUATION_DIR.parent / "model" / "README.md").read_text("utf-8")
    title, sections = take_apart(card)
    kept = [title]
    for section in sections:
        kept.append(section.title)
        for block in section.blocks:
            kept += [block] if isinstance(block, str) else [*block.columns, *block.to_numpy().flat]
    assert words(" ".join(kept)) == words(card)


def words(markdown: str) -> list[str]:
    """The words and figures of a text, without the signs that mark headings, lists and cells."""
    return [word for word in markdown.split() if set(word) - set("#|-")]
