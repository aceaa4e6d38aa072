"""Hashes of pictures, the split that follows from them, and conflicts between copies."""

import hashlib
import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from age_model.data.problems import Problem, ProblemKind
from age_model.data.splits import (
    assign_splits,
    conflicting_labels,
    labels_fingerprint,
    picture_hash,
)


def picture(size: tuple[int, int] = (6, 4), seed: int = 0) -> Image.Image:
    width, height = size
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def photos(count: int, prefix: str = "photo") -> pd.DataFrame:
    """Return a table of distinct pictures without a split, ages 0 to 89 by turns."""
    names = [f"{prefix}{number}" for number in range(count)]
    return pd.DataFrame(
        {
            "file_name": names,
            "real_age": np.arange(count) % 90.0,
            "split": None,
            "content_hash": names,
        }
    )


def rows(*values: tuple[str, float, str | None, str]) -> pd.DataFrame:
    return pd.DataFrame(values, columns=["file_name", "real_age", "split", "content_hash"])


def test_picture_hash_is_of_the_pixels_not_of_the_file() -> None:
    metadata = PngInfo()
    metadata.add_text("Comment", "the same picture")
    file = io.BytesIO()
    picture().save(file, format="PNG", pnginfo=metadata)
    saved = Image.open(file)
    saved.load()
    assert picture_hash(saved) == picture_hash(picture())
    assert picture_hash(picture().convert("RGBA")) == picture_hash(picture())


def test_picture_hash_differs_with_one_pixel_and_with_the_shape() -> None:
    changed = picture()
    changed.putpixel((5, 3), (1, 2, 3))
    reshaped = Image.frombytes("RGB", (4, 6), picture().tobytes())
    hashes = {picture_hash(image) for image in (picture(), changed, reshaped)}
    assert len(hashes) == 3
    assert all(len(digits) == 64 for digits in hashes)


def test_picture_hash_stays_the_same_between_versions() -> None:
    # Another hash would move photos between train and test.
    white = Image.new("RGB", (1, 1), "white")
    assert picture_hash(white) == hashlib.sha256(b"1x1:\xff\xff\xff").hexdigest()


def test_a_given_split_stays() -> None:
    table = photos(60)
    table["split"] = ["test", "valid", "train"] * 20
    assert assign_splits(table)["split"].tolist() == table["split"].tolist()


def test_shares_are_70_10_20_in_every_age_band() -> None:
    table = assign_splits(photos(30_000))
    bands = table["real_age"] // 10
    shares = pd.crosstab(bands, table["split"], normalize="index")
    assert len(shares) == 9
    # 3333 photos a band: the standard deviation of a share of 0.7 is 0.008.
    assert (shares["train"] - 0.7).abs().max() < 0.03
    assert (shares["valid"] - 0.1).abs().max() < 0.03
    assert (shares["test"] - 0.2).abs().max() < 0.03


def test_adding_photos_and_another_order_move_no_old_photo() -> None:
    old = assign_splits(photos(300)).set_index("file_name")["split"]
    more = pd.concat([photos(500, "new"), photos(300)]).sample(frac=1, random_state=0)
    new = assign_splits(more).set_index("file_name")["split"]
    assert new[old.index].tolist() == old.tolist()


def test_the_drawn_split_stays_the_same_between_versions() -> None:
    drawn = ["train", "train", "train", "test", "train", "test", "valid", "train"]
    assert assign_splits(photos(8))["split"].tolist() == drawn


def test_identical_pictures_share_a_side() -> None:
    table = photos(300)
    copies = table.assign(file_name="copy of " + table["file_name"])
    both = assign_splits(pd.concat([table, copies], ignore_index=True))
    assert both["split"][:300].tolist() == both["split"][300:].tolist()


@pytest.mark.parametrize("given", ["train", "valid", "test"])
def test_a_copy_takes_the_given_split_of_the_other(given: str) -> None:
    table = rows(("a", 25, None, "h"), ("b", 25, given, "h"), ("c", 25, None, "h"))
    assert assign_splits(table)["split"].tolist() == [given] * 3


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
def test_a_copy_of_a_test_picture_never_goes_to_train(order: list[int]) -> None:
    table = rows(("a", 25, "train", "h"), ("b", 25, None, "h"), ("c", 25, "test", "h"))
    splits = assign_splits(table.iloc[order]).set_index("file_name")["split"]
    assert splits.to_dict() == {"a": "train", "b": "test", "c": "test"}


def test_assign_splits_leaves_its_argument_alone() -> None:
    table = photos(5)
    assign_splits(table)
    assert table["split"].isna().all()


def test_a_photo_without_a_content_hash_is_refused() -> None:
    table = photos(5)
    table.loc[2, "content_hash"] = None
    with pytest.raises(ValueError, match="content hash"):
        assign_splits(table)


def test_identical_pictures_with_differing_ages_or_splits_are_reported_once_a_group() -> None:
    table = rows(
        ("a", 25, "train", "one"),
        ("b", 40, "train", "two"),
        ("c", 31.5, "test", "one"),
        ("d", 40, "train", "two"),
        ("e", 25, None, "one"),
        ("f", 60, "test", "three"),
    )
    assert conflicting_labels(table) == [
        Problem(ProblemKind.CONFLICTING_AGES, "a", "a: 25, c: 31.5, e: 25"),
        Problem(ProblemKind.CONFLICTING_SPLITS, "a", "a: train, c: test"),
    ]


def test_photos_without_a_hash_are_not_copies_of_each_other() -> None:
    table = rows(("a", 25, "train", "h"), ("b", 40, "test", "h")).assign(content_hash=None)
    assert conflicting_labels(table) == []


def test_fingerprint_ignores_the_order_of_rows_and_further_columns() -> None:
    table = photos(20)
    shuffled = table.sample(frac=1, random_state=0).assign(gender="male")
    assert labels_fingerprint(shuffled) == labels_fingerprint(table)
    assert len(labels_fingerprint(table)) == 16


@pytest.mark.parametrize(
    ("column", "value"), [("file_name", "other"), ("real_age", 7.5), ("split", "test")]
)
def test_fingerprint_changes_with_names_ages_and_splits(column: str, value: object) -> None:
    table = photos(20)
    changed = table.copy()
    changed.loc[3, column] = value
    assert labels_fingerprint(changed) != labels_fingerprint(table)
