"""The commands that remove old data, and hand over or erase one cashier."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.cli import main as cli
from age_model.store.record.audit_log import COMMAND, Event, read_log
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.record.export import VARIABLE
from age_model.store.record.read import read_tables
from age_model.store.record.select import DEMO_STORES
from age_model.store.retention.settings import confirm, read_retention, set_retention
from age_model.store.tills.cashiers import add_cashier
from tests.support.store_made_up import RUSSIAN


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(list(arguments)) == 0
    return capsys.readouterr().out


def count(engine: Engine) -> int:
    return len(read_tables(engine, EVERYTHING).visits)


def test_a_store_without_settings_keeps_all(
    shop: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "No store has settings" in run(capsys, "retention")
    assert count(shop) == 2


def test_nothing_is_removed_without_a_word_before(
    shop: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    set_retention(shop, ANYBODY, "North", None, 30)
    told = run(capsys, "retention")
    assert "North: 1 visits would be removed" in told and "not confirmed yet" in told
    assert count(shop) == 2
    confirm(shop, ANYBODY, read_retention(shop)["North"])
    assert "North: 1 visits would be removed" in run(capsys, "retention", "--dry-run")
    assert count(shop) == 2
    assert "North: 1 visits were removed" in run(capsys, "retention")
    assert count(shop) == 1
    with shop.connect() as connection:
        who = connection.scalar(text("SELECT who FROM audit_log ORDER BY id DESC LIMIT 1"))
    assert who == "command line"


def test_a_cashier_is_handed_over_and_erased(
    shop: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_cashier(shop, ANYBODY, "North", "Olga")
    out = tmp_path / "olga.json"
    run(capsys, "cashier", "export", "Olga", "--store", "North", "--out", str(out))
    content = json.loads(out.read_text("utf-8"))
    assert len(content["visits"]) == 2 and content["account"]["name"] == "Olga"
    assert "in 2 visits and receipts" in run(capsys, "cashier", "erase", "Olga", "--store", "North")
    assert read_tables(shop, EVERYTHING).visits["cashier"].isna().all()
    assert cli.main(["cashier", "erase", "Olga", "--store", "North"]) == 1
    assert "has no cashier Olga in the store North" in capsys.readouterr().err


def test_files_are_imported_by_command(
    shop: Engine, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(f"{RUSSIAN}Итого;;;;;;;;1 474,50\n", "utf-8")
    told = run(capsys, "import", "receipts", str(path), "--alcohol", "Алкоголь")
    assert "added 3, already there 0" in told and "2 rows cannot be added" in told
    assert "Totals left out: 1." in told
    lines = read_tables(shop, EVERYTHING).lines
    assert lines["is_alcohol"].sum() == 1 and len(lines) == 3
    assert "reason" in (tmp_path / "sales_rows_with_reasons.csv").read_text("utf-8")
    with shop.connect() as connection:
        query = "SELECT who, what FROM audit_log ORDER BY id DESC LIMIT 1"
        assert connection.execute(text(query)).one() == ("command line", "imported")


def test_a_file_whose_columns_are_unknown_says_which(
    shop: Engine, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(RUSSIAN.replace("Чек", "Бумага"), "utf-8")
    assert cli.main(["import", "receipts", str(path)]) == 1
    assert "Receipt number" in capsys.readouterr().err
    run(capsys, "import", "receipts", str(path), "--column", "number=Бумага")
    assert len(read_tables(shop, EVERYTHING).lines) == 3
    assert cli.main(["import", "receipts", str(path), "--column", "number=Нет"]) == 1
    assert "no column Нет" in capsys.readouterr().err


def test_the_record_is_exported_by_command(
    shop: Engine,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert cli.main(["export-record"]) == 1
    assert VARIABLE in capsys.readouterr().err
    monkeypatch.setenv(VARIABLE, str(tmp_path / "files"))
    assert "Exported anew: 2 months" in run(capsys, "export-record")
    assert "Exported anew: 0 months" in run(capsys, "export-record")
    assert count(shop) == 2


def test_the_demonstration_month_is_in_the_audit_log(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'demonstration.sqlite'}"
    monkeypatch.setenv(URL_VARIABLE, url)
    run(capsys, "demo-data", "--visits", "60", "--out", str(tmp_path))
    run(capsys, "demo-data", "--remove")
    log = read_log(open_record(url), datetime(2000, 1, 1), datetime(2200, 1, 1))
    assert set(log["who"]) == {COMMAND} and set(log["store"]) == set(DEMO_STORES)
    assert set(log["what"]) == {Event.IMPORTED, Event.UNDID_IMPORT}
