"""README.md's table, the model card and the figures in docs/privacy, from `report`'s files.

Nothing in them is typed by hand; a test compares them with the files.
"""

from pathlib import Path
from typing import Any

from age_model.evaluation.source_metrics import FULL
from age_model.i18n.translate import number
from age_model.release import released
from age_model.reports import privacy
from age_model.reports.card_sources import PORTRAITS_SOURCE, TEST_SOURCE
from age_model.reports.markdown import interval_or_value, with_interval
from age_model.reports.model_card import Evaluation, model_card

README = Path("README.md")
BEGIN = "<!-- Results: written by `python -m age_model report`, do not edit. -->"
END = "<!-- End of results. -->"


def write_texts(
    readme: Path = README, model_card_file: Path | None = None, privacy_dir: Path = privacy.PRIVACY
) -> None:
    """Write the shipped model's metrics into the README and docs/privacy, and its model card.

    Raises:
        FileNotFoundError: if a file of metrics is missing.
        ValueError: as `replace_block`.
    """
    release = released()
    card, measured = release.card(), Evaluation.read(release.evaluation_dir)
    update_readme(readme, results_table(measured))
    (model_card_file or release.text_file).write_text(model_card(card, measured), encoding="utf-8")
    for page in privacy.PAGES:
        block = f"\n{privacy.figures(card, measured)}\n"
        replace_block(privacy_dir / page, privacy.BEGIN, privacy.END, block)


def results_table(measured: Evaluation) -> str:
    """Return the README's table of results as Markdown.

    Args:
        measured: the model's metrics.
    """
    test, portraits = measured.test, measured.portraits
    lines = [
        "| photos | n | MAE, years (95% interval) | bias, years | within 5 years |",
        "|---|---|---|---|---|",
        _row("UTKFace, test split, ages 1 to 116", test["overall"]),
        _row("of these the CORAL test set, ages 21 to 60", test["coral_test"]),
        _row("the same, given that the age is 21 to 60", test["coral_test_known"]),
        _row(
            f"UTKFace, test split, always predicting {test['baseline']['constant_age']:g}",
            test["baseline"],
        ),
        _row("official portraits, another source and other cameras", portraits["overall"]),
        *map(_source_row, _other_sources(measured)),
    ]
    return "\n".join(lines)


def _other_sources(measured: Evaluation) -> list[dict[str, Any]]:
    own = (TEST_SOURCE, PORTRAITS_SOURCE)
    return [s for s in measured.sources if s["size"] == FULL and s["source"] not in own]


def _source_row(source: dict[str, Any]) -> str:
    people = "" if source["people"] == source["photos"] else f" ({source['people']} people)"
    return (
        f"| {source['source']}, another source{people} | {source['photos']} | "
        f"{interval_or_value(source, 'mae', '.2f')} | {number(source['bias'], '+.2f')} | – |"
    )


def update_readme(path: Path, block: str) -> None:
    """Replace the block of results in a README; raises as `replace_block`."""
    replace_block(path, BEGIN, END, block)


def replace_block(path: Path, begin: str, end: str, block: str) -> None:
    """Replace what a text has between two marks.

    Raises:
        ValueError: if it does not have the two marks.
    """
    text = path.read_text(encoding="utf-8")
    before, has_begin, rest = text.partition(begin)
    _, has_end, after = rest.partition(end)
    if not has_begin or not has_end:
        raise ValueError(f"{path} lacks the marks around its results: {begin} and {end}")
    path.write_text(f"{before}{begin}\n{block}\n{end}{after}", encoding="utf-8")


def _row(name: str, summary: dict[str, Any]) -> str:
    return (
        f"| {name} | {summary['n']} | "
        f"{with_interval(summary, 'mae')} | "
        f"{number(summary['bias'], '+.2f')} | {summary['within_5']:.0%} |"
    )
