"""What Add data shows of a file before anything is added."""

import pandas as pd

from age_model.i18n.translate import in_language
from app_pages.import_data.columns import first_rows


def test_days_and_numbers_of_a_spreadsheet_are_shown_as_its_reader_writes_them() -> None:
    cells = ["2026-06-01 12:00:05", "2026-06-01", "2026-13-41", "Milk 2026-06-01", "1.6.26"]
    figures = ["48.5", "-0.25", "1200", "01.06", "1.2.3"]
    table = pd.DataFrame({"cell": cells, "figure": figures})
    with in_language("ru"):
        shown = first_rows(table)
    assert shown["cell"].tolist() == ["01.06.2026 12:00:05", "01.06.2026", *cells[2:]]
    assert shown["figure"].tolist() == ["48,5", "-0,25", *figures[2:]]
    assert first_rows(table).equals(table)
