"""The files of a report: a page to print, and an Excel file with all of its figures."""

from pathlib import Path

from age_model.store.analysis.overview import Period
from age_model.store.reports.gather import Overview
from age_model.store.reports.sheet import overview_sheet
from age_model.store.reports.workbook import overview_workbook


def report_name(period: Period) -> str:
    """Return the name of a period's files, up to the ending.

    >>> from datetime import date
    >>> report_name(Period(date(2026, 6, 15), date(2026, 6, 21)))
    'store_report_2026-06-15_2026-06-21'
    """
    return f"store_report_{period.first}_{period.last}"


def printed_report(overview: Overview) -> bytes:
    """Return the page to print, HTML in UTF-8, in the reader's language."""
    return overview_sheet(overview).encode(errors="replace")


def write_reports(overview: Overview, folder: Path) -> list[Path]:
    """Write both files into a folder, made if missing; return their paths.

    Raises:
        OSError: they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = report_name(overview.period)
    files = {".html": printed_report(overview), ".xlsx": overview_workbook(overview)}
    paths = [folder / f"{name}{ending}" for ending in files]
    for path, content in zip(paths, files.values(), strict=True):
        path.write_bytes(content)
    return paths
