"""The results of benchmarks as rows of a table, and the page docs/measure.md with them."""

import importlib
import os
import platform
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from age_model.vision.photos import find_photos
from tests.support.serving import ROOT

Row = dict[str, str]
"""A row of a table: values by the column's title."""

Rows = Callable[[Sequence[Path], bool], list[Row]]
"""A benchmark on photos; if the second argument is true, with as few measurements as possible, for
a trial. A benchmark that needs no photos ignores them."""

NAMES = (
    "answer_time",
    "score_time",
    "service_time",
    "face_time",
    "onnx_time",
    "page_time",
    "batch_memory",
    "detection_size",
    "chip_or_photo",
    "training",
    "store_time",
    "chain_time",
    "import_time",
    "store_pages_time",
    "store_shares",
    "store_lifts",
    "store_minors",
)
EXAMPLES = ROOT / "assets" / "examples"
PAGE = ROOT / "docs" / "measure.md"
PREAMBLE = "# Benchmarks\n"  # of an empty page

_BLOCK = re.compile(r"<!-- (\w+) -->\n(.*?)<!-- end of \1 -->\n", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """The result of one benchmark, and its conditions.

    Attributes:
        name: one of `NAMES`.
        question: that it answers.
        conditions: machine, date and load, one line.
        rows: at least one, all with the same columns.
    """

    name: str
    question: str
    conditions: str
    rows: list[Row]

    def __str__(self) -> str:
        """Return the block in Markdown, without its marks."""
        return f"## {self.question}\n\n{self.conditions}\n\n{as_table(self.rows)}"


def run(name: str, photos: Sequence[Path], miniature: bool = False) -> Block:
    """Run a benchmark.

    Args:
        name: one of `NAMES`.
        photos: files for those that need photos.
        miniature: whether to measure as little as possible, for a trial.
    """
    module = importlib.import_module(f"benchmarks.{name}")
    before = os.getloadavg()[0]
    rows = module.rows(photos, miniature)
    conditions = (
        f"`python -m benchmarks {name}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {machine()}; "
        f"load {before:.1f} at the start, {os.getloadavg()[0]:.1f} at the end."
    )
    return Block(name, str(module.__doc__).partition("\n")[0], conditions, rows)


def machine() -> str:
    """Return processor, cores, system and the versions that times depend on."""
    import torch  # takes seconds

    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, torch {torch.__version__}"
    )


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.+)$", known.read_text(), re.M) if known.exists() else []
    return names[0] if names else platform.machine()


def as_table(rows: Sequence[Row]) -> str:
    """Return rows as a table in Markdown.

    Raises:
        ValueError: the rows have different columns, or there are none.
    """
    if len({tuple(row) for row in rows}) != 1:
        raise ValueError("a table needs rows with the same columns")
    lines = [tuple(rows[0]), ("---",) * len(rows[0]), *(tuple(row.values()) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(block: Block, page: Path = PAGE) -> None:
    """Replace a block on the page; the others, and the text before them, stay as they are."""
    text = page.read_text(encoding="utf-8") if page.exists() else PREAMBLE
    first = _BLOCK.search(text)
    before = text[: first.start()].rstrip("\n") if first else text.rstrip("\n")
    blocks = dict(_BLOCK.findall(text)) | {block.name: f"{block}"}
    marked = [
        f"\n<!-- {name} -->\n{blocks[name]}<!-- end of {name} -->\n"
        for name in NAMES
        if name in blocks
    ]
    page.write_text(f"{before}\n" + "".join(marked), encoding="utf-8")


def photos_in(folders: Sequence[str]) -> list[Path]:
    """Return the photos in folders, by default the example pictures."""
    return list(find_photos(Path(folder) for folder in folders or [str(EXAMPLES)]))


def show(rows: Rows) -> None:
    """Print a benchmark's results on the photos of the command line; the page is not changed."""
    print(as_table(rows(photos_in(sys.argv[1:]), False)), end="")


def with_range(values: Sequence[float]) -> str:
    """Return the median and the range of some values.

    >>> with_range([1, 2, 4])
    '2.00 (1.00 to 4.00)'
    """
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
