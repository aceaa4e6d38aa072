"""Cells of downloads: none is a formula, and the rows read back equal the rows written."""

import csv
from io import StringIO
from random import Random

import pandas as pd

from age_model.data.spreadsheets import as_before, csv_file, csv_lines
from tests.hostile.conftest import Campaign

SIGNS = [
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "'",
    '"',
    ",",
    ";",
    "|",
    "a",
    "1",
    " ",
    "",
    "я",
]
SIGNS += ["\x00", "\ufeff", "\u202e", "＝", "－", "=cmd|' /C calc'!A0", "@SUM(1)"]


def make_cell(random: Random) -> str:
    return "".join(random.choices(SIGNS, k=random.randrange(5)))


def test_cells(campaign: Campaign) -> None:
    def attempt(random: Random) -> None:
        width = random.randrange(2, 5)
        rows = [[make_cell(random) for _ in range(width)] for _ in range(random.randrange(1, 6))]
        headings, *cells = rows
        table = pd.DataFrame(cells, columns=headings, dtype=object)
        for text in (csv_lines(rows), csv_file(table).decode("utf-8-sig")):
            read = list(csv.reader(StringIO(text, newline="")))
            assert not any(cell[:1] in tuple("=+-@\t\r\n") for row in read for cell in row)
            assert [[as_before(cell) for cell in row] for row in read] == rows

    campaign("cells of CSV downloads", attempt)
