"""The part of the model card that compares photos of several sources."""

from collections.abc import Sequence
from pathlib import Path

from age_model.ages import CLEARLY_ADULT, YOUNGEST_BUYER
from age_model.evaluation.metrics import AGE_BANDS
from age_model.evaluation.source_metrics import FULL, HALF
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from age_model.model.json_files import read_json
from age_model.reports.markdown import Metrics, Section, Table, interval_or_value, table

SOURCES_TABLE, SOURCES_FILE = "sources.csv", "sources.json"

# The names of `report`'s own sources; others are shown under the names given, and the last one,
# which was measured for the shipped model, in the reader's language.
TEST_SOURCE, PORTRAITS_SOURCE = mark("UTKFace test"), mark("portraits")
_PLAYERS = mark("Football players")
SIZES = {FULL: mark("as they are"), HALF: mark("halved")}


def read_sources(folder: Path) -> list[Metrics]:
    """Read the metrics that the command `report` wrote to a folder; none if it has none.

    Raises:
        OSError, ValueError, LookupError, TypeError: they are damaged.
    """
    file = folder / SOURCES_FILE
    if not file.exists():
        return []
    metrics: list[Metrics] = read_json(file)["sources"]
    return metrics


def sources(metrics: Sequence[Metrics]) -> Section:
    """Return the errors on each source and size, and their bias by age, from `source_metrics`."""
    return Section(
        tr("Photos of several sources"),
        [
            tr(
                "In years, with 95% intervals. A person with several photos counts once, with the "
                "mean of the errors, and the intervals are from a bootstrap over people. Halved: "
                "the same photos at half their width and height, with the faces detected again."
            ),
            _overall(metrics),
            tr(
                "Bias by real age, years; in brackets the number of people. One person may be in "
                "several bands."
            ),
            _bands(metrics),
        ],
    )


def _overall(metrics: Sequence[Metrics]) -> Table:
    header = (
        tr("photos of"),
        tr("size"),
        tr("n photos"),
        tr("n people"),
        tr("MAE"),
        tr("bias"),
        tr("inside the 90% range"),
        tr("{youngest} to 17 estimated {adult} or older").format(
            youngest=YOUNGEST_BUYER, adult=CLEARLY_ADULT
        ),
    )
    rows = [
        (
            *name_and_size(entry),
            entry["photos"],
            entry["people"],
            interval_or_value(entry, "mae", ".2f"),
            interval_or_value(entry, "bias", "+.2f"),
            interval_or_value(entry, "inside_90", ".1%"),
            tr("{count} of {n}").format(
                count=number(entry["teens_read_adult"]), n=number(entry["teens"])
            )
            if entry["teens"]
            else "–",
        )
        for entry in metrics
    ]
    return table(header, rows)


def _bands(metrics: Sequence[Metrics]) -> Table:
    header = (tr("photos of"), tr("size"), *AGE_BANDS)
    rows = []
    for entry in metrics:
        found = {band["band"]: band for band in entry["bands"]}
        rows.append((*name_and_size(entry), *(_bias(found.get(band)) for band in AGE_BANDS)))
    return table(header, rows)


def _bias(band: Metrics | None) -> str:
    if band is None:
        return "–"
    return f"{number(band['bias'], '+.1f')} ({number(band['people'])})"


def name_and_size(entry: Metrics) -> tuple[str, str]:
    """Return a source's name and the size of its photos, in words."""
    return tr(entry["source"]), tr(SIZES[entry["size"]])


def as_they_are(metrics: Sequence[Metrics]) -> list[Metrics]:
    """Return the entries of `source_metrics` on photos that were not halved."""
    return [entry for entry in metrics if entry["size"] == FULL]


def error_in_words(entry: Metrics) -> str:
    """Return a source with its average error, from an entry of `source_metrics`."""
    return tr("{source} {years} years").format(
        source=tr(entry["source"]), years=number(entry["mae"], ".2f")
    )
