"""The shipped tables, and what is read from a folder beside its labels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from age_model.data.problems import ProblemKind
from age_model.evaluation.label_errors import DOUBT_COLUMNS, DOUBTFUL_BELOW
from age_model.release import released
from age_model.reports.data_set import (
    folder_state,
    read_predictions,
    read_tables,
    rows_still_true,
    sample_photos,
)


def test_shipped_tables_are_those_of_the_shipped_model() -> None:
    tables = read_tables(released().data_dir)
    card = released().card()
    assert tables.ages.groupby("split")["photos"].sum().to_dict() == card["data"]["photos"]
    found = tables.problems["problem"].value_counts()
    assert found[str(ProblemKind.NO_FACE)] == card["data"]["photos_without_face"]
    conflicts = tables.twins[tables.twins["years_apart"] > 0]
    assert conflicts["twins"].nunique() == found[str(ProblemKind.CONFLICTING_AGES)]
    assert (conflicts.groupby("twins").size() > 1).all()


def test_shipped_doubts_are_only_of_photos_that_the_model_did_not_learn_from() -> None:
    doubts = read_tables(released().data_dir).doubts
    assert set(doubts["split"]) == {"valid", "test"}
    assert doubts["p_label"].is_monotonic_increasing
    assert doubts["p_label"].max() < DOUBTFUL_BELOW


def test_no_photo_is_shipped_with_the_tables() -> None:
    assert {path.suffix for path in released().data_dir.iterdir()} == {".csv"}


def test_missing_tables_are_an_error_that_pages_expect(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        read_tables(tmp_path)


@pytest.fixture
def labels() -> pd.DataFrame:
    ages = np.arange(60.0)
    names = [f"{age:.0f}.jpg" for age in ages]
    paths = [f"final_files/{name}" for name in names]
    return pd.DataFrame({"file_name": names, "path": paths, "real_age": ages})


def test_rows_hold_as_long_as_the_label_is_the_same(labels: pd.DataFrame) -> None:
    listed = pd.DataFrame(
        {"file_name": ["3.jpg", "4.jpg", "no.jpg", "2.jpg"], "real_age": [3.0, 40.0, 3.0, 2.0]}
    )
    kept = rows_still_true(listed, labels)
    assert kept["file_name"].tolist() == ["3.jpg", "2.jpg"]
    assert kept["path"].tolist() == ["final_files/3.jpg", "final_files/2.jpg"]


def test_samples_are_of_the_band_and_the_same_until_drawn_anew(labels: pd.DataFrame) -> None:
    first = sample_photos(labels, "25–34", 4, draw=0)
    assert len(first) == 4
    assert first["real_age"].between(25, 34).all()
    assert first["real_age"].is_monotonic_increasing
    pd.testing.assert_frame_equal(first, sample_photos(labels, "25–34", 4, draw=0))
    assert {tuple(sample_photos(labels, "25–34", 4, draw)["file_name"]) for draw in range(9)} > {
        tuple(first["file_name"])
    }
    assert sample_photos(labels, "13–17", 9, 0)["real_age"].tolist() == [13, 14, 15, 16, 17]


def test_predictions_lie_beside_the_photos(tmp_path: Path) -> None:
    assert read_predictions(tmp_path) is None
    file = tmp_path / "predictions.csv"
    row = dict.fromkeys(DOUBT_COLUMNS, 1.0) | {"file_name": "007"}
    pd.DataFrame([row]).to_csv(file, index=False)
    table = read_predictions(tmp_path)
    assert table is not None and table["file_name"].tolist() == ["007"]
    pd.DataFrame([row]).drop(columns="p_label").to_csv(file, index=False)
    with pytest.raises(ValueError, match="p_label"):
        read_predictions(tmp_path)


def test_a_folder_is_seen_to_have_changed(tmp_path: Path) -> None:
    (tmp_path / "final_files").mkdir()
    states = [folder_state(tmp_path)]
    (tmp_path / "labels.csv").write_text("file_name,real_age\n")
    states.append(folder_state(tmp_path))
    (tmp_path / "final_files" / "a.jpg").touch()
    states.append(folder_state(tmp_path))
    assert folder_state(tmp_path) == states[2]
    assert len(set(states)) == 3
