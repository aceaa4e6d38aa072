"""The model card: everything measured about a model, from the files of figures.

The app shows it in the reader's language; the file that ships with the model is in English. No
figure is typed by hand; where the model misses an aim, the card says so by itself.
"""

from dataclasses import dataclass
from pathlib import Path

from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from age_model.model.json_files import read_json
from age_model.model.tta import Look, Looks, looks_from_list
from age_model.reports import (
    card_errors,
    card_failures,
    card_gate,
    card_sources,
    card_sureness,
)
from age_model.reports.markdown import Figures, Section, bullets, markdown

TEST_FILE, PORTRAITS_FILE = "metrics.json", "portraits.json"
DAMAGE_FILE, PORTRAITS_DAMAGE_FILE = "robustness.json", "portraits_robustness.json"

# What the shipped model says; others are shown as they are.
_LICENCES = (
    mark(
        "Trained on UTKFace: for non-commercial research only; the photos belong to their owners."
    ),
)


@dataclass(frozen=True)
class Evaluation:
    """The figures of a model: of the test photos and of portraits from another source.

    `damage` and `portraits_damage` are robustness reports, `test` and `portraits` metrics reports;
    `sources` holds what `source_figures` returns, nothing if no sources were measured.
    """

    test: Figures
    portraits: Figures
    damage: Figures
    portraits_damage: Figures
    sources: list[Figures]

    @classmethod
    def read(cls, folder: Path) -> "Evaluation":
        """Read the files that the command `report` wrote to a folder.

        Raises:
            FileNotFoundError: if one is missing.
        """
        files = (TEST_FILE, PORTRAITS_FILE, DAMAGE_FILE, PORTRAITS_DAMAGE_FILE)
        test, portraits, damage, portraits_damage = (read_json(folder / name) for name in files)
        sources = card_sources.read_sources(folder)
        return cls(test, portraits, damage, portraits_damage, sources)


def model_card(card: Figures, measured: Evaluation) -> str:
    """Return the model card as Markdown; arguments as of `card_sections`."""
    return markdown(card_title(), card_sections(card, measured))


def card_title() -> str:
    """Return the heading of the model card."""
    return tr("The age model")


def card_sections(card: Figures, measured: Evaluation) -> list[Section]:
    """Return the sections of the model card.

    Args:
        card: the content of `model.json`.
        measured: its figures.
    """
    missed = card_failures.failures(
        measured.test, measured.portraits, measured.damage, measured.portraits_damage
    )
    return [
        _purpose(),
        Section(tr("Where it misses its aims"), [bullets(missed)]),
        card_errors.errors(measured.test, measured.portraits),
        *([card_sources.sources(measured.sources)] if measured.sources else []),
        card_errors.bands(measured.test),
        card_errors.groups(measured.test),
        card_sureness.intervals(measured.test, measured.portraits),
        card_sureness.probabilities(measured.test),
        card_sureness.sureness(measured.test),
        card_gate.age_gate(measured.test),
        card_gate.published_forms(measured.test),
        card_errors.bad_photos(measured.damage),
        card_errors.resolutions(measured.damage, measured.portraits_damage),
        _origin(card),
    ]


def _purpose() -> Section:
    limits = (
        tr(
            "The labels it learned from are noisy: two copies of one picture differ by several "
            "years."
        ),
        tr("It cannot tell a live person from a picture of one."),
        tr(
            "It knows few children between 13 and 17 and few people over 80, and is less sure of "
            "them."
        ),
        tr("Small, dark, turned or covered faces are read less well; the warnings say so."),
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


def _origin(card: Figures) -> Section:
    data, runs = card["data"], card["training"]
    photos, looks = data["photos"], looks_from_list(card["looks"])
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
                "Networks: {n}. Their answers to these pictures of a face are averaged: {looks}."
            ).format(n=len(runs), looks=describe_looks(looks, card["face"]["size"])),
            tr(
                "To train on APPA-REAL or a shop's own photos: `python train.py --data-dir "
                "FOLDER`, with `labels.csv` (`file_name`, `real_age`) beside `final_files/`, or "
                "the original APPA-REAL release. The README tells more."
            ),
        ],
    )


def describe_looks(looks: Looks, size: int) -> str:
    """Return looks at faces with a side of `size` pixels in words."""
    return "; ".join(_describe(look, size) for look in looks)


def _describe(look: Look, size: int) -> str:
    words = [tr("mirror image") if look.mirrored else tr("the face itself")]
    if look.detail < size:
        words.append(tr("no detail finer than at {size} px").format(size=look.detail))
    return ", ".join(words)


def _run(card: Figures, run: Figures) -> str:
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
