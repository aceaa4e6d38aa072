"""How many receipt lines a second are imported, and how long is the record locked?

    python -m benchmarks.import_time

The same CSV file as the page Add data reads it, and as the command does; then a file of visits,
visits that are linked to the receipts, and the import undone. Each is timed once, one after the
other, with nothing in the record before but the receipts that visits are linked to. Meanwhile a
till, a program of its own, records a buyer fifty times a second: how long it waits at most is how
long the record is locked, with what the machine's other work adds. A long file is imported into
PostgreSQL without a till, which takes a part of the machine. The processor time is that of this
program and, in PostgreSQL, of the server's process.
"""

import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import datetime
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
from age_model.store.imports.rows import (
    check_receipts,
    check_visits,
    guess_columns,
    visit_distributions,
    written_times,
)
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.add_visit import record_visit
from age_model.store.record.database import open_record
from age_model.store.record.links import join_receipts
from age_model.store.record.past_imports import past_imports, undo_import
from benchmarks.report import Row, show
from tests.support.store_databases import empty_database, running_server, server_programs
from tests.support.store_made_up import PLACE, estimate

LINES = 50_000
LONG = 1_000_000  # lines of the long file
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


def by_command(engine: Engine, path: Path, kind: str = "receipts") -> object:
    """Import a file as the command does."""
    file = LongFile(path, FIELDS[kind])
    choice = Choice(guess_columns(FIELDS[kind], file.headings))
    return import_file(engine, ANYBODY, kind, file, choice, path.name, path.with_suffix(".bad"))


def undo_latest(engine: Engine) -> object:
    """Take the latest import out again, as the page does."""
    return undo_import(engine, ANYBODY, past_imports(engine, ANYBODY)[0].key)


def recorded_visits(count: int) -> pd.DataFrame:
    """Return visits of four tills, a second after every second receipt."""
    place = np.arange(count) * 2
    moment = pd.Timestamp(2026, 6, 1) + pd.to_timedelta(place * 3 + 1, unit="s")
    age = np.random.default_rng(0).integers(16, 70, count)
    return pd.DataFrame(
        {
            "store": "North",
            "till": place % 4,
            "time": moment.strftime("%Y-%m-%d %H:%M:%S"),
            "age": age,
            "age_low": age - 5,
            "age_high": age + 5,
        }
    )


def be_a_till(url: str) -> None:
    """Record a buyer again and again until the input ends; print the longest wait, in seconds."""
    engine, longest, buyer = open_record(url), 0.0, estimate()
    print("open", flush=True)
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        began = time.perf_counter()
        record_visit(engine, ANYBODY, datetime.now(), PLACE._replace(store="East"), buyer)
        longest = max(longest, time.perf_counter() - began)
    print(longest)


@contextmanager
def till(url: str, found: list[float]) -> Iterator[None]:
    """Have a till at work; add its longest wait to `found`."""
    command = [sys.executable, "-m", "benchmarks.import_time", url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin and program.stdout
        program.stdout.readline()
        yield
        program.stdin.close()
        found.append(float(program.stdout.read()))


def timed(
    what: str, n: str, count: int, engine: Engine, call: Callable[[], object], with_till: bool
) -> Row:
    """Return a row about a call that handles `count` things."""
    locks, waits = Locks(engine), list[float]()
    url = engine.url.render_as_string(hide_password=False)
    with till(url, waits) if with_till else nullcontext():
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
        "longest wait of a till": f"{max(waits):.2f} s" if waits else "–",
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
    """Import the files in every way, and link visits to receipts."""
    lines = 2000 if miniature else LINES
    count = lines // A_RECEIPT // 2  # of visits
    programs = server_programs()
    server = running_server(programs) if programs else nullcontext(None)
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, server as address, ExitStack() as databases:
        receipts, visits = Path(folder) / "sales.csv", Path(folder) / "visits.csv"
        sales(lines).to_csv(receipts, index=False)
        recorded_visits(count).to_csv(visits, index=False)

        def new(kind: str) -> Engine:
            if kind == "SQLite":
                return open_record(f"sqlite:///{folder}/{len(found)}.sqlite")
            return open_record(databases.enter_context(empty_database(str(address))))

        def add(engine: Engine, what: str, n: int, call: Callable[[], object]) -> None:
            things = "visits" if n == count else "lines"
            found.append(timed(what, f"{n:,} {things}, once", n, engine, call, not miniature))

        for kind in ("SQLite", "PostgreSQL") if address else ("SQLite",):
            engine = new(kind)
            add(engine, f"{kind}: the command, visits", count,
                partial(by_command, engine, visits, "visits"))  # fmt: skip
            for name, way in {"the page": by_page, "the command": by_command}.items():
                engine = new(kind)
                add(engine, f"{kind}: {name}", lines, partial(way, engine, receipts))
            add_visits(engine, ANYBODY, *_checked(visits))
            add(engine, f"{kind}: linking", count, partial(join_receipts, engine, EVERYTHING))
            add(engine, f"{kind}: undo", lines, partial(undo_latest, engine))
        if address:
            long, n = Path(folder) / "long.csv", lines if miniature else LONG
            sales(n).to_csv(long, index=False)
            what = "PostgreSQL: the command, a long file, no till"
            engine = new("PostgreSQL")
            call = partial(by_command, engine, long)
            found.append(timed(what, f"{n:,} lines, once", n, engine, call, False))
    return found


def _checked(path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the visits of a file as they are added."""
    fields = FIELDS["visits"]
    table = read_file(path.read_bytes(), fields)
    columns = guess_columns(fields, table.columns)
    reading = TimeReading(recognise_times(written_times(table, columns)).month_first)
    return visit_distributions(check_visits(table, columns, {}, reading).good)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        be_a_till(sys.argv[1])
    else:
        show(rows)
