"""The commands that a scheduler runs on the store's record."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, select

from age_model.cli import main as cli
from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.record.schema import CHECKS, VISITS

NAME = "store_report_2026-06-15_2026-06-21"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A record in which one till has no visits on its last three days."""
    engine = open_record(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}")
    add_month(engine, demo_month(3, 12_000)[0])
    dead = (VISITS.c.store == "Demo Central", VISITS.c.till == "2", VISITS.c.time >= "2026-06-28")
    with engine.begin() as connection:
        gone = select(VISITS.c.id).where(*dead)
        connection.execute(delete(CHECKS).where(CHECKS.c.visit_id.in_(gone)))
        connection.execute(delete(VISITS).where(*dead))
    return str(engine.url)


@pytest.fixture(autouse=True)
def record(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv(URL_VARIABLE, url)


def test_a_week_is_written_as_a_page_and_an_excel_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "reports"
    call = ["weekly-report", "--out", str(folder), "--week", "2026-W25", "--language", "ru"]
    assert cli.main([*call, "--store", "Demo Central"]) == 0
    paths = [folder / f"{NAME}{ending}" for ending in (".html", ".xlsx")]
    assert capsys.readouterr().out.split() == list(map(str, paths))
    page = paths[0].read_text(encoding="utf-8")
    assert "Отчёт магазина" in page and "Demo Riverside" not in page
    assert load_workbook(paths[1]).worksheets[0].max_row == 6


def test_what_needs_attention_is_printed_and_is_the_exit_status(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call = ["alerts", "--last-day", "2026-06-30"]
    assert cli.main(call) == 3
    lines = capsys.readouterr().out.splitlines()
    assert "Demo Central, till 2: no visit since 27 June. Is the camera on?" in lines
    assert cli.main([*call, "--json"]) == 3
    read = json.loads(capsys.readouterr().out)
    assert [alert["text"] for alert in read] == lines
    silent = next(alert for alert in read if alert["kind"] == "silent_till")
    assert (silent["store"], silent["till"], silent["day"]) == ("Demo Central", "2", "2026-06-27")
    assert silent["count"] is None
    assert cli.main([*call, "--language", "ru"]) == 3
    assert "касса 2: после 27 июня ни одного посещения" in capsys.readouterr().out


def test_nothing_to_say_is_silence_and_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    call = ["alerts", "--last-day", "2026-06-24", "--store", "Demo Station"]
    assert cli.main(call) == 0
    assert capsys.readouterr().out == ""
    assert cli.main([*call, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["alerts", "--store", "Nowhere"], "no store named Nowhere. It has: Demo Central, Demo"),
        (["weekly-report", "--out", "x", "--week", "2020-W01"], "no visits or receipts from"),
    ],
)
def test_what_cannot_be_reported_is_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 1
    shown = capsys.readouterr()
    assert sentence in shown.err and len(shown.err.splitlines()) == 1 and shown.out == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["weekly-report", "--out", "x", "--week", "2026-W54"], "2026-W54 is no week such as"),
        (["alerts", "--last-day", "30.06.2026"], "30.06.2026 is no day such as 2026-06-17"),
        (["alerts", "--language", "xx"], "xx is not one of en, ru"),
    ],
)
def test_wrong_options_are_refused(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2 and sentence in capsys.readouterr().err
