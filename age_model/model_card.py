"""The model card: everything measured about a model, as Markdown, from the files of figures.

The app shows it in the reader's language; the file that ships with the model is in English. No
figure is typed by hand; where the model misses an aim, the card says so by itself.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from age_model import card_errors, card_sureness
from age_model.card_figures import Figures, bullets, signed
from age_model.groups import group_in_words
from age_model.language import mark, number, tr

BIAS_AIM, BIAS_AIM_OLDEST = 1.5, 3.0  # years, in a band of real age; the second from 65 on
GROUP_AIM = 1.25  # a group's MAE at equal ages, against that of all photos
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

    `damage` and `portraits_damage` are robustness reports, the other two metrics reports.
    """

    test: Figures
    portraits: Figures
    damage: Figures
    portraits_damage: Figures

    @classmethod
    def read(cls, folder: Path) -> "Evaluation":
        """Read the files that the command `report` wrote to a folder.

        Raises:
            FileNotFoundError: if one is missing.
        """
        files = (TEST_FILE, PORTRAITS_FILE, DAMAGE_FILE, PORTRAITS_DAMAGE_FILE)
        return cls(*(json.loads((folder / name).read_text(encoding="utf-8")) for name in files))


def model_card(card: Figures, measured: Evaluation) -> str:
    """Return the model card as Markdown.

    Args:
        card: the content of `model.json`.
        measured: its figures.
    """
    parts = (
        _purpose(),
        _failures(measured),
        card_errors.errors(measured.test, measured.portraits),
        card_errors.bands(measured.test),
        card_errors.groups(measured.test),
        card_sureness.intervals(measured.test, measured.portraits),
        card_sureness.probabilities(measured.test),
        card_sureness.sureness(measured.test),
        card_sureness.age_gate(measured.test),
        card_errors.bad_photos(measured.damage),
        card_errors.resolutions(measured.damage, measured.portraits_damage),
        _origin(card),
    )
    return "\n\n".join(["# " + tr("The age model"), *parts]) + "\n"


def _purpose() -> str:
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
    return "\n\n".join(
        [
            "## " + tr("What it is for, and what it is not for"),
            tr(
                "It estimates how old a person on a photo is, with a range: to see what age groups "
                "buy, and to remind a cashier to ask for ID. It must not be used to prove an age, "
                "to refuse a sale without asking for ID, to judge a person or a cashier from "
                "single photos, to tell who somebody is, or where people have not been told that "
                "they are photographed."
            ),
            tr("Limits:"),
            bullets(limits),
        ]
    )


def _failures(measured: Evaluation) -> str:
    found = [*_biased_bands(measured.test), *_worse_groups(measured.test), *_costly(measured)]
    sentences = found or [tr("In none of the measures below.")]
    return "## " + tr("Where it misses its aims") + "\n\n" + bullets(sentences)


def _biased_bands(test: Figures) -> Iterator[str]:
    for band in test["bands"]:
        aim = BIAS_AIM_OLDEST if band["band"] == "65+" else BIAS_AIM
        if abs(band["bias"]) > aim:
            text = (
                tr("People of {ages} are read {years} years too old (aim: at most {aim}; n = {n}).")
                if band["bias"] > 0
                else tr(
                    "People of {ages} are read {years} years too young (aim: at most {aim}; "
                    "n = {n})."
                )
            )
            yield text.format(
                ages=band["band"],
                years=number(abs(band["bias"]), ".1f"),
                aim=number(aim, "g"),
                n=band["n"],
            )


def _worse_groups(test: Figures) -> Iterator[str]:
    for group in test["groups"]:
        if (group["same_ages_ratio"] or 0) > GROUP_AIM:
            yield tr(
                "{group}: the MAE at equal ages is {ratio} times that of all photos (aim: at most "
                "{aim}; n = {n})."
            ).format(
                group=group_in_words(group["group"]),
                ratio=number(group["same_ages_ratio"], ".2f"),
                aim=number(GROUP_AIM, "g"),
                n=group["n"],
            )


def _costly(measured: Evaluation) -> Iterator[str]:
    for row in measured.damage["corruptions"]:
        if not row["passed"]:
            found = row["mae_change"] is not None
            cost = signed(row, "mae_change") if found else tr("no face was found")
            yield tr("{damage}: MAE {cost} (aim: at most {aim}).").format(
                damage=tr(row["name"]).capitalize(), cost=cost, aim=number(row["limit"], "+g")
            )


def _origin(card: Figures) -> str:
    training, data = card["training"], card["data"]
    photos = data["photos"]
    settings = ", ".join(
        f"{name} {training[name]}"
        for name in ("loss", "lr", "batch_size", "sigma", "sigma_growth", "l1", "ema", "seed")
    )
    return "\n\n".join(
        [
            "## " + tr("Data, licence, training"),
            tr(
                "{licence} Photos: {train} train, {valid} valid, {test} test. Labels: `{label}`."
            ).format(
                licence=tr(card["licence"]),
                train=photos["train"],
                valid=photos["valid"],
                test=photos["test"],
                label=data["label"],
            ),
            tr(
                "{architecture}, aligned faces of {size} px, start: {init}; {epochs} epochs "
                "({start_size} px growing to {size} px) in {minutes} minutes on a {device} "
                "({precision}); best epoch on valid: {best_epoch}. {settings}. Everything else is "
                "in `model.json`; the trials that led here are in `docs/experiments.md`."
            ).format(
                architecture=card["architecture"],
                size=card["face"]["size"],
                init=training["init"],
                epochs=training["epochs_run"],
                start_size=training["start_size"] or card["face"]["size"],
                minutes=f"{training['minutes']:.0f}",
                device=training["device"].upper(),
                precision=training["precision"],
                best_epoch=training["best_epoch"],
                settings=settings,
            ),
            tr(
                "To train on APPA-REAL or a shop's own photos: `python train.py --data-dir "
                "FOLDER`, with `labels.csv` (`file_name`, `real_age`) beside `final_files/`, or "
                "the original APPA-REAL release. The README tells more."
            ),
        ]
    )
