"""The Store pages: what a cashier sees and records, and imports from files."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import Engine, select
from streamlit.testing.v1 import AppTest

from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.predict.id_rule import AskRule, Verdict
from age_model.predict.predictor import Predictor
from age_model.release import released
from age_model.store.checkout import Checkout
from age_model.store.record import schema
from age_model.store.record.add_many import add_visits
from age_model.store.record.database import open_record
from age_model.store.record.read import read_tables
from age_model.store.record.schema import CHECKS, VISITS
from app_pages.widgets import model, record
from app_pages.widgets.verdict import LOOKS
from tests.app_pages.conftest import main_module
from tests.support.app import (
    BROKEN,
    CHILD,
    FACE,
    GROUP,
    answered,
    blank_photo,
    open_page,
    press,
    shown_text,
    take,
    written_files,
)
from tests.support.store_made_up import visits

assert main_module  # a fixture of every test here, too
WHERE = {"store": "North", "till": "1", "cashier": "Olga"}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "store.sqlite"
    monkeypatch.setenv("AGE_DATABASE_URL", f"sqlite:///{path}")
    return path


@pytest.fixture
def till(file: Path) -> Engine:
    """The record that the pages write to."""
    return open_record(f"sqlite:///{file}")


def outcomes(engine: Engine) -> list[tuple[int, str]]:
    with engine.connect() as connection:
        query = select(CHECKS.c.visit_id, CHECKS.c.outcome).order_by(CHECKS.c.visit_id)
        return [(key, outcome) for key, outcome in connection.execute(query)]


def all_visits(engine: Engine) -> int:
    with engine.connect() as connection:
        return len(connection.execute(select(VISITS.c.id)).all())


# ---- Checkout


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button if button.label.startswith("**")}


def test_a_buyer_is_answered_recorded_and_checked(till: Engine) -> None:
    app = take(open_page("checkout", **WHERE, challenge_age="40"), FACE.read_bytes())
    assert "sk for ID" in answered(app)
    in_front = keys(app)
    (visit,) = read_tables(till, EVERYTHING).visits.to_dict("records")
    assert (visit["store"], visit["till"], visit["cashier"]) == ("North", "1", "Olga")
    assert visit["age_low"] < visit["age"] < visit["age_high"]
    assert visit["model_version"].startswith("resnet18 ")
    with till.connect() as connection:
        ((sharpness, light),) = connection.execute(select(VISITS.c.sharpness, VISITS.c.light))
    assert 0 < sharpness < 1 and 0 < light < 255
    press(app, "**ID shown**")
    assert outcomes(till) == [(visit["visit_id"], "ID shown")]
    assert not answered(app)  # nothing that the next buyer could be judged by
    assert f"{visit['time']:%H:%M}. Recorded: **ID shown**" in shown_text(app)
    press(app, "Undo")
    assert outcomes(till) == []
    assert not in_front & keys(app)  # a late click for the buyer in front corrects nothing
    press(app, "**Sale refused**")
    assert outcomes(till) == [(visit["visit_id"], "sale refused")]
    take(app, CHILD.read_bytes())
    press(app, "No alcohol, next buyer")
    assert len(read_tables(till, EVERYTHING).visits) == 2
    assert len(outcomes(till)) == 1
    assert "**no alcohol**" in shown_text(app)
    press(app, "Undo")
    assert app.button(key="corrected outcome ID shown").proto.shortcut == "1"
    press(app, "No alcohol")
    assert "**no alcohol**" in shown_text(app) and len(outcomes(till)) == 1


def test_who_types_store_and_till_is_not_hurried_past_the_cashier(till: Engine) -> None:
    app = open_page("checkout")
    app.text_input(key="store").input("North").run()
    app.text_input(key="till").input("1").run()
    assert app.expander[0].proto.expanded
    app.text_input(key="cashier").input("Olga").run()
    assert not app.expander[0].proto.expanded
    assert not open_page("checkout", store="North", till="1").expander[0].proto.expanded


def test_without_store_and_till_it_is_said_where_they_are_named(till: Engine) -> None:
    said = "Nothing is recorded yet: fill in store and till at the top"
    app = press(open_page("checkout"), "Go on without a picture")
    assert said in shown_text(app)
    app.text_input(key="store").input("North").run()
    assert said in shown_text(app)
    app.text_input(key="till").input("1").run()
    assert said not in shown_text(app) and "outcome ID shown" in keys(app)


def test_another_picture_of_the_buyer_replaces_the_estimate(till: Engine) -> None:
    app = take(open_page("checkout", **WHERE), FACE.read_bytes())
    first = read_tables(till, EVERYTHING).visits["age"][0]
    press(app, "Same buyer, take another picture")
    take(app, CHILD.read_bytes())
    (second,) = read_tables(till, EVERYTHING).visits["age"]
    assert second < first


def test_a_till_is_not_sent_to_the_photo_page(till: Engine) -> None:
    text = shown_text(open_page("checkout", **WHERE))
    assert "A buyer is waiting" in text
    assert "“Photo”" not in text


def test_of_several_faces_the_cashier_chooses_the_buyer_before_any_verdict(till: Engine) -> None:
    app = take(open_page("checkout", **WHERE), GROUP.read_bytes())
    assert "Choose the buyer" in answered(app)
    assert not any(look.words in answered(app) for look in LOOKS.values())
    labels = [button.label for button in app.button]
    assert "Face 4" in labels and "Buyer" not in labels and "**ID shown**" not in labels
    keys = {button.label: button.proto.shortcut for button in app.button}
    assert [keys[f"Face {number}"] for number in (1, 2, 3, 4)] == ["1", "2", "3", "4"]
    assert keys["No alcohol, next buyer"] == ""  # it is a face's
    assert keys["Same buyer, take another picture"] == "5"
    assert all_visits(till) == 0
    ages = set()
    for number in range(4):
        app.button(key=f"face {number}").click().run()
        (age,) = read_tables(till, EVERYTHING).visits["age"]
        ages.add(age)
        assert "Choose the buyer" not in answered(app)
    assert len(ages) == 4
    assert not app.exception


def test_while_an_outcome_is_corrected_its_keys_are_nothing_elses(till: Engine) -> None:
    app = press(open_page("checkout", **WHERE), "Go on without a picture")
    app = take(press(press(app, "**ID shown**"), "Undo"), GROUP.read_bytes())
    keys = {button.label: button.proto.shortcut for button in app.button}
    assert keys["**ID shown**"] == "1" and keys["No alcohol"] == "4"
    assert keys["Face 1"] == keys["Face 4"] == "" and "No alcohol, next buyer" not in keys
    press(app, "**Sold, not asked**")
    assert app.button(key="face 0").proto.shortcut == "1"
    assert [outcome for _, outcome in outcomes(till)] == ["not asked"]


@pytest.mark.parametrize("verdict", Verdict)
def test_the_likely_outcome_is_first_and_no_refused_sale_beside_an_id(
    till: Engine, verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AskRule, "verdict", lambda rule, face: verdict)
    app = take(open_page("checkout", **WHERE), FACE.read_bytes())
    labels = [button.label.strip("*") for button in app.button]
    first = {Verdict.CHILD: "Sale refused", Verdict.NO_NEED: "Sold, not asked"}.get(
        verdict, "ID shown"
    )
    assert labels[0] == first
    assert labels[2] == "No alcohol, next buyer"
    keys = {button.label.strip("*"): button.proto.shortcut for button in app.button}
    assert [keys[name] for name in ("ID shown", "Sold, not asked", "Sale refused", labels[2])] == [
        "1", "2", "3", "4",
    ]  # fmt: skip
    assert set(labels[:4]) == {
        "Sale refused",
        "Sold, not asked",
        "ID shown",
        "No alcohol, next buyer",
    }
    assert {labels[1], labels[3]} != {"Sale refused", "ID shown"} or verdict == Verdict.NO_NEED
    assert LOOKS[verdict].words in answered(app)


def test_undo_is_for_a_minute(till: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    app = press(take(open_page("checkout", **WHERE), FACE.read_bytes()), "**Sold, not asked**")
    checkout: Checkout = app.session_state["checkout"]
    assert checkout.finished
    now = checkout.finished.at
    assert now <= monotonic()  # the wall clock, which is set and repeats an hour, is far ahead
    checkout.clock = lambda: now + 59
    assert checkout.can_undo()
    checkout.clock = lambda: now + 61
    assert not checkout.can_undo()
    checkout.undo(till, ANYBODY)
    assert [outcome for _, outcome in outcomes(till)] == ["not asked"]


@pytest.mark.parametrize("picture", [blank_photo(), BROKEN])
def test_without_a_face_ask_and_selling_goes_on(till: Engine, picture: bytes) -> None:
    app = take(open_page("checkout", **WHERE), picture)
    assert "sk for ID" in answered(app)
    press(app, "**ID shown**")
    assert all_visits(till) == len(outcomes(till)) == 1
    assert read_tables(till, EVERYTHING).visits.empty  # it has no age


def test_without_a_camera_ask_and_selling_goes_on(till: Engine) -> None:
    app = press(open_page("checkout", **WHERE), "Go on without a picture")
    assert "sk for ID" in answered(app)
    press(app, "**Sold, not asked**")
    assert [outcome for _, outcome in outcomes(till)] == ["not asked"]


def test_without_a_model_ask_and_selling_goes_on(
    till: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    load = Predictor.load
    monkeypatch.setattr(Predictor, "load", lambda: load(tmp_path))
    model._load_predictor.clear()
    app = open_page("checkout", **WHERE)
    assert "sk for ID" in answered(app)
    press(app, "Next buyer")
    press(app, "**Sale refused**")
    assert [outcome for _, outcome in outcomes(till)] == ["sale refused"]


def test_without_a_record_the_answer_is_there_all_the_same(file: Path) -> None:
    file.write_bytes(b"not a database" * 100)
    record._open_record.clear()
    app = take(open_page("checkout", **WHERE, challenge_age="40"), FACE.read_bytes())
    assert "sk for ID" in answered(app)
    assert "not a database" in app.error[0].value
    press(app, "No alcohol, next buyer")
    assert not answered(app)


def test_a_record_that_breaks_keeps_the_buyer(till: Engine, file: Path) -> None:
    app = take(open_page("checkout", **WHERE), FACE.read_bytes())
    with sqlite3.connect(file) as connection:
        connection.execute("ALTER TABLE id_checks RENAME TO gone")
    press(app, "**ID shown**")
    assert "does not answer" in app.error[0].value
    assert answered(app)
    with sqlite3.connect(file) as connection:
        connection.execute("ALTER TABLE gone RENAME TO id_checks")
    press(app, "**ID shown**")
    assert len(outcomes(till)) == 1
    assert not app.error


def test_without_store_and_till_nothing_is_recorded(till: Engine) -> None:
    app = take(open_page("checkout", store="North"), FACE.read_bytes())
    assert answered(app)
    assert "Fill in store and till" in app.expander[0].caption[0].value
    assert app.expander[0].get("page_link")[0].proto.label == "Practice"
    assert "**ID shown**" not in [button.label for button in app.button]
    assert all_visits(till) == 0


def stored_bytes(till: Engine, file: Path) -> bytes:
    till.dispose()  # what waited in memory is in the file now
    return b"".join(path.read_bytes() for path in file.parent.glob("store.sqlite*"))


def test_no_picture_reaches_a_file(till: Engine, file: Path) -> None:
    app = open_page("checkout", **WHERE)
    empty = len(stored_bytes(till, file))
    with written_files() as files:
        take(app, FACE.read_bytes())
        press(app, "**ID shown**")
    assert all(Path(name).name.startswith("store.sqlite") for name in files)
    stored = stored_bytes(till, file)
    assert len(stored) - empty < 30_000  # some pages of tables and of the log of changes
    for start in (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", FACE.read_bytes()[500:520]):
        assert start not in stored


# ---- Import

RECEIPTS = "time;till;receipt;product;category;amount\n" + "".join(
    f"01.06.2026 12:0{i};1;{i};Milk;Dairy;9{i},50\n" for i in range(5)
)


def upload(app: AppTest, content: str) -> AppTest:
    app.file_uploader[0].upload("receipts.csv", content.encode("cp1251")).run()
    assert not app.exception
    return app


def test_receipts_go_in_once_and_bad_rows_come_back(till: Engine) -> None:
    app = upload(open_page("import_data"), RECEIPTS + "never;1;7;Milk;Dairy;90\n")
    assert "Still to choose: Store (or below: Store of all rows)" in app.info[0].value
    next(box for box in app.text_input if box.label == "Store of all rows").set_value("North").run()
    assert "1 of 6 rows" in app.warning[0].value
    assert [button.label for button in app.download_button] == [
        "Download these rows with the reasons"
    ]
    assert app.dataframe[1].value["reason"].tolist() != [""]
    press(app, "Add 5 rows")
    assert "Added: 5. Already there: 0." in app.success[0].value
    lines = read_tables(till, EVERYTHING).lines
    assert lines["amount"].sum() == sum(90.5 + i for i in range(5))
    assert not lines["is_alcohol"].any()
    upload(app, RECEIPTS)  # the columns are chosen as before
    press(app, "Add 5 rows")
    assert "Added: 0. Already there: 5." in app.success[0].value
    app.segmented_control(key="language").set_value("ru").run()
    assert app.success[0].value.startswith("Добавлено: 0. Уже было: 5.")


def test_once_added_a_file_has_its_outcome_alone_until_it_is_undone(till: Engine) -> None:
    rows = RECEIPTS.replace("till", "store;till").replace(";1;", ";North;1;")
    app = upload(open_page("import_data"), rows + "never;North;1;7;Milk;Dairy;90\n")
    assert len(app.dataframe) == 2 and app.selectbox
    app.segmented_control(key="language").set_value("ru").run()
    assert app.dataframe[1].value["reason"].iloc[0].startswith("нет времени")
    app.segmented_control(key="language").set_value("en").run()
    press(app, "Add 5 rows")
    assert [one.value.split(".")[0] for one in app.success] == ["Added: 5"]
    assert not (app.warning or app.dataframe or app.selectbox or app.text_input)
    assert not [button.label for button in app.button if button.label.startswith("Add")]
    assert "1 row was not added." in [text.value for text in app.markdown]
    assert [one.label for one in app.download_button] == ["Download these rows with the reasons"]
    press(app, "Remove 5 rows")
    assert len(app.dataframe) == 2 and app.selectbox


def test_categories_are_said_to_be_alcohol(till: Engine) -> None:
    app = upload(open_page("import_data"), RECEIPTS.replace("till", "store").replace(";1;", ";N;"))
    assert not app.multiselect[0].value
    assert any("no sales of alcohol to show" in caption.value for caption in app.caption)
    app.multiselect[0].set_value(["Dairy"]).run()
    next(box for box in app.text_input if box.label == "Till of all rows").set_value("1").run()
    press(app, "Add 5 rows")
    assert read_tables(till, EVERYTHING).lines["is_alcohol"].all()


@pytest.mark.parametrize(
    "headings",
    [
        "Дата;Магазин;ККТ;Чек №;Товар;Группа;Сумма",
        "Дата;Магазин;ККТ;Чек №;Наименование;Скидка;Сумма",
    ],
    ids=["categories", "products"],
)
def test_alcohol_is_guessed_from_categories_or_products(till: Engine, headings: str) -> None:
    rows = "01.06.2026 09:00;N;1;1;{0};{0};90\n"
    goods = ("Пиво", "Виноград", "Водка", "Сигареты", "Пиво безалкогольное")
    app = upload(open_page("import_data"), headings + "\n" + "".join(map(rows.format, goods)))
    assert app.multiselect[0].value == ["Водка", "Пиво"]
    assert any("Guessed" in caption.value for caption in app.caption)
    press(app, "Add 5 rows")
    lines = read_tables(till, EVERYTHING).lines
    assert set(lines.loc[lines["is_alcohol"], "product"]) == {"Водка", "Пиво"}
    assert app.session_state["store_span"] == "other"  # the pages that show it open on its days


def test_a_total_is_told_from_rows_that_cannot_be_added(till: Engine) -> None:
    rows = "Дата;Магазин;ККТ;Чек №;Товар;Сумма\n01.06.2026 09:00;N;1;1;Сыр;90\n"
    total, broken = "Итого;;;;;90\n", "01.06.2026;N;1;;Сыр;90\n"
    app = upload(open_page("import_data"), rows + total)
    assert "1 row can be added." in app.success[0].value
    app = upload(open_page("import_data"), rows + broken + total)
    assert "1 of 2 rows cannot be added." in app.warning[0].value
    assert "1 row is a total and is left out." in [caption.value for caption in app.caption]
    assert app.dataframe[1].value["row"].tolist() == [3]


AMERICAN = "time;store;till;receipt;product;amount\n03/04/2026 2:05 PM;N;1;1;Milk;90\n"


def recorded_days(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [
            str(day) for day in connection.scalars(select(schema.RECEIPTS.c.day).order_by("day"))
        ]


def test_the_page_says_how_it_reads_dates_and_lets_that_be_changed(till: Engine) -> None:
    app = upload(open_page("import_data"), AMERICAN)
    assert "is read as 2026-03-04 14:05" in plain_captions(app)
    assert "please check" in plain_captions(app)
    next(one for one in app.segmented_control if one.label == "Order of dates").set_value("day")
    app.run()
    assert "is read as 2026-04-03 14:05" in plain_captions(app)
    press(app, "Add 1 row")
    assert recorded_days(till) == ["2026-04-03"]


def test_a_date_that_can_only_be_month_first_decides(till: Engine) -> None:
    app = upload(open_page("import_data"), AMERICAN + "03/25/2026 9:00 AM;N;1;2;Milk;90\n")
    assert "is read as 2026-03-04 14:05" in plain_captions(app)
    assert "please check" not in plain_captions(app)
    press(app, "Add 2 rows")
    assert recorded_days(till) == ["2026-03-04", "2026-03-25"]


def test_times_with_a_zone_wait_for_that_of_the_store(till: Engine) -> None:
    app = upload(
        open_page("import_data"), AMERICAN.replace("03/04/2026 2:05 PM", "2026-06-30T22:30Z")
    )
    assert "Still to choose: Time zone of the store" in app.info[0].value
    zones = next(box for box in app.selectbox if box.label == "Time zone of the store")
    zones.set_value("Europe/Moscow").run()
    press(app, "Add 1 row")
    assert recorded_days(till) == ["2026-07-01"]


def plain_captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption).replace("\\", "")


def test_a_file_that_is_no_csv_gives_a_sentence(till: Engine) -> None:
    app = upload(open_page("import_data"), "only one column\n1\n")
    assert "only one column" in app.error[0].value


def test_a_column_that_holds_date_and_time_is_the_time(till: Engine) -> None:
    lines = RECEIPTS.replace("time;till", "Дата;store;till").replace(";1;", ";North;1;", 1)
    lines = "Отчёт\n" + lines.replace(";1;", ";North;1;").replace("North;North", "North")
    app = upload(open_page("import_data"), lines)
    press(app, "Add 5 rows")
    said = " ".join(text.value for text in app.markdown)
    assert "The record has them now: 2026-06-01 to 2026-06-01, North." in said
    assert recorded_days(till) == ["2026-06-01"] * 5


def test_a_guessed_column_can_be_cleared(till: Engine) -> None:
    app = upload(open_page("import_data"), RECEIPTS.replace("till", "store"))
    choice = next(box for box in app.selectbox if box.label == "Category")
    assert choice.value == "category"
    choice.set_value("— not in the file —").run()
    next(box for box in app.text_input if box.label == "Till of all rows").set_value("1").run()
    press(app, "Add 5 rows")
    assert set(read_tables(till, EVERYTHING).lines["category"]) == {"–"}


def test_visits_with_an_age_alone_get_a_range_and_the_page_says_so(till: Engine) -> None:
    app = open_page("import_data")
    app.segmented_control(key="import").set_value("visits").run()
    upload(app, "time,store,till,age\n2026-06-01 12:00,North,1,30\n")
    assert "as wide as this model's errors" in app.info[0].value
    press(app, "Add 1 row")
    (visit,) = read_tables(till, EVERYTHING).visits.to_dict("records")
    assert visit["age_low"] < 25 < 35 < visit["age_high"]


def test_an_import_can_be_undone_and_its_columns_are_known_next_time(till: Engine) -> None:
    app = upload(open_page("import_data"), RECEIPTS)
    next(box for box in app.text_input if box.label == "Store of all rows").set_value("North").run()
    press(app, "Add 5 rows")
    assert "receipts.csv" in [text.value for text in app.text]
    press(app, "Remove 5 rows")
    assert read_tables(till, EVERYTHING).lines.empty
    said = [box.value.replace("\\", "") for box in app.success]
    assert said[-1] == "The import of receipts.csv is undone: 5 rows were removed from the record."
    assert not any(text.startswith("Added") for text in said)
    assert not [text.value for text in app.text]
    app = upload(open_page("import_data"), RECEIPTS.replace("90,50", "80,50"))
    press(app, "Add 5 rows")  # the store is typed already
    assert len(read_tables(till, EVERYTHING).lines) == 5


def test_what_is_imported_and_undone_is_seen_on_the_pages_at_once(till: Engine) -> None:
    def revenue() -> str:
        app = open_page("overview", period="all")
        return next(metric.value for metric in app.metric if metric.label == "Revenue")

    lines = RECEIPTS.replace("till", "store;till").replace(";1;", ";North;1;")
    press(upload(open_page("import_data"), lines), "Add 5 rows")
    before = revenue()
    app = upload(open_page("import_data"), lines.replace(";North;", ";South;"))
    press(app, "Add 5 rows")
    assert revenue() != before
    press(app, "Remove 5 rows")
    assert revenue() == before


def test_tills_that_photos_and_receipts_write_differently_are_named(till: Engine) -> None:
    lines = RECEIPTS.replace("till", "store;till").replace(";1;", ";North;Till 3;")
    press(upload(open_page("import_data"), lines), "Add 5 rows")
    app = open_page("import_data", store="North")
    app.segmented_control(key="import").set_value("photos").run()
    app.file_uploader[0].upload("2026-06-01_12-00-05_till3.jpg", FACE.read_bytes()).run()
    press(app, "Estimate the age on 1 photo")
    said = app.warning[0].value.replace("\\", "")
    assert "Tills of the visits: 3. Tills of the receipts: Till 3." in said


def test_photos_of_a_camera_become_visits(till: Engine) -> None:
    app = open_page("import_data", store="North")
    app.segmented_control(key="import").set_value("photos").run()
    app.file_uploader[0].upload("2026-06-01_12-00-05_till3.jpg", FACE.read_bytes())
    app.file_uploader[0].upload("holiday.jpg", FACE.read_bytes()).run()
    press(app, next(button.label for button in app.button if "Estimate" in button.label))
    assert "Added: 1." in app.success[0].value
    (visit,) = read_tables(till, EVERYTHING).visits.to_dict("records")
    assert (visit["till"], str(visit["time"])) == ("3", "2026-06-01 12:00:05")
    assert app.dataframe[0].value["photo"].tolist() == ["holiday.jpg"]
    app.segmented_control(key="language").set_value("ru").run()
    assert app.success[0].value.startswith("Добавлено: 1.")
    assert "имени" in app.dataframe[0].value["reason"][0]
    app.text_input(key="store").set_value("South").run()
    assert not app.success


# ---- What is not known of the errors of ages


def notes(page: str) -> str:
    return " ".join(note.value for note in open_page(page).info)


@pytest.mark.parametrize("page", ["purchases", "alcohol"])
def test_ages_of_unknown_errors_are_pointed_out(till: Engine, page: str) -> None:
    add_visits(till, ANYBODY, *visits(40))
    assert "The errors of the ages of 40 visits, of 40, are unknown" in notes(page)


def test_ages_of_the_present_model_are_not(till: Engine) -> None:
    table, distributions = visits(40)
    later = table["time"] + timedelta(days=100)  # not the days that the app may still have cached
    add_visits(
        till, ANYBODY, table.assign(model_version=released().version, time=later), distributions
    )
    assert "are unknown" not in notes("purchases")
