"""Which side of train, valid and test a photo is on, decided by the content of its picture."""

import hashlib

import pandas as pd
from PIL import Image

from age_model.data.problems import Problem, ProblemKind

SPLITS = ("train", "valid", "test")

_TRAIN_SHARE = 0.7
_VALID_SHARE = 0.1  # what is left, 0.2, is test


def picture_hash(image: Image.Image) -> str:
    """Hash the decoded RGB pixels and the size (64 hex digits).

    The same picture saved without loss in another format or with other metadata hashes the same.
    """
    rgb = image.convert("RGB")
    size = f"{rgb.width}x{rgb.height}:".encode()
    return hashlib.sha256(size + rgb.tobytes()).hexdigest()


def assign_splits(table: pd.DataFrame) -> pd.DataFrame:
    """Fill the missing values of `split`; given ones stay.

    A copy of a picture that has a given split takes that split. Any other picture goes to train,
    valid or test (70, 10 and 20 %) by its content hash alone, so identical pictures share a side
    and adding photos never moves an old one. Balancing the ages exactly would move old photos;
    a content hash knows nothing of the age, so every age is shared out 70/10/20 on average, and
    nearly so wherever there are many photos.

    Args:
        table: with columns `content_hash` (str) and `split`.

    Returns:
        A copy with every `split` "train", "valid" or "test".

    Raises:
        ValueError: a row has no content hash.
    """
    if table["content_hash"].isna().any():
        raise ValueError("Every photo needs a content hash before it can be put in a split.")
    # Where copies were given different splits, the first in the alphabet, "test", is the one that
    # keeps a further copy out of training; and it does not depend on the order of the rows.
    given = table.dropna(subset="split").groupby("content_hash")["split"].min()
    copied = table["content_hash"].map(given).astype(str)
    drawn = table["content_hash"].map(_split_of_hash)
    return table.assign(split=table["split"].astype(str).fillna(copied).fillna(drawn))


def _split_of_hash(content_hash: str) -> str:
    # Hashed once more, so that the share is even whatever the digits of the content hash are.
    digest = hashlib.sha256(content_hash.encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64
    if position < _TRAIN_SHARE:
        return "train"
    return "valid" if position < _TRAIN_SHARE + _VALID_SHARE else "test"


def conflicting_labels(table: pd.DataFrame) -> list[Problem]:
    """Report identical pictures (same `content_hash`) with different ages or different splits.

    One problem for each group and kind. The rows stay in the table: which label is wrong is not
    known.
    """
    problems = []
    copies = table[table.duplicated("content_hash", keep=False)]
    for _, group in copies.groupby("content_hash", sort=False):  # leaves missing hashes out
        names = group["file_name"].tolist()
        ages = [f"{age:g}" for age in group["real_age"]]
        if len(set(ages)) > 1:
            problems.append(_conflict(ProblemKind.CONFLICTING_AGES, names, ages))
        splits = group["split"].dropna().tolist()
        if len(set(splits)) > 1:
            names = group.loc[group["split"].notna(), "file_name"].tolist()
            problems.append(_conflict(ProblemKind.CONFLICTING_SPLITS, names, splits))
    return problems


def _conflict(kind: ProblemKind, names: list[str], values: list[str]) -> Problem:
    pairs = (f"{name}: {value}" for name, value in zip(names, values, strict=True))
    return Problem(kind, names[0], ", ".join(pairs))


def labels_fingerprint(table: pd.DataFrame) -> str:
    """Hash the file names, ages and splits (16 hex digits); the order of the rows is no matter."""
    splits = table["split"].astype(str).fillna("")
    rows = zip(table["file_name"], table["real_age"].astype(float), splits, strict=True)
    text = "\n".join(sorted(f"{name}\t{age!r}\t{split}" for name, age, split in rows))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
