"""`model.json`, the part of a saved model that a person can read: read and checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from age_model.ages import AGE_BINS
from age_model.i18n.message import Sentence
from age_model.model.json_files import read_json
from age_model.model.version import CARD_FILE

LONGEST_REASON = 300  # letters of a library's message on a damaged file
# What an entry of another type or size than it should be raises.
UNUSABLE = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
FORMAT = 4
REQUIRED = (
    "format",
    "architecture",
    "head",
    "age_bins",
    "face",
    "normalisation",
    "looks",
    "decoding",
    "interval",
    "probabilities",
    "gate",
    "data",
    "training",
    "versions",
    "metrics",
    "licence",
)

KINDS: dict[type, tuple[str, ...]] = {
    dict: (
        "face", "normalisation", "interval", "probabilities", "gate", "data", "versions", "metrics",
    ),
    list: ("looks", "training"),
    str: ("architecture", "head", "decoding", "licence"),
}  # fmt: skip


class ModelError(ValueError):
    """A saved model cannot be used; the message says why and what to do."""


def read_card(folder: Path) -> dict[str, Any]:
    """Return the card of the model in a folder.

    Raises:
        ModelError: it is missing, unreadable or incomplete, or the model is not calibrated.
    """
    path = existing(folder, CARD_FILE)
    try:
        card = read_json(path)
    except (OSError, ValueError) as error:
        raise unreadable(folder, error) from error
    check_card(card, str(path))
    with entries_of(folder):
        _check_kinds(card)
    return card


def existing(folder: Path, name: str) -> Path:
    """Return the path of a file of the model in a folder.

    Raises:
        ModelError: there is none.
    """
    if not (folder / name).exists():
        raise ModelError(
            Sentence(
                "There is no complete model in {folder}: {name} is missing. Train one with "
                "train.py, or name another folder.",
                folder=folder,
                name=name,
            )
        )
    return folder / name


def unreadable(folder: Path, error: Exception) -> ModelError:
    """Return the error for a model of which a file cannot be read."""
    text = Sentence(
        "The model in {folder} cannot be read: {error}", folder=folder, error=_one_line(error)
    )
    return ModelError(text)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:LONGEST_REASON]


@contextmanager
def entries_of(folder: Path) -> Iterator[None]:
    """Name the file in the error when an entry of the card cannot be used."""
    try:
        yield
    except UNUSABLE as error:
        path = folder / CARD_FILE
        text = Sentence("{file} has an unusable entry: {error}", file=path, error=_one_line(error))
        raise ModelError(text) from error


def check_card(card: dict[str, Any], name: str) -> None:
    """Check that a card is complete, of this program's format and of a calibrated model.

    Args:
        card: the content of `model.json`.
        name: of its file, for the message.

    Raises:
        ModelError: it is not.
    """
    missing = [key for key in REQUIRED if key not in card]
    if missing:
        raise ModelError(
            Sentence(
                "{file} lacks {entries}; save the model again with train.py.",
                file=name,
                entries=", ".join(missing),
            )
        )
    if card["format"] != FORMAT or card["age_bins"] != AGE_BINS:
        raise ModelError(
            Sentence(
                "{file} is of format {found} with {found_bins} age bins; this program reads format "
                "{wanted} with {wanted_bins}.",
                file=name,
                found=card["format"],
                found_bins=card["age_bins"],
                wanted=FORMAT,
                wanted_bins=AGE_BINS,
            )
        )
    if not card.get("calibrated", True):  # cards of older models do not mention it
        raise ModelError(
            Sentence(
                "{file} is of a model that was not finished: its ranges and probabilities are not "
                "calibrated. Save the model again with train.py.",
                file=name,
            )
        )


def _check_kinds(card: dict[str, Any]) -> None:
    """Check that entries are objects, lists and texts where others rely on that.

    Raises:
        TypeError: one is not.
    """
    for kind, names in KINDS.items():
        for name in names:
            if not isinstance(card[name], kind):
                raise TypeError(f"{name} is no {kind.__name__}")
    if not all(isinstance(run, dict) for run in card["training"]):
        raise TypeError("an entry of training is no dict")
