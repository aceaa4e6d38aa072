"""The command that estimates ages on photos."""

import json
import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from age_model.cli.options import ModelDir

Row = dict[str, Any]
Format = Literal["table", "csv", "json"]
app = typer.Typer()


@app.command("predict")
def predict(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="photo or folder")],
    *,
    form: Annotated[Format, typer.Option("--format", help="of the output")] = "table",
    model_dir: ModelDir,
) -> int:
    """Estimate the ages of the faces on photos."""
    from tqdm import tqdm

    from age_model.predict.predictor import Predictor
    from age_model.predict.results import result_rows
    from age_model.serving.scorer import Scorer
    from age_model.vision.photos import find_photos

    photos = find_photos(paths)
    if not photos:
        print("age_model: no photos in the folders given", file=sys.stderr)
        return 1
    scorer = Scorer(Predictor.load(model_dir))
    rows: list[Row] = []
    read = 0
    # File names need not be valid text; such ones could not be printed.
    named = ((os.fsencode(path).decode(errors="replace"), partial(Path, path)) for path in photos)
    for result in tqdm(
        scorer.results(named), total=len(photos), desc="Estimating ages", unit="photo"
    ):
        read += result.image is not None
        rows += result_rows(result)
    print(FORMATS[form](rows))
    return 0 if read else 1


def as_table(rows: list[Row]) -> str:
    """Format rows of `RESULT_COLUMNS` as a text table."""
    from age_model.predict.results import RESULT_COLUMNS

    cells = [RESULT_COLUMNS, *(_texts(row, RESULT_COLUMNS) for row in rows)]
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
    """Format rows of `RESULT_COLUMNS` as CSV, without a final newline."""
    from age_model.data.spreadsheets import csv_lines
    from age_model.predict.results import RESULT_COLUMNS

    return csv_lines([RESULT_COLUMNS, *([row[name] for name in RESULT_COLUMNS] for row in rows)])


def as_json(rows: list[Row]) -> str:
    """Format rows as a JSON list of objects, empty values as null."""
    return json.dumps(rows, indent=2, ensure_ascii=False)


FORMATS: dict[Format, Callable[[list[Row]], str]] = {
    "table": as_table,
    "csv": as_csv,
    "json": as_json,
}


def _texts(row: Row, columns: Iterable[str]) -> tuple[str, ...]:
    return tuple("" if row[name] is None else str(row[name]) for name in columns)
