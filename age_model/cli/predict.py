"""The command that estimates ages on photos."""

import argparse
import csv
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from age_model.cli.options import add_model
from age_model.predict.predictor import Predictor
from age_model.predict.results import RESULT_COLUMNS, result_rows
from age_model.vision.photos import find_photos

Row = dict[str, Any]


def predict(args: argparse.Namespace) -> int:
    """Print the ages of the faces on photos; 0 if any photo could be read, else 1."""
    paths = find_photos(args.paths)
    if not paths:
        print("age_model: no photos in the folders given", file=sys.stderr)
        return 1
    predictor = Predictor.load(args.model)
    rows: list[Row] = []
    read = 0
    for path in tqdm(paths, desc="Estimating ages", unit="photo"):
        # The system allows names that are no text; those could not be printed.
        name = os.fsencode(path).decode(errors="replace")
        result = predictor.predict(name, path)
        read += result.image is not None
        rows += result_rows(result)
    print(FORMATS[args.format](rows))
    return 0 if read else 1


def as_table(rows: list[Row]) -> str:
    """Lay out rows of `RESULT_COLUMNS` for reading."""
    cells = [RESULT_COLUMNS, *(_texts(row) for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    left = [name in ("photo", "warnings") for name in RESULT_COLUMNS]
    lines = (
        "  ".join(
            cell.ljust(width) if is_left else cell.rjust(width)
            for cell, width, is_left in zip(line, widths, left, strict=True)
        )
        for line in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def as_csv(rows: list[Row]) -> str:
    """Write rows of `RESULT_COLUMNS` as CSV, without a line end after the last."""
    text = io.StringIO()
    writer = csv.DictWriter(text, RESULT_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


def as_json(rows: list[Row]) -> str:
    """Write rows as a JSON list of objects, empty values as null."""
    return json.dumps(rows, indent=2, ensure_ascii=False)


FORMATS = {"table": as_table, "csv": as_csv, "json": as_json}


def _texts(row: Row) -> tuple[str, ...]:
    return tuple("" if row[name] is None else str(row[name]) for name in RESULT_COLUMNS)


def add_predict(parser: argparse.ArgumentParser) -> None:
    """Add the options of `predict`."""
    parser.set_defaults(run=predict)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="photo or folder")
    parser.add_argument("--format", choices=FORMATS, default="table", help="of the output")
    add_model(parser)
