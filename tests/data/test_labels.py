"""The three layouts of labelled photos, and the report of what is wrong with them."""

import re
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from age_model.ages import MAX_AGE
from age_model.data.labels import LabelledPhotos, find_folder, photo_path, read_labels
from age_model.data.layouts import LAYOUTS
from age_model.data.problems import DatasetError, Problem, ProblemKind
from age_model.i18n.translate import tr
from age_model.reports.console import failure_in_words, format_problems


def save_pictures(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (2, 2)).save(path, format="JPEG")


def hleb_sol(folder: Path, labels: str | bytes, *pictures: str) -> Path:
    """Write labels.csv and the pictures beside it; returns the folder."""
    (folder / "final_files").mkdir(parents=True)
    save_pictures(folder / "final_files", *pictures)
    content = labels.encode() if isinstance(labels, str) else labels
    (folder / "labels.csv").write_bytes(content)
    return folder


def ages(photos: LabelledPhotos) -> dict[str, float]:
    return dict(zip(photos.table["file_name"], photos.table["real_age"], strict=True))


def with_none(table: pd.DataFrame) -> pd.DataFrame:
    """A table to compare with lists: None equals None, but no NaN equals another."""
    return table.astype(object).where(table.notna(), None)


def kinds(photos: LabelledPhotos) -> list[tuple[ProblemKind, str]]:
    return [(problem.kind, problem.file_name) for problem in photos.problems]


def test_labels_csv_gives_one_table_and_keeps_further_columns(tmp_path: Path) -> None:
    labels = (
        "coral_test,file_name,real_age,split,Gender,shop code\n"
        "1,a.jpg,25.5,train,male,0012\n"
        "0,sub/b.jpg,116,,female,x\n"
        "0,c.jpg,30,,\n"
    )
    photos = read_labels(hleb_sol(tmp_path, labels, "a.jpg", "sub/b.jpg", "c.jpg"))
    assert photos.root == tmp_path
    assert photos.layout == "labels.csv and final_files"
    assert photos.problems == ()
    assert list(photos.table) == [
        "file_name",
        "path",
        "real_age",
        "split",
        "coral_test",
        "gender",
        "shop code",
    ]
    assert with_none(photos.table).to_numpy().tolist() == [
        ["a.jpg", "final_files/a.jpg", 25.5, "train", 1, "male", "0012"],
        ["sub/b.jpg", "final_files/sub/b.jpg", 116.0, None, 0, "female", "x"],
        ["c.jpg", "final_files/c.jpg", 30.0, None, 0, None, None],
    ]
    assert photos.table["real_age"].dtype == float


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param(b"\xef\xbb\xbffile_name,real_age\n001,25.5\n", id="byte order mark"),
        pytest.param(b"file_name;real_age\n001;25,5\n", id="semicolon and decimal comma"),
        pytest.param(b"file_name\treal_age\r\n001\t25.5\r\n", id="tab and Windows lines"),
        pytest.param(b' File name , "Real Age"\n 001 , 25.5 \n\n , \n', id="spaces and capitals"),
        pytest.param(b'file_name,real_age\n001,"25,5"\n', id="quoted decimal comma"),
        pytest.param(b"file_name,real_age\n.\\001,25.5\n", id="backslash"),
    ],
)
def test_labels_csv_as_spreadsheets_write_it(tmp_path: Path, labels: bytes) -> None:
    photos = read_labels(hleb_sol(tmp_path, labels, "001"))
    assert ages(photos) == {"001": 25.5}
    assert photos.problems == ()
    assert with_none(photos.table)["split"].tolist() == [None]


def test_a_comma_in_a_file_name_does_not_hide_the_separator(tmp_path: Path) -> None:
    photos = read_labels(hleb_sol(tmp_path, "file_name;real_age\na,b,c.jpg;25\n", "a,b,c.jpg"))
    assert ages(photos) == {"a,b,c.jpg": 25}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            "file_name,age\na.jpg,25\n",
            "columns file_name and real_age.* Its columns are: file_name, age",
        ),
        ("picture;real_age\na.jpg;25\n", "Its columns are: picture, real_age"),
        ("file_name,real_age,Real Age\na.jpg,2,3\n", "no column twice"),
        ("", "Its columns are: –"),
        (
            'file_name,real_age\n"a.jpg,25\n',
            "a missing quotation mark near line 2",
        ),
        ("file_name,real_age\nя.jpg,25\n".encode("cp1251"), "save it as CSV in UTF-8"),
        ("file_name,real_age\n", "The labels have no rows"),
    ],
)
def test_labels_csv_that_cannot_be_used(tmp_path: Path, labels: str | bytes, message: str) -> None:
    with pytest.raises(DatasetError) as error:
        read_labels(hleb_sol(tmp_path, labels, "a.jpg"))
    assert re.search(message, failure_in_words(error.value))


def test_labels_csv_without_its_pictures_folder(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file_name,real_age\na.jpg,25\n")
    with pytest.raises(DatasetError, match="no folder final_files"):
        read_labels(tmp_path)


def test_a_row_with_a_problem_is_reported_and_left_out(tmp_path: Path) -> None:
    long_name = "x" * 300 + ".jpg"
    labels = (
        "file_name,real_age,split\n"
        "good.jpg,0,test\n"
        "gone.jpg,25,train\n"
        f"{long_name},25,train\n"
        "none.jpg,,train\n"
        "word.jpg,young,train\n"
        "old.jpg,116.5,train\n"
        "unborn.jpg,-1,train\n"
        "side.jpg,25,holdout\n"
        "../../outside.jpg,25,train\n"
        "/outside.jpg,25,train\n"
        ",25,train\n"
        "comma.jpg,25,5,train\n"
    )
    pictures = ("good", "none", "word", "old", "unborn", "side", "comma")
    folder = hleb_sol(tmp_path / "data", labels, *(f"{name}.jpg" for name in pictures))
    save_pictures(tmp_path, "outside.jpg")
    photos = read_labels(folder)
    assert ages(photos) == {"good.jpg": 0}
    assert photos.problems == (
        Problem(ProblemKind.BROKEN_ROW, "labels.csv, line 12", ",25,train"),
        Problem(ProblemKind.BROKEN_ROW, "labels.csv, line 13", "comma.jpg,25,5,train"),
        Problem(ProblemKind.MISSING_FILE, "gone.jpg", "final_files/gone.jpg"),
        Problem(ProblemKind.MISSING_FILE, long_name, f"final_files/{long_name}"),
        Problem(ProblemKind.MISSING_AGE, "none.jpg"),
        Problem(ProblemKind.MISSING_AGE, "word.jpg", "young"),
        Problem(ProblemKind.AGE_RANGE, "old.jpg", "116.5"),
        Problem(ProblemKind.AGE_RANGE, "unborn.jpg", "-1"),
        Problem(ProblemKind.UNKNOWN_SPLIT, "side.jpg", "holdout"),
        Problem(ProblemKind.OUTSIDE, "../../outside.jpg"),
        Problem(ProblemKind.OUTSIDE, "/outside.jpg"),
    )


def test_rows_that_are_all_too_long_are_not_cut(tmp_path: Path) -> None:
    labels = "file_name,real_age\na.jpg,25,5\nb.jpg,30,5\n"
    with pytest.raises(DatasetError) as error:
        read_labels(hleb_sol(tmp_path, labels, "a.jpg", "b.jpg"))
    assert [problem.kind for problem in error.value.problems] == [ProblemKind.BROKEN_ROW] * 2


def test_split_names(tmp_path: Path) -> None:
    given = ["train", "TRAIN", "val", "Validation", "valid", " Test ", ""]
    names = [f"{number}.jpg" for number in range(len(given))]
    rows = "".join(f"{name},25,{split}\n" for name, split in zip(names, given, strict=True))
    photos = read_labels(hleb_sol(tmp_path, f"file_name,real_age,split\n{rows}", *names))
    assert with_none(photos.table)["split"].tolist() == [
        "train",
        "train",
        "valid",
        "valid",
        "valid",
        "test",
        None,
    ]
    assert photos.problems == ()


def test_the_first_usable_row_of_a_photo_is_kept(tmp_path: Path) -> None:
    labels = "file_name,real_age\na.jpg,\na.jpg,25\nb.jpg,40\n./a.jpg,25\na.jpg,31.5\n"
    photos = read_labels(hleb_sol(tmp_path, labels, "a.jpg", "b.jpg"))
    assert ages(photos) == {"a.jpg": 25, "b.jpg": 40}
    assert photos.table.index.tolist() == [0, 1]
    assert photos.problems == (
        Problem(ProblemKind.MISSING_AGE, "a.jpg"),
        Problem(ProblemKind.DUPLICATE_ROW, "a.jpg"),
        Problem(ProblemKind.DUPLICATE_ROW, "a.jpg", "ages 25 and 31.5: 25 is kept"),
    )


def appa_real(folder: Path) -> Path:
    header = "file_name,num_ratings,apparent_age_avg,apparent_age_std,real_age\n"
    for number, split in enumerate(("train", "valid", "test")):
        name = f"00000{number}.jpg"
        save_pictures(folder / split, name, f"{name}_face.jpg")
        (folder / split / f"{name}.mat").touch()
        row = f"{name},38,{20.5 + number},3.25,{30 + number}\n"
        (folder / f"gt_avg_{split}.csv").write_text(header + row)
    return folder


def test_appa_real_release(tmp_path: Path) -> None:
    photos = read_labels(appa_real(tmp_path))
    assert photos.layout == "APPA-REAL release"
    assert photos.problems == ()
    assert photos.table.to_dict("list") == {
        "file_name": ["train/000000.jpg", "valid/000001.jpg", "test/000002.jpg"],
        "path": ["train/000000.jpg", "valid/000001.jpg", "test/000002.jpg"],
        "real_age": [30, 31, 32],
        "split": ["train", "valid", "test"],
        "num_ratings": [38, 38, 38],
        "apparent_age_avg": [20.5, 21.5, 22.5],
        "apparent_age_std": [3.25, 3.25, 3.25],
    }


def test_appa_real_release_in_parts(tmp_path: Path) -> None:
    appa_real(tmp_path)
    (tmp_path / "gt_avg_test.csv").unlink()
    (tmp_path / "valid" / "000001.jpg").unlink()
    with (tmp_path / "gt_avg_valid.csv").open("a") as labels:
        labels.write("000003.jpg,38,20,5,3.25,30\n")
    photos = read_labels(tmp_path)
    assert ages(photos) == {"train/000000.jpg": 30}
    assert kinds(photos) == [
        (ProblemKind.BROKEN_ROW, "gt_avg_valid.csv, line 3"),
        (ProblemKind.MISSING_FILE, "gt_avg_test.csv"),
        (ProblemKind.MISSING_FILE, "valid/000001.jpg"),
    ]


def test_utkface_names(tmp_path: Path) -> None:
    labelled = {
        "1_0_2_20161219140623097.jpg.chip.jpg": (1, "male", "Asian"),
        "116_1_0_20170120134921760.JPG": (116, "female", "White"),
        "24_0_1_20170116220224657 .jpg.chip.jpg": (24, "male", "Black"),
        "39_1_20170116174525125.jpg": (39, None, None),
        "53__4_20170116184028385.jpg": (53, None, "Other"),
        "61_3_3_20170109150557335.jpg": (61, None, "Indian"),
        "part1/30_1_1_20170109150557335.jpg": (30, "female", "Black"),
    }
    save_pictures(tmp_path, *labelled, "part1/deeper/30_1_1_20170109150557335.jpg")
    save_pictures(tmp_path, ".30_1_1_20170109150557335.jpg", ".trash/30_1_1_20170109150557335.jpg")
    photos = read_labels(tmp_path)
    assert photos.layout == "UTKFace file names"
    assert photos.problems == ()
    table = photos.table.set_index("file_name")
    assert table["path"].tolist() == table.index.tolist()
    assert table["split"].isna().all()
    found = with_none(table[["real_age", "gender", "ethnicity"]]).itertuples(name=None)
    assert {name: tuple(values) for name, *values in found} == labelled


def test_utkface_photos_whose_names_give_no_usable_age(tmp_path: Path) -> None:
    good = "30_1_1_20170109150557335.jpg"
    too_old = "117_1_1_20170109150557335.jpg"
    save_pictures(tmp_path, good, too_old, "holiday.jpg", "20_01_02.jpg")
    (tmp_path / "notes.txt").touch()
    photos = read_labels(tmp_path)
    assert ages(photos) == {good: 30}
    assert kinds(photos) == [
        (ProblemKind.AGE_RANGE, too_old),
        (ProblemKind.MISSING_AGE, "20_01_02.jpg"),
        (ProblemKind.MISSING_AGE, "holiday.jpg"),
    ]


def test_a_file_name_that_is_no_text_is_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    good, odd = "30_1_1_20170109150557335.jpg", "31_1_1_2017\udcff.jpg"
    save_pictures(tmp_path, good)
    try:
        save_pictures(tmp_path, odd)
    except (OSError, UnicodeError):
        pytest.skip("file names are text here")
    photos = read_labels(tmp_path)
    assert ages(photos) == {good: 30}
    assert kinds(photos) == [(ProblemKind.NO_TEXT, "31_1_1_2017?.jpg")]


def test_labels_csv_goes_before_what_the_file_names_say(tmp_path: Path) -> None:
    name = "30_1_1_20170109150557335.jpg"
    photos = read_labels(hleb_sol(tmp_path, f"file_name,real_age\n{name},31\n", name))
    assert ages(photos) == {name: 31}


def test_nothing_recognised_names_the_folder_and_the_layouts(tmp_path: Path) -> None:
    save_pictures(tmp_path, "holiday.jpg")
    with pytest.raises(DatasetError) as error:
        read_labels(tmp_path)
    for words in (str(tmp_path), "labels.csv", "final_files", "gt_avg_train.csv", "[age]_[gender]"):
        assert words in str(error.value)
    for layout in LAYOUTS:
        assert layout.content in str(error.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is not a folder"):
        read_labels(tmp_path / "gone")


def test_nothing_usable_gives_the_report(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="No usable photo") as error:
        read_labels(hleb_sol(tmp_path, "file_name,real_age\na.jpg,25\n"))
    assert failure_in_words(error.value).endswith("missing file: 1\n  a.jpg (final_files/a.jpg)")


def test_the_age_range_is_the_one_that_is_checked() -> None:
    assert ProblemKind.AGE_RANGE.endswith(f" 0 to {MAX_AGE}")


def test_format_problems_counts_by_kind_and_names_the_first() -> None:
    problems = [Problem(ProblemKind.NO_FACE, f"{number}.jpg") for number in range(4)]
    problems.insert(2, Problem(ProblemKind.UNREADABLE, "broken.jpg", "the file is cut short"))
    assert format_problems(problems, names=3) == (
        "unreadable file: 1\n"
        "  broken.jpg (the file is cut short)\n"
        "no face found: 4\n"
        "  0.jpg\n"
        "  1.jpg\n"
        "  2.jpg\n"
        "  and 1 more"
    )


def test_problems_are_reported_in_the_readers_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("age_model.i18n.translate._choose", lambda: "ru")
    with pytest.raises(DatasetError) as error:
        read_labels(hleb_sol(tmp_path, "file_name,real_age\na.jpg,25\n"))
    report = failure_in_words(error.value).removeprefix(
        f"В {tmp_path} нет ни одного подходящего фото."
    )
    assert report == "\nнет файла: 1\n  a.jpg (final_files/a.jpg)"
    labels = hleb_sol(tmp_path / "two", "file_name,real_age\na.jpg,25\na.jpg,31.5\n", "a.jpg")
    (repeated,) = read_labels(labels).problems
    assert tr(repeated.detail) == "возраст 25 и 31.5: оставлен 25"


def test_format_problems_of_none_is_empty() -> None:
    assert format_problems([]) == ""


def test_photos_lie_in_final_files_or_in_the_folder(tmp_path: Path) -> None:
    assert photo_path(tmp_path, "x/1.jpg") == tmp_path / "x" / "1.jpg"
    (tmp_path / "final_files").mkdir()
    assert photo_path(tmp_path, "1.jpg") == tmp_path / "final_files" / "1.jpg"


def test_folders_that_cannot_be_are_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert find_folder(str(tmp_path)) == tmp_path
    for text in (
        "",
        str(tmp_path / "file"),
        str(tmp_path / "no"),
        "a\0b",
        "~nobody-here/x",
        "x" * 5000,
    ):
        assert find_folder(text) is None
