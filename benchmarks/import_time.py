"""How many receipt lines a second are imported, and how long is the record locked?

    python -m benchmarks.import_time

The same CSV file as the page Add data reads it, and as the command does; into PostgreSQL also row
by row, as before COPY. Each is timed once, one after the other, with nothing in the record before.
Last, visits are linked to the receipts. Tills can record nothing while a SQLite file is locked; in
PostgreSQL only linking locks them out. The processor time is that of this program and, in
PostgreSQL, of the server's process.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, event

from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.store.imports.bulk import FIELDS, Choice, import_file
from age_model.store.imports.file_times import TimeReading, recognise_times
from age_model.store.imports.files import read_file
from age_model.store.imports.long_files import LongFile
from age_model.store.imports.rows import check_receipts, guess_columns, written_times
from age_model.store.record import add_many
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.database import open_record
from age_model.store.record.links import join_receipts
from benchmarks.report import Row, show
from tests.support.store_databases import empty_database, running_server, server_programs
from tests.support.store_made_up import visits

LINES = 50_000
A_RECEIPT = 5  # lines


class Locks:
    """The longest transaction that writes, and the server's process that does it."""

    def __init__(self, engine: Engine) -> None:
        self.longest = 0.0
        self.server: int | None = None
        self._began = 0.0
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "commit", self._end)

    def _begin(self, connection: Any) -> None:  # noqa: ANN401
        self._began = time.perf_counter()
        driver = connection.connection.driver_connection
        self.server = getattr(getattr(driver, "info", None), "backend_pid", None)

    def _end(self, connection: Any) -> None:  # noqa: ANN401
        if connection.get_execution_options().get("writes"):
            self.longest = max(self.longest, time.perf_counter() - self._began)


def sales(lines: int, seed: int = 0) -> pd.DataFrame:
    """Return receipts of four tills, three seconds apart."""
    random = np.random.default_rng(seed)
    receipt = np.repeat(np.arange(lines // A_RECEIPT), A_RECEIPT)
    moment = pd.Timestamp(2026, 6, 1) + pd.to_timedelta(receipt * 3, unit="s")
    number = random.integers(0, 1000, len(receipt))
    return pd.DataFrame(
        {
            "store": "North",
            "till": receipt % 4,
            "time": moment.strftime("%Y-%m-%d %H:%M:%S"),
            "number": receipt,
            "cashier": "Olga",
            "product": [f"Product {one}" for one in number],
            "category": "Things",
            "quantity": 1,
            "amount": random.integers(100, 5000, len(receipt)) / 100,
        }
    )


def by_page(engine: Engine, path: Path) -> object:
    """Import a file as the page does."""
    fields = FIELDS["receipts"]
    table = read_file(path.read_bytes(), fields)
    columns = guess_columns(fields, table.columns)
    reading = TimeReading(recognise_times(written_times(table, columns)).month_first)
    checked = check_receipts(table, columns, {}, reading)
    return add_receipts(engine, ANYBODY, checked.good)


def by_command(engine: Engine, path: Path) -> object:
    """Import a file as the command does."""
    file = LongFile(path, FIELDS["receipts"])
    choice = Choice(guess_columns(FIELDS["receipts"], file.headings))
    bad = path.with_suffix(".bad")
    return import_file(engine, ANYBODY, "receipts", file, choice, path.name, bad)


@contextmanager
def row_by_row() -> Iterator[None]:
    """Have a server get receipts as a file does."""
    copied, receipts = add_many.copy_lines, add_many.COPIED
    add_many.copy_lines, add_many.COPIED = add_many._add_lines, add_many.BATCH
    try:
        yield
    finally:
        add_many.copy_lines, add_many.COPIED = copied, receipts


def timed(
    what: str, n: str, count: int, engine: Engine, call: Callable[[], object]
) -> dict[str, str]:
    """Return a row about a call that handles `count` things."""
    locks = Locks(engine)
    started = time.perf_counter(), time.process_time()
    call()
    clock, processor = time.perf_counter() - started[0], time.process_time() - started[1]
    server = _seconds(locks.server)
    engine.dispose()
    return {
        "what": what,
        "n": n,
        "a second": f"{count / clock:,.0f}",
        "processor": f"{processor:.1f} s" + (f", server {server:.1f} s" if server else ""),
        "a second of the busier processor": f"{count / max(processor, server):,.0f}",
        "longest transaction": f"{locks.longest:.2f} s",
    }


def _seconds(process: int | None) -> float:
    """Return the processor time of a process; 0 where it cannot be read."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return 0.0
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Import a file in every way, and link visits to its receipts."""
    lines = 2000 if miniature else LINES
    programs = server_programs()
    server = running_server(programs) if programs else nullcontext(None)
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, server as address, ExitStack() as databases:
        path = Path(folder) / "sales.csv"
        sales(lines).to_csv(path, index=False)

        def new(kind: str) -> Engine:
            if kind == "SQLite":
                return open_record(f"sqlite:///{folder}/{len(found)}.sqlite")
            return open_record(databases.enter_context(empty_database(str(address))))

        for kind in ("SQLite", "PostgreSQL") if address else ("SQLite",):
            ways = {"the page": by_page, "the command": by_command}
            n = f"{lines:,} lines, once"
            if kind == "PostgreSQL":
                with row_by_row():
                    engine = new(kind)
                    call = partial(by_page, engine, path)
                    found.append(timed(f"{kind}: the page, row by row", n, lines, engine, call))
            for name, way in ways.items():
                engine = new(kind)
                call = partial(way, engine, path)
                found.append(timed(f"{kind}: {name}", n, lines, engine, call))
            found.append(_linked(kind, engine, lines // A_RECEIPT // 2))
    return found


def _linked(kind: str, engine: Engine, count: int) -> Row:
    """Link visits at the times of every second receipt."""
    table, distributions = visits(count)
    place = np.arange(count) * 2
    moment = pd.Timestamp(2026, 6, 1) + pd.to_timedelta(place * 3 + 1, unit="s")
    table = table.assign(time=moment, till=place % 4)
    add_visits(engine, ANYBODY, table, distributions)
    n = f"{count:,} visits, once"
    return timed(f"{kind}: linking", n, count, engine, lambda: join_receipts(engine, EVERYTHING))


if __name__ == "__main__":
    show(rows)
