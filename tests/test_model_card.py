"""The model card, made from the shipped files of figures and from changed ones."""

import copy
import json
import re
from typing import Any

import pytest

from age_model.model_card import Evaluation, model_card
from age_model.model_files import CARD_FILE, DEFAULT_MODEL_DIR
from age_model.readme import EVALUATION_DIR


@pytest.fixture
def card() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DEFAULT_MODEL_DIR / CARD_FILE).read_text("utf-8"))
    return content


@pytest.fixture
def measured() -> Evaluation:
    """Figures that miss no aim, to be changed."""
    measured = copy.deepcopy(Evaluation.read(EVALUATION_DIR))
    for band in measured.test["bands"]:
        band["bias"] = 0.5
    for group in measured.test["groups"]:
        group["same_ages_ratio"] = 1.0
    for row in measured.damage["corruptions"]:
        row["passed"] = True
    return measured


def failures(card: dict[str, Any], measured: Evaluation) -> list[str]:
    text = model_card(card, measured).split("## Where it misses its aims")[1].split("##")[0]
    return [line for line in text.splitlines() if line.startswith("- ")]


def test_without_a_missed_aim_the_card_says_so(card: dict[str, Any], measured: Evaluation) -> None:
    assert failures(card, measured) == ["- In none of the measures below."]


def test_a_biased_band_is_named_with_its_own_aim(
    card: dict[str, Any], measured: Evaluation
) -> None:
    youngest, *_, oldest = measured.test["bands"]
    youngest["bias"], youngest["n"] = 2.04, 321
    oldest["bias"] = -2.5  # within the aim for 65+
    assert failures(card, measured) == [
        f"- People of {youngest['band']} are read 2.0 years too old (aim: at most 1.5; n = 321)."
    ]
    oldest["bias"] = -3.5
    assert "read 3.5 years too young (aim: at most 3;" in failures(card, measured)[1]


def test_a_group_with_larger_errors_is_named(card: dict[str, Any], measured: Evaluation) -> None:
    group = measured.test["groups"][0]
    group["same_ages_ratio"] = 1.31
    (sentence,) = failures(card, measured)
    assert sentence.startswith(f"- {group['group']}: ") and "1.31 times" in sentence


def test_costly_damage_is_named(card: dict[str, Any], measured: Evaluation) -> None:
    first, second, *_ = measured.damage["corruptions"]
    first |= {"passed": False, "mae_change": 1.7, "mae_change_low": 1.5, "mae_change_high": 1.9}
    figures = ("mae", "bias", "mae_change")
    second |= dict.fromkeys(figures) | {"passed": False, "n": 0}
    found = failures(card, measured)
    assert "MAE +1.70 (+1.50 to +1.90)" in found[0]
    assert "no face was found" in found[1]


def test_every_table_is_complete(card: dict[str, Any], measured: Evaluation) -> None:
    text = model_card(card, measured)
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) == 13
    for table in tables:
        header, line, *rows = table.splitlines()
        assert rows, header
        assert len({row.count("|") for row in (header, line, *rows)}) == 1, header
    assert "None" not in text and "nan" not in text


def test_the_headline_is_that_of_the_metrics(card: dict[str, Any], measured: Evaluation) -> None:
    measured.test["overall"] |= {"n": 4321, "mae": 4.567, "mae_low": 4.4, "mae_high": 4.7}
    assert "| 4321 | 4.57 (4.40 to 4.70) |" in model_card(card, measured)
