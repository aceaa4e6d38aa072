"""The part of the model card on photos of several sources, beside each other."""

from collections.abc import Sequence
from pathlib import Path

from age_model.ages import CLEARLY_ADULT
from age_model.evaluation.metrics import AGE_BANDS
from age_model.evaluation.source_figures import FULL, HALF, YOUNGEST_BUYER
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from age_model.model.json_files import read_json
from age_model.reports.markdown import Figures, Section, Table, interval_or_figure, table

SOURCES_TABLE, SOURCES_FILE = "sources.csv", "sources.json"

# How `report` calls its own sources; others are shown as they are called.
TEST_SOURCE, PORTRAITS_SOURCE = mark("UTKFace test"), mark("portraits")
SIZES = {FULL: mark("as they are"), HALF: mark("halved")}


def read_sources(folder: Path) -> list[Figures]:
    """Read the figures that the command `report` wrote to a folder; none if it has none.

    Raises:
        OSError, ValueError, LookupError, TypeError: they are damaged.
    """
    file = folder / SOURCES_FILE
    if not file.exists():
        return []
    figures: list[Figures] = read_json(file)["sources"]
    return figures


def sources(figures: Sequence[Figures]) -> Section:
    """Return the errors on each source and size, and their bias by age, from `source_figures`."""
    return Section(
        tr("Photos of several sources"),
        [
            tr(
                "In years, with 95% intervals. A person with several photos counts once, by the "
                "mean of the errors, and the intervals are of redrawn people. Halved: the same "
                "photos at half their width and height, in which the faces are found anew."
            ),
            _overall(figures),
            tr(
                "Bias by real age, years; in brackets the number of people. One person may stand "
                "in several bands."
            ),
            _bands(figures),
        ],
    )


def _overall(figures: Sequence[Figures]) -> Table:
    header = (
        tr("photos of"),
        tr("size"),
        tr("n photos"),
        tr("n people"),
        tr("MAE"),
        tr("bias"),
        tr("inside the 90% range"),
        tr("{youngest} to 17 read as {adult} or older").format(
            youngest=YOUNGEST_BUYER, adult=CLEARLY_ADULT
        ),
    )
    rows = [
        (
            *_named(entry),
            entry["photos"],
            entry["people"],
            interval_or_figure(entry, "mae", ".2f"),
            interval_or_figure(entry, "bias", "+.2f"),
            interval_or_figure(entry, "inside_90", ".1%"),
            tr("{count} of {n}").format(
                count=number(entry["teens_read_adult"]), n=number(entry["teens"])
            )
            if entry["teens"]
            else "–",
        )
        for entry in figures
    ]
    return table(header, rows)


def _bands(figures: Sequence[Figures]) -> Table:
    header = (tr("photos of"), tr("size"), *AGE_BANDS)
    rows = []
    for entry in figures:
        found = {band["band"]: band for band in entry["bands"]}
        rows.append((*_named(entry), *(_bias(found.get(band)) for band in AGE_BANDS)))
    return table(header, rows)


def _bias(band: Figures | None) -> str:
    if band is None:
        return "–"
    return f"{number(band['bias'], '+.1f')} ({number(band['people'])})"


def _named(entry: Figures) -> tuple[str, str]:
    return tr(entry["source"]), tr(SIZES[entry["size"]])
