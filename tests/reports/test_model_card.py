"""The model card, made from the shipped files of metrics and from changed ones."""

import copy
import re
from dataclasses import replace
from typing import Any

import pytest

from age_model.evaluation.source_metrics import source_metrics
from age_model.model.tta import View
from age_model.predict.id_rule import AskRule
from age_model.release import released
from age_model.reports.model_card import Evaluation, describe_views, model_card
from tests.support.made_up import make_source_table

SOURCES = source_metrics(make_source_table(), AskRule())


@pytest.fixture
def card() -> dict[str, Any]:
    return released().card()


@pytest.fixture
def measured() -> Evaluation:
    """Metrics that miss no aim, to be changed."""
    measured = copy.deepcopy(Evaluation.read(released().evaluation_dir))
    for band in measured.test["bands"]:
        band["bias"] = 0.5
    for group in measured.test["groups"]:
        group["same_ages_ratio"] = 1.0
    for row in measured.robustness["corruptions"]:
        row["passed"] = True
    portraits = [group for group in measured.portraits["groups"] if group["by"] == "colour"]
    for summary in (measured.portraits["overall"], *portraits):
        summary |= {"mae": 4.0, "bias": 0.5}
    for name in ("overall", "coral_test"):
        measured.test[name]["mae"] = 4.0
    for level, metrics in measured.test["intervals"].items():
        for shares in (metrics, *metrics["bands"]):
            shares["coverage"] = int(level) / 100
        metrics["mean_width"] = metrics["constant_width"] - 1
    measured.test["risk_coverage"]["mae_cut_at_80"] = 0.25
    for report in (measured.robustness, measured.portraits_robustness):
        for row in report["resolutions"]:
            row["shift"] = 0.1
    for source in measured.sources:
        source |= {"bias": 0.5, "inside_90": 0.9, "teens_read_adult": 0}
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
        f"- People aged {youngest['band']} are estimated 2.0 years too old "
        "(aim: at most 1.5; n = 321)."
    ]
    oldest["bias"] = -3.5
    assert "estimated 3.5 years too young (aim: at most 3;" in failures(card, measured)[1]


def test_a_group_with_larger_errors_is_named(card: dict[str, Any], measured: Evaluation) -> None:
    group = measured.test["groups"][0]
    assert group["group"] == "female"
    group["same_ages_ratio"] = 1.31
    (sentence,) = failures(card, measured)
    assert sentence.startswith("- Female: ") and "1.31 times" in sentence


def test_costly_corruptions_are_named(card: dict[str, Any], measured: Evaluation) -> None:
    first, second, *_ = measured.robustness["corruptions"]
    first |= {"passed": False, "mae_change": 1.7, "mae_change_low": 1.5, "mae_change_high": 1.9}
    metrics = ("mae", "bias", "mae_change")
    second |= dict.fromkeys(metrics) | {"passed": False, "n": 0}
    found = failures(card, measured)
    assert "MAE +1.70 (+1.50 to +1.90)" in found[0]
    assert "no face was found" in found[1]


def test_corruptions_have_their_per_cent_signs_as_each_language_writes_them(
    card: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = Evaluation.read(released().evaluation_dir)
    english = model_card(card, measured)
    assert "Crop 20% wider" in english
    assert not re.search(r"\d\s%", english)
    monkeypatch.setattr("age_model.i18n.translate._choose", lambda: "ru")
    assert not re.search(r"\d%", model_card(card, measured))


def test_a_corruption_that_only_biases_is_named_for_its_bias(
    card: dict[str, Any], measured: Evaluation
) -> None:
    grey = next(row for row in measured.robustness["corruptions"] if row["bias_limit"])
    grey |= {"passed": False, "mae_change": 0.1, "bias": -1.2, "bias_low": -1.5, "bias_high": -0.9}
    assert failures(card, measured) == [
        "- Greyscale: bias −1.20 (−1.50 to −0.90) (aim: below 1 either way)."
    ]


def test_large_errors_are_named(card: dict[str, Any], measured: Evaluation) -> None:
    measured.test["overall"] |= {"mae": 4.256, "n": 4672}
    measured.test["coral_test"] |= {"mae": 4.2, "n": 3287}  # just at the aim
    measured.portraits["overall"] |= {"mae": 5.1, "n": 75}
    assert failures(card, measured) == [
        "- UTKFace, test split: MAE 4.26 (aim: at most 4.25; n = 4,672).",
        "- Official portraits, another source: MAE 5.10 (aim: at most 4.50; n = 75).",
    ]


def test_biased_portraits_are_named(card: dict[str, Any], measured: Evaluation) -> None:
    grey = next(g for g in measured.portraits["groups"] if g["group"] == "grey")
    grey |= {"bias": -5.37, "bias_low": -8.4, "bias_high": -2.4, "n": 21}
    (sentence,) = failures(card, measured)
    assert sentence == (
        "- Official portraits, another source, grey: bias −5.37 (−8.40 to −2.40) "
        "(aim: at most 1.5 either way; n = 21)."
    )


def test_what_another_source_misses_is_named(card: dict[str, Any], measured: Evaluation) -> None:
    full = {e["source"]: e for e in measured.sources if e["size"] == "full"}
    family, players = full["FG-NET"], full["Football players"]
    family |= {"bias": 3.77, "bias_low": 2.81, "bias_high": 4.75, "people": 37}
    family |= {
        "inside_90": 0.6693,
        "inside_90_low": 0.6077,
        "inside_90_high": 0.7249,
        "teens": 58,
        "teens_read_adult": 2,
    }
    players |= {"inside_90": 0.87, "teens": 10, "teens_read_adult": 1}  # at the aim; too few
    full["UTKFace test"]["bias"] = -2.0  # that of each band is listed instead
    found = failures(card, measured)
    assert found == [
        "- FG-NET: bias +3.77 (+2.81 to +4.75) (aim: at most 1.5 either way; n = 37).",
        "- FG-NET: the real age of 66.9% (60.8% to 72.5%) of the people is inside the 90% range "
        "(aim: at least 87%; n = 37).",
        "- FG-NET: 2 of 58 photos of people aged 14 to 17 are estimated 25 or older (aim: at most "
        "2%).",
    ]
    family["teens_read_adult"] = 1
    assert failures(card, measured) == found[:2]
    family["people"] = 29  # too few
    assert failures(card, measured) == ["- In none of the measures below."]


def test_ranges_that_do_not_hold_are_named(card: dict[str, Any], measured: Evaluation) -> None:
    metrics = measured.test["intervals"]["80"]
    few, many, *_ = metrics["bands"]
    few |= {"coverage": 0.6, "n": 149}  # too few to judge
    many |= {"band": "13–17", "coverage": 0.727, "n": 150}
    assert failures(card, measured) == [
        "- The 80% range covers 72.7% at a predicted age of 13–17 (aim: within 5 points; n = 150)."
    ]
    metrics["coverage"], measured.test["overall"]["n"] = 0.83, 4672
    metrics["mean_width"] = metrics["constant_width"]
    first, _, width = failures(card, measured)
    assert first == "- The 80% range covers 83.0% (aim: within 2.5 points; n = 4,672)."
    assert "The 80% range is" in width and "aim: narrower" in width


def test_doubts_that_are_worth_little_are_named(card: dict[str, Any], measured: Evaluation) -> None:
    measured.test["risk_coverage"]["mae_cut_at_80"] = 0.159
    (sentence,) = failures(card, measured)
    assert "cuts the MAE by 15.9% (aim: at least 20%)" in sentence


def test_faces_that_are_read_otherwise_when_small_are_named(
    card: dict[str, Any], measured: Evaluation
) -> None:
    measured.portraits_robustness["resolutions"][-1] |= {"pixels": 56, "shift": -1.16}
    assert failures(card, measured) == [
        "- Official portraits, another source: faces of 56 px are estimated 1.2 years younger than "
        "the same at 200 px (aim: at most 0.5)."
    ]


def test_every_table_is_complete(card: dict[str, Any], measured: Evaluation) -> None:
    text = model_card(card, replace(measured, sources=SOURCES))
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) == 20
    for table in tables:
        header, line, *rows = table.splitlines()
        assert rows, header
        assert len({row.count("|") for row in (header, line, *rows)}) == 1, header
    assert "None" not in text and "nan" not in text


def test_sources_stand_beside_each_other(card: dict[str, Any], measured: Evaluation) -> None:
    text = model_card(card, replace(measured, sources=SOURCES))
    section = text.split("## Photos of several sources")[1].split("\n## ")[0]
    assert [line for line in section.splitlines() if line.startswith("| Family")] == [
        "| Family | as they are | 4 | 3 | 5.00 (2.00 to 11.00) | +3.67 (−2.00 to +11.00) "
        "| 66.7% (0.0% to 100.0%) | 1 of 3 |",
        "| Family | halved | 4 | 3 | 5.33 (1.00 to 12.00) | +4.67 (−1.00 to +12.00) "
        "| 66.7% (0.0% to 100.0%) | 1 of 3 |",
        "| Family | as they are | – | +6.5 (2) | – | – | −2.0 (1) | – | – | – |",
        "| Family | halved | – | +7.5 (2) | – | – | −1.0 (1) | – | – | – |",
    ]


def test_without_further_sources_the_card_has_no_such_section(
    card: dict[str, Any], measured: Evaluation
) -> None:
    assert "several sources" not in model_card(card, replace(measured, sources=[]))


def test_sentences_titles_and_rows_begin_with_capitals(
    card: dict[str, Any], measured: Evaluation
) -> None:
    measured.test["groups"][0]["same_ages_ratio"] = 1.3  # "female"
    lines = re.findall(r"^(?:- |\| )(.*)$", model_card(card, measured), re.MULTILINE)
    assert any(line.startswith("Female: the MAE at equal ages is 1.30") for line in lines)
    assert any(line.startswith("Female, ") for line in lines)
    assert not [line for line in lines if line[:1].islower()]
    assert any("| n aged 14 to 17 | Bias |" in line for line in lines)


def test_the_headline_is_that_of_the_metrics(card: dict[str, Any], measured: Evaluation) -> None:
    measured.test["overall"] |= {"n": 4321, "mae": 4.567, "mae_low": 4.4, "mae_high": 4.7}
    assert "| 4,321 | 4.57 (4.40 to 4.70) |" in model_card(card, measured)


def test_views_in_words() -> None:
    views = View(160), View(80, mirrored=True)
    assert describe_views(views, 160) == (
        "the face itself; mirror image, no detail finer than at 80 px"
    )


def section(text: str, title: str) -> str:
    return text.split(f"## {title}")[1].split("\n## ")[0]


def test_the_gate_is_told_of_people_of_14_to_17(card: dict[str, Any], measured: Evaluation) -> None:
    usual = measured.test["gate"]["usual"]
    usual |= {"n_minors": 1234, "false_pass": 0.02, "false_pass_low": 0.01, "false_pass_high": 0.04}
    usual |= {"challenge_age": 23, "likelihood": 0.0212}
    usual |= {"n_minors_17": 7, "false_pass_17": None}
    gate = section(model_card(card, measured), "Asking for ID (test)")
    assert "younger than 23" in gate and "above 2.12%" in gate
    assert "| 14 to 17 | 1,234 | 2.0% (1.0% to 4.0%) |" in gate
    assert "| 17 | 7 | – |" in gate
    assert "| All from 25 | 3,328 |" in gate


def test_how_the_rule_was_chosen_is_told_as_it_was(
    card: dict[str, Any], measured: Evaluation
) -> None:
    measured.test["gate"]["fitted_from"] = 0
    older = section(model_card(card, measured), "Asking for ID (test)")
    assert "fitted on everybody under 18" in older and "at most a fifth" not in older
    measured.test["gate"]["fitted_from"] = 14
    measured.test["gate"]["usual"]["target"] = 0.05
    newer = section(model_card(card, measured), "Asking for ID (test)")
    assert "at most a fifth of people aged 25 to 34" in newer and "wanted: 5.0%" in newer
    assert "everybody under 18" not in newer
    measured.test["gate"]["usual"]["likelihood"] = 1.0
    views = section(model_card(card, measured), "Asking for ID (test)")
    assert "at most a fifth" not in views and "100" not in views.split("|")[0]


def test_nist_is_held_against_the_row_of_25_with_its_people_named(
    card: dict[str, Any], measured: Evaluation
) -> None:
    row = next(row for row in measured.test["gate"]["challenge_ages"] if row["age"] == 25)
    row |= {"n_minors": 99, "false_pass": 0.0712}
    gate = section(model_card(card, measured), "Asking for ID (test)")
    assert "0.024 ± 0.011; compare it with the row for 25 above: 0.071 of 99" in gate
    assert "youngest about 14" in gate and "immigration offices" in gate
    row["n_minors"] = 0  # nothing to compare
    assert "NIST" not in section(model_card(card, measured), "Asking for ID (test)")


def test_errors_stand_in_the_forms_of_others(card: dict[str, Any], measured: Evaluation) -> None:
    forms = measured.test["published"]
    forms["nist"] |= {"mae": 3.456, "n": 4321}
    forms["yoti"][0] |= {"n": 161, "under_25": 0.9, "under_25_low": 0.8, "under_25_high": 0.95}
    text = section(model_card(card, measured), "In the form of other evaluations (test)")
    assert "3.46 years (26 of 26 cells, n = 4,321)" in text
    assert "| All | 161 | 90.0% (80.0% to 95.0%) |" in text
    assert [line.split(" | ")[0] for line in text.splitlines() if re.match(r"\| \d", line)] == [
        f"| {age}" for age in range(18, 31)
    ]
    forms["nist"]["mae"] = None
    assert "NIST" not in section(
        model_card(card, measured), "In the form of other evaluations (test)"
    )


def test_the_gate_stands_beside_other_sources(card: dict[str, Any], measured: Evaluation) -> None:
    text = model_card(card, replace(measured, sources=SOURCES))
    gate = text.split("## Asking for ID")[1].split("\n## ")[0]
    assert "| Family | as they are | 2 | 50.0% (9.4% to 90.5%) |" in gate
    older = [{**entry, "gate": {}} for entry in SOURCES]  # measured before the gate was
    assert (
        "family"
        not in model_card(card, replace(measured, sources=older))
        .split("## Asking for ID")[1]
        .split("\n## ")[0]
    )


def test_the_card_tells_how_far_people_are_told_apart(
    card: dict[str, Any], measured: Evaluation
) -> None:
    assert measured.verification is not None
    source = measured.verification["sources"][0]
    source |= {"source": "Museum", "people": 1234, "occasions_differ": True}
    source["scores"][0] |= {"far_1000": 0.321, "far_1000_low": 0.3, "far_1000_high": 0.4}
    source["scores"][-1]["name"] = "a network"
    text = section(model_card(card, measured), "Telling who somebody is")
    assert "| Museum | features | 1,234 |" in text and "| 32.1% (30.0% to 40.0%) |" in text
    assert "| Museum | reference: a network |" in text
    assert "taken at different ages: Museum, FG-NET" in text and "one occasion" not in text


def test_another_model_is_not_said_to_have_been_verified(
    card: dict[str, Any], measured: Evaluation
) -> None:
    assert measured.verification is not None
    measured.verification["maker"] = "another"
    assert "Telling who somebody is" not in model_card(card, measured)
    assert "Telling" not in model_card(card, replace(measured, verification=None))
