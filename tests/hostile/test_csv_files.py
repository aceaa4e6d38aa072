"""CSV files of tills as nobody wrote them: every row becomes good or bad, and none is lost."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Engine, Table, delete, func, select

from age_model.access.visitor import ANYBODY
from age_model.store.imports.file_times import TimeReading, recognise_times
from age_model.store.imports.files import read_file
from age_model.store.imports.rows import (
    RECEIPT_FIELDS,
    VISIT_FIELDS,
    Checked,
    check_receipts,
    check_visits,
    guess_columns,
    visit_distributions,
    written_times,
)
from age_model.store.imports.tables import TableError
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.schema import CHECKS, LINES, PRODUCTS, RECEIPTS, VISITS
from tests.hostile.campaign import many_on
from tests.hostile.conftest import Campaign
from tests.support.store_databases import without_syncs

HEADINGS = {
    "receipts": ["time", "store", "till", "receipt", "product", "amount", "quantity", "category"],
    "visits": ["time", "store", "till", "age", "age_low", "age_high", "receipt", "outcome"],
}
ODD = [
    "", " ", "\x00", "x\x00y", "=1+1", "@SUM(A1)", "-1", "1e999", "nan", "inf", "٣", "²", "½",
    "1_000", "1.234.567,8", "﷽" * 50, "\u202e", "\ufeff", "\x1b[31m", "a" * 2000, "<b>x</b>",
    "'); --", "2026-02-30 12:00", "31/31/2026 25:61", "٠٣/٠٤/٢٠٢٦ ٩:٠٠", "9999-12-31 23:59",
    "1969-01-01 00:00", "2026-06-01 12:00+99:99", "2026-06-01 12:00:٠٥", "0000-00-00 00:00", "\r",
    "\n", "\U0001f600", "2026-03-29 02:30", "2026-06-01T12:00:00.123456789Z", "да", "ID shown",
]  # fmt: skip
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r"]
ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"]


def make_cell(random: Random, heading: str) -> str:
    """A cell that mostly is what it should be."""
    if random.random() < 0.15:
        return random.choice(ODD)
    if heading == "time":
        time = datetime(2026, 6, 1) + timedelta(seconds=random.randrange(10**7))
        form = random.choice(["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p"])
        return time.strftime(form)
    if heading in ("age", "age_low", "age_high"):
        return str({"age": 30, "age_low": 20, "age_high": 40}[heading] + random.randrange(10))
    return {"outcome": "not asked", "store": "North"}.get(heading, str(random.randrange(100)))


def make_csv(random: Random, kind: str) -> bytes:
    """A file of some rows, of which some bytes may be changed or cut off."""
    headings = random.sample(HEADINGS[kind], len(HEADINGS[kind]))
    headings += random.choices([*HEADINGS[kind], "", "a", "a (2)", "\x00"], k=random.choice([0, 3]))
    rows = [
        [make_cell(random, heading) for heading in headings] for _ in range(random.randrange(9))
    ]
    if random.random() < 0.1:
        rows.append(random.choices(ODD, k=random.randrange(20)))
    separator = random.choice(",;\t|")
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in [headings, *rows]]
    text = random.choice(["\n", "\r\n", "\r"]).join(map(separator.join, quoted))
    data = bytearray(text.encode(random.choice(ENCODINGS), errors="replace"))
    for _ in range(random.choice([0, 0, 0, 5])):
        data[random.randrange(len(data))] = random.randrange(256)
    if random.random() < 0.1:
        del data[random.randrange(len(data)) :]
    return bytes(data)


def check(random: Random, kind: str, content: bytes) -> Checked | None:
    """Read a file as the Import page does; None where it is refused as a whole."""
    fields = RECEIPT_FIELDS if kind == "receipts" else VISIT_FIELDS
    try:
        table = read_file(content, fields)
    except TableError as error:
        assert str(error).endswith(".")
        return None
    assert table.columns.is_unique
    columns = guess_columns(fields, table.columns)
    typed = {"store": "North", "till": random.choice(["1", "\x00"])}
    needed = {name for name, field in fields.items() if field.required}
    if not needed <= columns.keys() | typed.keys():
        return None
    written = recognise_times(written_times(table, columns))
    reading = TimeReading(written.month_first, random.choice(ZONES))
    read = check_receipts if kind == "receipts" else check_visits
    checked = read(table, columns, typed, reading)
    assert len(checked.good) + len(checked.bad) == len(table)
    assert (checked.bad["reason"] != "").all()
    checked.bad.to_csv()
    return checked


def emptied(record: Engine, table: Table) -> int:
    """Remove all that was added; return how many rows a table had."""
    with record.begin() as connection:
        rows = connection.scalar(select(func.count()).select_from(table)) or 0
        for added in (CHECKS, VISITS, LINES, RECEIPTS, PRODUCTS):
            connection.execute(delete(added))
    return rows


def test_receipts(campaign: Campaign, record: Engine) -> None:
    def attempt(random: Random) -> None:
        checked = check(random, "receipts", make_csv(random, "receipts"))
        if checked is not None and len(checked.good):
            add_receipts(record, ANYBODY, checked.good)
            assert emptied(record, LINES) == len(checked.good)

    without_syncs(record)
    campaign(f"CSV files of receipts, {record.dialect.name}", attempt, few=60, many=many_on(record))


def test_visits(campaign: Campaign, record: Engine) -> None:
    def attempt(random: Random) -> None:
        checked = check(random, "visits", make_csv(random, "visits"))
        if checked is not None and len(checked.good):
            add_visits(record, ANYBODY, *visit_distributions(checked.good))
            assert emptied(record, VISITS) == len(checked.good)

    without_syncs(record)
    campaign(f"CSV files of visits, {record.dialect.name}", attempt, few=60, many=many_on(record))
