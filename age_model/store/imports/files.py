"""A file of receipts or visits as a table, whatever program wrote it."""

from collections.abc import Mapping, Sequence

import pandas as pd

from age_model.store.imports.csv_files import csv_rows
from age_model.store.imports.excel_files import excel_rows, is_excel
from age_model.store.imports.rows import Field, guess_columns
from age_model.store.imports.tables import table_of

SUFFIXES = (".csv", ".xlsx", ".xls", ".txt", ".tsv")


def read_file(content: bytes, fields: Mapping[str, Field]) -> pd.DataFrame:
    """Read a CSV file or a spreadsheet.

    Args:
        content: of the file.
        fields: that its columns may hold; they tell the headings from a title above them.

    Returns:
        As `table_of`.

    Raises:
        TableError: it cannot be read.
    """

    def recognise(headings: Sequence[str]) -> int:
        return len(guess_columns(fields, list(dict.fromkeys(headings))))

    rows = excel_rows(content) if is_excel(content) else csv_rows(content, recognise)
    return table_of(rows, recognise)
