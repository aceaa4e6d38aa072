"""Decisions on doubtful photos: what is written, what is read again, what it changes."""

from datetime import datetime
from pathlib import Path

import pytest

from age_model.data.corrections import (
    FILE,
    Corrected,
    Correction,
    Decision,
    add_correction,
    correct,
    count_corrected,
    read_corrections,
)
from age_model.data.problems import DatasetError
from tests.support.synthetic import synthetic_face_set

NOW = datetime(2026, 6, 17, 12, 30)
RIGHT, LEFT_OUT, OLDER, BACK = (
    Correction("=a, b.jpg", Decision.ACCEPT),
    Correction("b.jpg", Decision.EXCLUDE),
    Correction("c.jpg", Decision.RELABEL, 31.5),
    Correction("b.jpg", Decision.OPEN),
)


def test_the_last_decision_on_a_photo_counts_and_all_are_kept(tmp_path: Path) -> None:
    file = tmp_path / FILE
    assert read_corrections(file) == {}
    for one in (LEFT_OUT, RIGHT, OLDER):
        add_correction(file, one, "ann@example.org", NOW)
    assert read_corrections(file) == {one.file_name: one for one in (LEFT_OUT, RIGHT, OLDER)}
    add_correction(file, BACK, "", NOW)
    assert read_corrections(file) == {one.file_name: one for one in (RIGHT, OLDER)}
    assert file.read_text(encoding="utf-8").splitlines() == [
        "file_name,decision,age,by,time",
        "b.jpg,exclude,,ann@example.org,2026-06-17 12:30:00",
        '"=a, b.jpg",accept,,ann@example.org,2026-06-17 12:30:00',
        "c.jpg,relabel,31.5,ann@example.org,2026-06-17 12:30:00",
        "b.jpg,open,,,2026-06-17 12:30:00",
    ]


@pytest.mark.parametrize(
    "row", ["a.jpg,forget,,,", "a.jpg,relabel,,,", "a.jpg,relabel,old,,", "a.jpg,relabel,200,,"]
)
def test_a_damaged_table_is_one_sentence(row: str, tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_text(f"file_name,decision,age,by,time\n{row}\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="is no table of corrections"):
        read_corrections(file)


@pytest.mark.parametrize("text", ["name,salary\nIvanov,90000\n", b"\xff\xfe\x00"])
def test_another_file_is_one_sentence(text: str | bytes, tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DatasetError, match="is no table of corrections"):
        read_corrections(file)


def test_only_what_is_trained_on_and_validated_with_is_changed() -> None:
    whole = synthetic_face_set(train=6, valid=3, test=3)
    decided = [
        Correction("000.jpg", Decision.EXCLUDE),
        Correction("001.jpg", Decision.RELABEL, 44.0),
        Correction("002.jpg", Decision.ACCEPT),
        Correction("006.jpg", Decision.EXCLUDE),
        Correction("010.jpg", Decision.EXCLUDE),
        Correction("011.jpg", Decision.RELABEL, 1.0),
        Correction("other.jpg", Decision.EXCLUDE),
    ]
    corrected, counts = correct(whole, {one.file_name: one for one in decided})
    assert counts == Corrected(relabelled=1, excluded=2, of_test=2, unknown=1)
    undivided = whole.table.assign(split=None)  # training divides it later
    counts = count_corrected(undivided, {one.file_name: one for one in decided})
    assert counts == Corrected(relabelled=2, excluded=3, of_test=0, unknown=1)
    kept = corrected.table.set_index("file_name")["real_age"]
    before = whole.table.set_index("file_name")["real_age"]
    assert kept["001.jpg"] == 44
    assert kept.drop("001.jpg").equals(before.drop(["000.jpg", "001.jpg", "006.jpg"]))
    assert corrected.jpegs[0] == whole.jpegs[1] and len(corrected) == 10
