"""The figures in docs/privacy, from the files of metrics; in English, as these pages are."""

from collections.abc import Iterator
from pathlib import Path

from age_model.evaluation.source_metrics import FULL
from age_model.i18n.translate import number
from age_model.reports.card_gate import sources_table, whom_it_asks
from age_model.reports.card_verification import is_of, verification_table
from age_model.reports.markdown import (
    Block,
    Metrics,
    Table,
    as_markdown,
    interval_or_value,
    table,
)
from age_model.reports.model_card import Evaluation
from age_model.reports.wording import group_title

PRIVACY = Path("docs/privacy")
PAGES = ("dpia.md", "practice-statement.md")
BEGIN = "<!-- Figures: written by `python -m age_model report`, do not edit. -->"
END = "<!-- End of figures. -->"


def figures(card: Metrics, measured: Evaluation) -> str:
    """Return errors, the age gate and verification as Markdown.

    Args:
        card: the content of `model.json`.
        measured: its metrics.
    """
    return as_markdown(_blocks(card, measured))


def _blocks(card: Metrics, measured: Evaluation) -> Iterator[Block]:
    sources = [source for source in measured.sources if source["size"] == FULL]
    yield (
        "Errors in years on photos that the model was not trained on, with 95% intervals; people "
        "without a name count as one a photo. How good it is in a shop, only a measurement on "
        "photos of the shop's own cameras tells."
    )
    yield _errors(sources)
    yield f"{whom_it_asks(measured.test['gate'])} Of people of these ages, by this rule:"
    yield sources_table([s for s in sources if s.get("gate", {}).get("n_minors")])
    yield _groups(measured.test["groups"])
    if measured.verification is None or not is_of(card, measured.verification):
        yield "Whether this model tells who somebody is was not measured."
        return
    yield (
        "How often two photos of one person count as such (TAR), if as few pairs of different "
        "people do (FAR). Age distributions are kept in the record, features are not:"
    )
    yield verification_table(measured.verification)


def _errors(sources: list[Metrics]) -> Table:
    header = ("photos of", "n photos", "n people", "MAE", "bias", "inside the 90% range")
    rows = [
        (
            source["source"],
            source["photos"],
            source["people"],
            interval_or_value(source, "mae", ".2f"),
            interval_or_value(source, "bias", "+.2f"),
            interval_or_value(source, "inside_90", ".1%"),
        )
        for source in sources
    ]
    return table(header, rows)


def _groups(groups: list[Metrics]) -> str:
    rated = sorted(
        (group for group in groups if group["same_ages_ratio"] is not None),
        key=lambda group: float(group["same_ages_ratio"]),
    )
    ends = (
        f"{group_title(group['group'])} ({number(group['same_ages_ratio'], '.2f')} times, "
        f"n = {number(group['n'])})"
        for group in (rated[0], rated[-1])
    )
    return (
        "Groups of the test photos, their MAE at equal ages divided by that of all photos: from "
        f"{' to '.join(ends)}."
    )
