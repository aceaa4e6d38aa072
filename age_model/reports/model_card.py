"""The model card: everything measured about a model, from the files of metrics.

The app shows it in the reader's language; the file that ships with the model is in English. No
number is typed by hand; the aims that the model misses are listed automatically.
"""

from dataclasses import dataclass
from pathlib import Path

from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from age_model.model.json_files import read_json
from age_model.model.tta import View, Views, views_from_list
from age_model.reports import (
    card_errors,
    card_failures,
    card_gate,
    card_sources,
    card_strengths,
    card_uncertainty,
    card_verification,
)
from age_model.reports.markdown import Metrics, Section, bullets, markdown

TEST_FILE, PORTRAITS_FILE = "metrics.json", "portraits.json"
ROBUSTNESS_FILE, PORTRAITS_ROBUSTNESS_FILE = "robustness.json", "portraits_robustness.json"

# Licence sentences of shipped models; others are shown as they are.
_LICENCES = (
    mark(
        "Trained on UTKFace: for non-commercial research only; the photos belong to their owners."
    ),
)


@dataclass(frozen=True)
class Evaluation:
    """The metrics of a model: of the test photos and of portraits from another source.

    `robustness` and `portraits_robustness` are robustness reports, `test` and `portraits` metrics
    reports; `sources` holds what `source_metrics` returns, empty if no sources were measured;
    `verification` holds what `measure_verification` returns, None if it was not measured.
    """

    test: Metrics
    portraits: Metrics
    robustness: Metrics
    portraits_robustness: Metrics
    sources: list[Metrics]
    verification: Metrics | None = None

    @classmethod
    def read(cls, folder: Path) -> "Evaluation":
        """Read the files that the command `report` wrote to a folder.

        Raises:
            FileNotFoundError: if one is missing.
        """
        files = (TEST_FILE, PORTRAITS_FILE, ROBUSTNESS_FILE, PORTRAITS_ROBUSTNESS_FILE)
        test, portraits, robustness, portraits_robustness = (
            read_json(folder / name) for name in files
        )
        sources = card_sources.read_sources(folder)
        verification = card_verification.read_verification(folder)
        return cls(test, portraits, robustness, portraits_robustness, sources, verification)


def model_card(card: Metrics, measured: Evaluation) -> str:
    """Return the model card as Markdown; arguments as of `card_sections`."""
    return markdown(card_title(), card_sections(card, measured))


def card_title() -> str:
    """Return the heading of the model card."""
    return tr("The age model")


def card_sections(card: Metrics, measured: Evaluation) -> list[Section]:
    """Return the sections of the model card.

    Args:
        card: the content of `model.json`.
        measured: its metrics.
    """
    missed = card_failures.failures(
        measured.test,
        measured.portraits,
        measured.robustness,
        measured.portraits_robustness,
        measured.sources,
    )
    return [
        _purpose(),
        Section(
            tr("What it does well"),
            [bullets(card_strengths.strengths(measured.test, measured.robustness))],
        ),
        Section(tr("Where it misses its aims"), [bullets(missed)]),
        card_errors.errors(measured.test, measured.portraits),
        *([card_sources.sources(measured.sources)] if measured.sources else []),
        card_errors.bands(measured.test),
        card_errors.groups(measured.test),
        card_uncertainty.intervals(measured.test, measured.portraits),
        card_uncertainty.probabilities(measured.test),
        card_uncertainty.uncertain_photos(measured.test),
        card_gate.age_gate(measured.test, measured.sources),
        card_gate.published_forms(measured.test),
        *card_verification.verification(card, measured.verification),
        card_errors.corruptions(measured.robustness),
        card_errors.resolutions(measured.robustness, measured.portraits_robustness),
        _origin(card),
    ]


def _purpose() -> Section:
    limits = (
        tr(
            "Its training labels are noisy: those of two copies of a picture differ by several "
            "years."
        ),
        tr("It cannot tell a live person from a picture of one."),
        tr("It was trained on few people aged 13 to 17 or over 80, and is less accurate for them."),
        tr("Errors are larger for small, dark, turned or covered faces; warnings point this out."),
    )
    return Section(
        tr("What it is for, and what it is not for"),
        [
            tr(
                "It estimates how old a person on a photo is, with a range: to see what age groups "
                "buy, and to remind a cashier to ask for ID. It must not be used to prove an age, "
                "to refuse a sale without asking for ID, to judge a person or a cashier from "
                "single photos, to tell who somebody is, or where people have not been told that "
                "they are photographed."
            ),
            tr("Limits:"),
            bullets(limits),
        ],
    )


def _origin(card: Metrics) -> Section:
    data, runs = card["data"], card["training"]
    photos, views = data["photos"], views_from_list(card["looks"])
    return Section(
        tr("Data, licence, training"),
        [
            tr(
                "{licence} Photos: {train} train, {valid} valid, {test} test. Labels: `{label}`."
            ).format(
                licence=tr(card["licence"]),
                train=number(photos["train"]),
                valid=number(photos["valid"]),
                test=number(photos["test"]),
                label=data["label"],
            ),
            *(_run(card, run) for run in runs),
            tr(
                "Everything else is in `model.json`; the trials that led here are in "
                "`docs/experiments.md`."
            ),
            tr(
                "Networks: {n}. Test-time augmentation averages the outputs for these views of a "
                "face: {views}."
            ).format(n=len(runs), views=describe_views(views, card["face"]["size"])),
            tr(
                "To train on a shop's own photos, `labels.csv` (`file_name`, `real_age`) beside "
                "`final_files/`, or on the original APPA-REAL release: the app's page Train has "
                "the command for a folder, and the README tells more."
            ),
        ],
    )


def describe_views(views: Views, size: int) -> str:
    """Return views of faces with a side of `size` pixels in words."""
    return "; ".join(_describe(view, size) for view in views)


def _describe(view: View, size: int) -> str:
    words = [tr("mirror image") if view.mirrored else tr("the face itself")]
    if view.detail < size:
        words.append(tr("no detail finer than at {size} px").format(size=view.detail))
    return ", ".join(words)


def _run(card: Metrics, run: Metrics) -> str:
    settings = ", ".join(
        f"{name} {run[name]}"
        for name in ("loss", "lr", "batch_size", "sigma", "sigma_growth", "l1", "ema", "seed")
    )
    return tr(
        "{architecture}, aligned faces of {size} px, start: {init}; {epochs} epochs "
        "({start_size} px growing to {size} px) in {minutes} minutes on a {device} "
        "({precision}); best epoch on valid: {best_epoch}. {settings}."
    ).format(
        architecture=card["architecture"],
        size=card["face"]["size"],
        init=run["init"],
        epochs=run["epochs_run"],
        start_size=run["start_size"] or card["face"]["size"],
        minutes=f"{run['minutes']:.0f}",
        device=run["device"].upper(),
        precision=run["precision"],
        best_epoch=run["best_epoch"],
        settings=settings,
    )
