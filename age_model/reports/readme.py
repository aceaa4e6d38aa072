"""The metrics in README.md and the model card, written from the files that the report left.

Nothing in them is typed by hand; a test compares them with the files.
"""

from pathlib import Path
from typing import Any

from age_model.i18n.translate import number
from age_model.release import released
from age_model.reports.markdown import with_interval
from age_model.reports.model_card import Evaluation, model_card

README = Path("README.md")
BEGIN = "<!-- Results: written by `python -m age_model report`, do not edit. -->"
END = "<!-- End of results. -->"


def write_texts(readme: Path = README, model_card_file: Path | None = None) -> None:
    """Write the shipped model's metrics into the README, and its model card.

    Raises:
        FileNotFoundError: if a file of metrics is missing.
        ValueError: as `update_readme`.
    """
    release = released()
    card, measured = release.card(), Evaluation.read(release.evaluation_dir)
    update_readme(readme, results_block(measured))
    (model_card_file or release.text_file).write_text(model_card(card, measured), encoding="utf-8")


def results_block(measured: Evaluation) -> str:
    """Return the README's block of results as Markdown.

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
            f"UTKFace, test split, always answering {test['baseline']['constant_age']:g}",
            test["baseline"],
        ),
        _row("official portraits, another source and other cameras", portraits["overall"]),
        "",
        f"In {test['photos_without_face']} of the {test['overall']['n']} test photos, and "
        f"{portraits['photos_without_face']} of the {portraits['overall']['n']} portraits, no face "
        "was found and the whole picture was used. "
        f"{test['interval_90_coverage']:.1%} of the real ages on test, and "
        f"{portraits['interval_90_coverage']:.1%} on the portraits, lie in the 90% range.",
    ]
    return "\n".join(lines)


def update_readme(path: Path, block: str) -> None:
    """Replace the block of results in a README.

    Raises:
        ValueError: if the README does not have the two marks around the block.
    """
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} lacks the marks around its results: {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n{block}\n{END}{after}", encoding="utf-8")


def _row(name: str, summary: dict[str, Any]) -> str:
    return (
        f"| {name} | {summary['n']} | "
        f"{with_interval(summary, 'mae')} | "
        f"{number(summary['bias'], '+.2f')} | {summary['within_5']:.0%} |"
    )
