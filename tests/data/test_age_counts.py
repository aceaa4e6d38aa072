"""Counts of photos by age and group, counted by hand."""

from pathlib import Path

import pandas as pd
import pytest

from age_model.data.age_counts import (
    GROUPS_AT_MOST,
    age_shares,
    count_ages,
    groups_of,
    read_counts,
    summarise_ages,
)


@pytest.fixture
def labels() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "real_age": [3.0, 25.9, 25.0, 17.99, 70.0],
            "split": ["train", "test", "test", "train", "train"],
            "gender": ["male", "female", "female", None, "male"],
            "ethnicity": None,
            "shop": "Minsk",
        }
    )


def test_photos_of_one_age_and_group_are_counted_together(labels: pd.DataFrame) -> None:
    counts = count_ages(labels)
    assert list(counts) == ["age", "split", "gender", "photos"]  # no ethnicity is known
    assert counts.to_numpy().tolist() == [
        [3, "train", "male", 1],
        [17, "train", "", 1],
        [25, "test", "female", 2],
        [70, "train", "male", 1],
    ]


def test_ages_alone_are_enough() -> None:
    counts = count_ages(pd.DataFrame({"real_age": [1.5, 1.0], "split": [None, None]}))
    assert counts.to_numpy().tolist() == [[1, 2]]


def test_counts_survive_a_file(labels: pd.DataFrame, tmp_path: Path) -> None:
    counts = count_ages(labels)
    counts.to_csv(tmp_path / "ages.csv", index=False)
    assert read_counts(tmp_path / "ages.csv").equals(counts)


@pytest.mark.parametrize("text", ["", "age,photos\n", "name,photos\na,1\n", "age,photos\nx,1\n"])
def test_damaged_counts_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "ages.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError):
        read_counts(tmp_path / "ages.csv")


def test_summary_weighs_ages_by_their_photos(labels: pd.DataFrame) -> None:
    ages = summarise_ages(count_ages(labels))
    assert (ages.n, ages.youngest, ages.oldest, ages.median) == (5, 3, 70, 25)
    assert ages.under_18 == pytest.approx(2 / 5)  # 17.99 is under 18


def test_known_groups_keep_their_order_and_others_follow_by_size() -> None:
    counts = pd.DataFrame(
        {"gender": ["male", "x", "", "y", "female"], "photos": [9, 1, 50, 3, 1], "age": 5}
    )
    assert groups_of(counts, "gender") == ["female", "male", "y", "x"]
    many = pd.DataFrame({"gender": [f"g{n:02d}" for n in range(20)], "photos": range(20), "age": 5})
    assert groups_of(many, "gender") == [f"g{n:02d}" for n in range(19, 19 - GROUPS_AT_MOST, -1)]


def test_shares_cover_every_step_and_add_up() -> None:
    counts = pd.DataFrame({"age": [4, 5, 9, 21], "photos": [1, 2, 4, 1]})
    shares = age_shares(counts, 5)
    assert shares["start"].tolist() == [0, 5, 10, 15, 20]
    assert shares["photos"].tolist() == [1, 6, 0, 0, 1]
    assert shares["share"].tolist() == [0.125, 0.75, 0, 0, 0.125]
    assert len(age_shares(counts, 1)) == 22
