"""CSV files in their many forms, and photos named by time and till, on their way to the record."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import cast

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sqlalchemy import Engine

from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.cli.main import main
from age_model.data.spreadsheets import csv_file
from age_model.i18n import translate
from age_model.predict.predictor import Predictor, ReadPhoto
from age_model.predict.results import PhotoResult
from age_model.serving.scorer import Scorer
from age_model.store.imports import camera_photos, tables
from age_model.store.imports.camera_photos import read_name, record_photos, score_photos
from age_model.store.imports.csv_files import parse_numbers
from age_model.store.imports.file_times import TimeReading, parse_times, recognise_times, time_zones
from age_model.store.imports.files import read_file
from age_model.store.imports.rows import (
    MOST_AMOUNT,
    MOST_QUANTITY,
    RECEIPT_FIELDS,
    VISIT_FIELDS,
    check_receipts,
    check_visits,
    guess_columns,
    visit_distributions,
)
from age_model.store.imports.tables import BEYOND, TableError
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.record.links import join_receipts
from age_model.store.record.read import read_tables
from age_model.store.record.schema import MONEY_PARTS, QUANTITY_PARTS
from age_model.vision.photos import PhotoError
from tests.support.made_up import make_face
from tests.support.store_made_up import RUSSIAN, estimate
from tests.support.synthetic import jpeg_of

LOCAL = TimeReading()


@pytest.fixture
def till(tmp_path: Path) -> Engine:
    return open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")


def receipts(content: bytes) -> "tuple[pd.DataFrame, pd.DataFrame]":
    table = read_file(content, RECEIPT_FIELDS)
    columns = guess_columns(RECEIPT_FIELDS, table.columns)
    checked = check_receipts(table, columns, {}, LOCAL, ("Алкоголь",))
    return checked.good, checked.bad


# ---- Forms


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r", "cp866"])
@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_file_is_read_whatever_its_encoding_and_separator(encoding: str, separator: str) -> None:
    table = read_file(RUSSIAN.replace(";", separator).encode(encoding), RECEIPT_FIELDS)
    assert table.columns[0] == "Дата"
    assert table["Товар"].tolist()[:2] == ["Хлеб ржаной", "Вино красное"]
    assert table.index.tolist() == [2, 3, 4, 5, 6]  # as a spreadsheet counts


def test_quotes_hold_separators_and_empty_lines_are_left_out() -> None:
    table = read_file(b'a,b\r\n"x, y",1\r\n\r\n , \r\nz,2\r\n', RECEIPT_FIELDS)
    assert table["a"].tolist() == ["x, y", "z"]
    assert table.index.tolist() == [2, 5]


def test_lines_may_end_as_an_old_mac_ends_them() -> None:
    assert read_file(b"a;b\r1;2\r3;4\r", RECEIPT_FIELDS)["b"].tolist() == ["2", "4"]


def test_figures_that_no_field_holds_are_handed_back() -> None:
    table = read_file(
        b"time,store,till,receipt,product,quantity,amount\n"
        + b"".join(
            b"2026-06-01 12:00,N,1,%d,Milk,%d,%d\n" % (i, quantity, amount)
            for i, (quantity, amount) in enumerate([(1, 10**6), (10**6, 1), (1, 10**7)])
        ),
        RECEIPT_FIELDS,
    )
    columns = guess_columns(RECEIPT_FIELDS, table.columns)
    checked = check_receipts(table, columns, {}, LOCAL)
    assert checked.good["number"].tolist() == ["0"]
    parts = {"quantity": QUANTITY_PARTS * MOST_QUANTITY, "amount": MONEY_PARTS * MOST_AMOUNT}
    assert max(parts.values()) < 2**31  # of PostgreSQL's whole numbers


def test_headings_that_are_alike_are_told_apart() -> None:
    assert read_file(b"a,a,,b\n1,2,3,4", RECEIPT_FIELDS).columns.tolist() == [
        "a",
        "a (2)",
        "(3)",
        "b",
    ]


def test_only_the_row_with_too_many_columns_comes_back_and_can_be_mended() -> None:
    head = "receipt,time,store,till,product,amount\n"
    good, long = "7,2026-06-01 12:00,A,1,Bread,40\n", "8,2026-06-01 12:01,A,1,Bread,40,50,, \n"
    table = read_file((head + good + long).encode(), RECEIPT_FIELDS)
    columns = guess_columns(RECEIPT_FIELDS, table.columns)
    checked = check_receipts(table, columns, {}, LOCAL)
    assert checked.good["number"].tolist() == ["7"]
    assert checked.bad[["row", "reason"]].values.tolist() == [
        [3, "there are more columns than headings"]
    ]
    again = read_file(csv_file(checked.bad), RECEIPT_FIELDS)
    assert check_receipts(again, columns, {}, LOCAL).good.empty  # nothing was mended
    again[BEYOND] = ""
    assert check_receipts(again, columns, {}, LOCAL).good["number"].tolist() == ["8"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"one column\nonly\n",
        b"\xff\xfe\x00",
        b"a,b" * 50_000,
        b'time,store\n"' + b"2026-06-01 12:00,North\n" * 9000,
        b"PK\x03\x04 no workbook",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 no workbook",
    ],
)
def test_a_file_that_is_none_is_refused_with_a_sentence_of_the_apps_own(content: bytes) -> None:
    with translate.in_language("ru"), pytest.raises(TableError) as refused:
        read_file(content, RECEIPT_FIELDS)
    assert str(refused.value).endswith(".") and "\n" not in str(refused.value)
    words = re.findall("[a-z]{4,}", str(refused.value))  # no library's words, which are English
    assert set(words) <= {"xlsx"}


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["12,5", "1 234,50", "-7", "1\u00a0000 ₽"], [12.5, 1234.5, -7, 1000]),
        (["1,234.50", "2,000"], [1234.5, 2000]),
        (["1.234,5", "0,5"], [1234.5, 0.5]),
        (["", "x", "nan", "inf"], [np.nan] * 4),
    ],
)
def test_numbers(texts: list[str], numbers: list[float]) -> None:
    np.testing.assert_array_equal(parse_numbers(pd.Series(texts)), numbers)


@pytest.mark.parametrize(
    "text",
    ["2026-06-01 12:00:05", "2026-06-01T12:00:05", "2026/6/1 12:00:05", "01.06.2026 12:00:05",
     "01.06.26  12:00:05", "1/6/2026 12:00:05 PM", "20260601120005", "20260601 120005"],
)  # fmt: skip
def test_times_without_a_zone_are_local(text: str) -> None:
    found = parse_times(pd.Series([text]), TimeReading(zone="Asia/Tokyo"))
    assert found[0] == pd.Timestamp(2026, 6, 1, 12, 0, 5)


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2026-06-01T09:00:05Z", "2026-06-01 11:00:05"),
        ("2026-06-01T12:00:05.5+03:00", "2026-06-01 11:00:05.5"),
        ("01.06.2026 01:00 +0300", "2026-06-01 00:00"),
        ("2026-06-01T20:30-04", "2026-06-02 02:30"),
        ("2026-01-31 23:30:00 UTC", "2026-02-01 00:30"),  # winter time
    ],
)
def test_times_with_a_zone_become_those_of_the_store(text: str, local: str) -> None:
    found = parse_times(pd.Series([text, "01.06.2026 12:00"]), TimeReading(zone="Europe/Berlin"))
    assert found.tolist() == [pd.Timestamp(local), pd.Timestamp(2026, 6, 1, 12)]


@pytest.mark.parametrize(
    "text",
    ["", "noon", "2026-13-01 12:00", "31.02.2026 12:00", "01.06.2026", "12:00", "01.06.2026 25:00",
     "01.06.2026 12:60", "01.06.2026 13:00 PM", "2026-06-01T12:00+25:00", "0001-01-01 12:00"],
)  # fmt: skip
def test_what_is_no_time_is_missing(text: str) -> None:
    assert parse_times(pd.Series([text]), LOCAL).isna().all()


def test_times_of_many_forms_are_each_read_by_their_own() -> None:
    forms = ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y\u00a0\u00a0%H:%M:%S", "%Y%m%d%H%M%S", "x %S"]
    forms += ["%d/%m/%y %I:%M:%S p.m.", "%Y/%m/%d T%H:%M:%S,25", "%d-%m-%Y  %H:%M:%S UTC"]
    random = Random(0)
    times = [datetime(2026, 1, 1) + timedelta(seconds=random.randrange(10**8)) for _ in range(200)]
    texts = [time.strftime(forms[i % len(forms)]) for i, time in enumerate(times)]
    for i, time in enumerate(times):
        if "p.m." in texts[i]:
            times[i] = time.replace(hour=time.hour % 12 + 12)
        if "," in texts[i]:
            times[i] = time.replace(microsecond=250_000)
    expected = pd.Series(times, dtype="datetime64[ns]").mask([text[0] == "x" for text in texts])
    found = parse_times(pd.Series(texts), LOCAL)
    pd.testing.assert_series_equal(found, expected)


def test_no_times_are_read_as_none() -> None:
    found = parse_times(pd.Series([], dtype="str"), LOCAL)
    assert found.empty and found.dtype == "datetime64[ns]"


def test_one_date_that_can_be_read_in_one_way_only_decides_for_the_file() -> None:
    american = pd.Series(["03/04/2026 12:00", "03/25/2026 12:00"])
    written = recognise_times(american)
    assert (written.month_first, written.decided) == (True, True)
    found = parse_times(american, TimeReading(written.month_first))
    assert found.dt.strftime("%Y-%m-%d").tolist() == ["2026-03-04", "2026-03-25"]
    assert not recognise_times(pd.Series(["03.04.2026 12:00", "25.03.2026 12:00"])).month_first


def test_a_slip_does_not_turn_a_file_round() -> None:
    written = recognise_times(
        pd.Series(["25.03.2026 12:00", "26.03.2026 12:00", "03.27.2026 9:00"])
    )
    assert (written.month_first, written.decided) == (False, True)


def test_am_and_pm_go_with_the_month_first_unless_a_date_says_otherwise() -> None:
    def month_first(*texts: str) -> bool:
        return recognise_times(pd.Series(texts)).month_first

    assert recognise_times(pd.Series(["07/01/2026 1:15 PM"])) == (
        "07/01/2026 1:15 PM", True, False, False
    )  # fmt: skip
    assert month_first("07/01/2026 13:15", "07-02-2026 1:15 a.m.")
    assert not month_first("07/01/2026 1:15 PM", "31/01/2026 1:15 PM")
    assert not month_first("07.01.2026 1:15 PM")


def test_where_nothing_decides_the_day_is_first_and_an_example_shows_it() -> None:
    written = recognise_times(pd.Series(["x", "05.05.2026 12:00", "03.04.2026 12:00"]))
    assert written == ("03.04.2026 12:00", False, False, False)
    assert recognise_times(pd.Series(["2026-06-01T09:00:05Z", "x"])) == ("", False, False, True)


def test_both_visits_in_the_hour_that_the_clock_repeats_are_kept(record: Engine) -> None:
    """In Berlin, 00:30 and 01:30 UTC of that night both are 02:30."""
    header = "time,store,till,age,age_low,age_high\n"
    rows = [f"2026-10-25T{hour}:30:00Z,North,1,30,25,35\n" for hour in ("00", "01", "03")]
    table = read_file((header + "".join(rows)).encode(), VISIT_FIELDS)
    columns = guess_columns(VISIT_FIELDS, table.columns)
    checked = check_visits(table, columns, {}, TimeReading(zone="Europe/Berlin"))
    assert checked.bad.empty
    assert add_visits(record, ANYBODY, *visit_distributions(checked.good)) == 3
    assert add_visits(record, ANYBODY, *visit_distributions(checked.good)) == 0
    first, second, later = sorted(read_tables(record, EVERYTHING).visits["time"])
    assert first == pd.Timestamp("2026-10-25 02:30")
    assert second == first + pd.Timedelta(microseconds=1)
    assert later == pd.Timestamp("2026-10-25 04:30")


def test_the_worlds_time_zones_can_be_chosen() -> None:
    assert {"Europe/Moscow", "America/New_York", "UTC"} <= set(time_zones())


# ---- Receipts and visits


def test_columns_are_recognised_by_their_headings() -> None:
    found = guess_columns(RECEIPT_FIELDS, read_file(RUSSIAN.encode(), RECEIPT_FIELDS).columns)
    assert found == {
        "date": "Дата", "time": "Время", "store": "Магазин", "till": "Касса", "number": "Чек",
        "product": "Товар", "category": "Категория", "quantity": "Кол-во", "amount": "Сумма",
    }  # fmt: skip


def test_good_lines_go_in_and_bad_ones_come_back_with_the_reason(till: Engine) -> None:
    good, bad = receipts(RUSSIAN.encode("cp1251"))
    assert bad["row"].tolist() == [5, 6]
    assert "time" in bad["reason"][5]
    assert bad["reason"][6].count(";") == 1  # no number of the receipt, no amount
    assert bad["Товар"].tolist() == ["Молоко", "Молоко"]
    assert add_receipts(till, ANYBODY, good) == 3
    assert add_receipts(till, ANYBODY, receipts(RUSSIAN.encode("utf-16"))[0]) == 0
    lines = read_tables(till, EVERYTHING).lines
    assert lines["amount"].sum() == 48 + 1380.5 + 46
    assert lines.loc[lines["is_alcohol"], "product"].tolist() == ["Вино красное"]


def test_a_file_of_bad_rows_can_be_mended_and_come_back(till: Engine) -> None:
    _, bad = receipts(RUSSIAN.encode())
    mended = bad.to_csv(index=False).replace("32.06.2026", "02.06.2026").encode("utf-8-sig")
    good, still_bad = receipts(mended)
    assert add_receipts(till, ANYBODY, good) == 1
    assert still_bad["row"].tolist() == [3]  # in the file that came back
    assert list(still_bad.columns) == list(bad.columns)


VISITS = """time,till,age,age_low,age_high,cashier,receipt,outcome
2026-06-01 12:00,1,30,25,38,Olga,7,ID shown
2026-06-01 12:01,1,30,31,38,,,
2026-06-01 12:02,1,130,25,38,,,
2026-06-01 12:00,1,40,35,48,,,
2026-06-01 12:03,1,40,35,48,,,perhaps
2026-06-01 12:04,1,40,35,48,,7,
2026-06-01 12:05,1,60.5,50,71,,,
"""


def test_visits_keep_age_and_range_as_a_distribution(till: Engine) -> None:
    table = read_file(VISITS.encode(), VISIT_FIELDS)
    columns = guess_columns(VISIT_FIELDS, table.columns)
    checked = check_visits(table, columns, {"store": "North"}, LOCAL)
    assert checked.bad["row"].tolist() == [3, 4, 5, 6, 7]
    reasons = "outside its range", "from 0 to 116", "same store", "outcome", "same receipt"
    for said, reason in zip(checked.bad["reason"], reasons, strict=True):
        assert reason in said
    assert add_visits(till, ANYBODY, *visit_distributions(checked.good)) == 2
    assert add_visits(till, ANYBODY, *visit_distributions(checked.good)) == 0
    tables = read_tables(till, EVERYTHING)
    assert tables.visits["age"].tolist() == [30, 60.5]
    cumulative = tables.distributions.cumsum(1)
    assert cumulative[0, 24] < 0.05 < cumulative[0, 25]
    assert cumulative[0, 37] < 0.95 < cumulative[0, 38]
    assert cumulative[0, 29] < 0.5 < cumulative[0, 30]
    assert tables.checks["outcome"].tolist() == ["ID shown"]
    assert tables.visits["cashier"].iloc[0] == "Olga"


def test_digits_of_other_scripts_make_a_row_bad_and_nothing_more() -> None:
    texts = pd.Series(["٠٣/٠٤/٢٠٢٦ ٩:٠٠", "2026-06-01 12:00:٠٥", "2026-06-01 12:00 +٠٣", "x"])
    assert recognise_times(texts) == ("", False, False, False)
    times = parse_times(pd.Series([*texts, "2026-06-01 12:00"]), LOCAL)
    assert times.isna().tolist() == [True] * 4 + [False]
    assert parse_times(texts, LOCAL).isna().all()


@pytest.mark.parametrize(
    ("headings", "names"),
    [
        ("a (3),a,a", ["a (3)", "a", "a (4)"]),
        ("a,a (2),a (2),a", ["a", "a (2)", "a (2) (3)", "a (4)"]),
        (",(1),,x", ["(1)", "(1) (2)", "(3)", "x"]),
    ],
)
def test_headings_are_told_apart(headings: str, names: list[str]) -> None:
    table = read_file(f"{headings}\n1,2,3,4".encode()[: len(headings) + 1 + 2 * len(names)], {})
    assert list(table.columns) == names


def test_a_csv_that_would_take_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TableError, match="has 501 columns, and at most 500 are read"):
        read_file(b"a," * 500 + b"b\n", RECEIPT_FIELDS)
    monkeypatch.setattr(tables, "MOST_CELLS", 6)
    assert len(read_file(b"a,b\n1,2\n1,2\n", RECEIPT_FIELDS)) == 2
    with pytest.raises(TableError, match="too many rows"):
        read_file(b"a,b\n1,2\n1,2\n1,2\n1,2\n", RECEIPT_FIELDS)


def test_a_text_that_a_database_refuses_is_handed_back(record: Engine) -> None:
    table = read_file(
        b"time,store,till,receipt,product,amount,cashier\n"
        b"2026-06-01 12:00,North,1,1,Bread,1,Ol\x00ga\n"
        b"2026-06-01 12:00,North,1,2,Bread,1,Olga\n",
        RECEIPT_FIELDS,
    )
    checked = check_receipts(table, guess_columns(RECEIPT_FIELDS, table.columns), {}, LOCAL)
    assert checked.bad["reason"].tolist() == ["a text has a character that cannot be kept"]
    assert add_receipts(record, ANYBODY, checked.good) == 1
    columns = guess_columns(RECEIPT_FIELDS, table.columns)
    del columns["store"]
    odd = check_receipts(table, columns, {"store": "\ud800"}, LOCAL)
    assert len(odd.bad) == 2


# ---- Photos of a checkout camera


@pytest.mark.parametrize(
    ("name", "till_name"),
    [
        ("2026-06-01_12-00-05_till3.jpg", "3"),
        ("20260601-120005-3.jpg", "3"),
        ("2026-06-01 12.00.05 till 3.png", "3"),
        ("2026-06-01T12:00:05_Касса 12a.heic", "12a"),
    ],
)
def test_a_name_tells_time_and_till(name: str, till_name: str) -> None:
    assert read_name(name) == (datetime(2026, 6, 1, 12, 0, 5), till_name)


@pytest.mark.parametrize(
    "name",
    [
        "IMG_1.jpg",
        "2026-13-01_12-00-05_3.jpg",
        "2026-06-01_3.jpg",
        "0001-01-01_12-00-05_3.jpg",  # before the years that pandas knows
        "2026-06-01_12-00-05_ .jpg",
    ],
)
def test_another_name_does_not(name: str) -> None:
    assert read_name(name) is None


class FakePredictor:
    """Sees one face, or on a picture of one pixel none."""

    model = None

    def examine(self, photos: Sequence[ReadPhoto]) -> list[PhotoResult]:
        return [self._result(photo) for photo in photos]

    def _result(self, photo: ReadPhoto) -> PhotoResult:
        faces = (make_face(30),) if photo.image and photo.image.width > 1 else ()
        reason = photo.problem or (None if faces else "No face")
        return PhotoResult(photo.name, photo.image, faces, reason)


def scored(photos: list[tuple[str, Callable[[], bytes]]]) -> Iterator[camera_photos.Scored]:
    predictor = cast(Predictor, FakePredictor())
    return score_photos(Scorer(predictor).results, predictor.model, photos, 0.9)


def picture(side: int = 40) -> bytes:
    return jpeg_of(Image.new("RGB", (side, side)))


def unreadable() -> bytes:
    raise PhotoError("Damaged.")


def test_photos_become_visits_with_the_receipts_of_their_till(
    till: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_photos, "estimate_from", lambda model, distributions: estimate(30))
    monkeypatch.setattr(camera_photos, "CHUNK", 2)
    add_receipts(
        till, ANYBODY, receipts(RUSSIAN.encode())[0]
    )  # till 1 at 12:00:05, till 2 at 12:04:00
    photos: list[tuple[str, Callable[[], bytes]]] = [
        ("2026-06-01_12-00-00_till1.jpg", picture),
        ("2026-06-01_12-00-30_till1.jpg", picture),  # farther from the only receipt
        ("2026-06-01_12-03-40_till2.jpg", picture),
        ("2026-06-01_12-30-00_till2.jpg", picture),  # too late
        ("2026-06-01_12-40-00_till2.jpg", lambda: picture(1)),
        ("2026-06-01_12-41-00_till2.jpg", unreadable),
        ("holiday.jpg", picture),
    ]
    done: list[int] = []

    def run() -> camera_photos.PhotosRecorded:
        return record_photos(till, ANYBODY, "Северный", scored(photos), done.append)

    first = run()
    assert (first.added, first.known, first.joined) == (4, 0, 2)
    assert first.left_out["photo"].tolist() == [name for name, _ in photos[4:]]
    assert "lacks time and till" in first.left_out["reason"].iloc[2]
    assert done == [1, 2, 3, 4, 5, 6, 7]
    linked = read_tables(till, EVERYTHING).visits["receipt"].tolist()
    assert [key > 0 for key in linked] == [True, False, True, False]
    again = run()
    assert (again.added, again.known, again.joined) == (0, 4, 0)
    assert join_receipts(till, EVERYTHING) == 0


def test_of_two_photos_of_a_till_in_one_second_the_second_is_said_to_be_left_out(
    till: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_photos, "estimate_from", lambda model, distributions: estimate(30))
    faceless = ("2026-06-01 12.00.00 till 1.jpg", lambda: picture(1))
    names = ("2026-06-01_12-00-00_till1.jpg", "20260601-120000-1.jpg", "20260601-120000-2.jpg")
    photos = [faceless, *((name, picture) for name in names)]
    for added, known in ((2, 0), (0, 2)):
        done = record_photos(till, ANYBODY, "North", scored(photos), lambda _: None)
        assert (done.added, done.known) == (added, known)
        assert done.left_out["photo"].tolist() == [faceless[0], names[1]]
        assert "has the same second" in done.left_out["reason"].iloc[1]


@pytest.mark.parametrize(
    "name", ["2026-06-01_12-00-00_till\udce9.jpg", "2026-06-01_12-00-00_1\0.jpg"]
)
def test_a_name_that_is_no_text_is_left_out(
    record: Engine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(camera_photos, "estimate_from", lambda model, distributions: estimate(30))
    photos: list[tuple[str, Callable[[], bytes]]] = [
        (each, picture) for each in (name, "2026-06-01_12-00-00_till1.jpg")
    ]
    done = record_photos(record, ANYBODY, "North", scored(photos), lambda _: None)
    assert done.added == 1
    ((shown, reason),) = done.left_out.itertuples(index=False)
    assert shown.isprintable() and "not text: rename the photo" in reason


@pytest.fixture
def scored_till(till: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The record that `score-folder` writes to, with a predictor that sees a person of 30."""
    monkeypatch.setattr(camera_photos, "estimate_from", lambda model, distributions: estimate(30))
    monkeypatch.setattr(Predictor, "load", lambda _: FakePredictor())
    monkeypatch.setenv(URL_VARIABLE, str(till.url))
    return till


@pytest.mark.usefixtures("scored_till")
def test_score_folder_goes_on_after_a_name_that_is_no_text(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for name in (b"2026-06-01_12-00-00_till\xe9.jpg", b"2026-06-01_12-00-00_till1.jpg"):
        try:
            (tmp_path / name.decode(errors="surrogateescape")).write_bytes(picture())
        except OSError:
            pytest.skip("this file system has only names that are text")
    assert main(["score-folder", str(tmp_path), "--store", "North"]) == 0
    said = capfdbinary.readouterr().out.decode()
    assert "till\ufffd.jpg: The name has characters that are not text" in said
    assert "New visits: 1;" in said
    assert main(["score-folder", str(tmp_path), "--store", "\udce9"]) == 1


def test_score_folder_says_which_tills_are_written_differently(
    scored_till: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_receipts(scored_till, ANYBODY, receipts(RUSSIAN.encode())[0])
    (tmp_path / "photos").mkdir()
    for name in ("2026-06-01_12-00-00_till1.jpg", "2026-06-01_12-03-40_till02.jpg"):
        (tmp_path / "photos" / name).write_bytes(picture())
    assert main(["score-folder", str(tmp_path / "photos"), "--store", "Северный"]) == 0
    said = capsys.readouterr().out
    assert "visits linked to a receipt: 1" in said
    assert "Tills of the visits: 02. Tills of the receipts: 2." in said
