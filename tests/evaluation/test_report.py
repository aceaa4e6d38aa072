"""The report of one predictions table: its content, and its text."""

import json
from typing import Any

import pytest

from age_model.evaluation.report import metrics_report
from age_model.model.version import maker_of
from age_model.reports.console import format_metrics
from tests.support.made_up import make_test_predictions

CARD: dict[str, Any] = {
    "architecture": "resnet18",
    "head": "distribution",
    "decoding": "median",
    "data": {"train_median_age": 25.0},
    "gate": {},
}
THRESHOLDS = {"predicted_age": {"1": 20.5}, "p_under_18": {"1": 0.2}}
GATE = {"rule": "p_under_18", "thresholds": THRESHOLDS}


def test_report_by_hand() -> None:
    report = metrics_report(make_test_predictions(), CARD, photos_without_face=1)
    assert json.loads(json.dumps(report)) == report
    assert list(report) == [
        "model", "split", "overall", "coral_test", "coral_test_known", "bands", "baseline", "marks",
        "photos_without_face", "interval_90_coverage", "intervals", "probabilities",
        "risk_coverage", "groups", "gate", "published",
    ]  # fmt: skip
    assert report["model"] == {
        "architecture": "resnet18",
        "head": "distribution",
        "decoding": "median",
        "maker": maker_of(CARD),
    }
    assert "train_ages" not in report
    known = CARD | {"data": {"train_median_age": 25.0, "train_ages": [1.0, 99.0]}}
    assert metrics_report(make_test_predictions(), known, 1)["train_ages"] == [1, 99]
    assert report["split"] == "test"
    assert report["overall"]["mae"] == 2.25
    assert report["overall"]["rmse"] == 3.2016  # four decimals
    assert (report["coral_test"]["n"], report["coral_test"]["mae"]) == (2, 3.5)
    known = report["coral_test_known"]  # errors +1 and +3
    assert (known["n"], known["mae"], known["bias"]) == (2, 2, 2)
    assert [band["n"] for band in report["bands"]] == [1, 1, 1, 1]
    assert report["baseline"]["constant_age"] == 25
    assert report["baseline"]["mae"] == 10
    assert report["marks"] == {"required": 8.0, "good": 7.0, "paper": 5.4}
    assert report["photos_without_face"] == 1
    assert report["interval_90_coverage"] == 0.75  # the interval's ends belong to it
    assert report["intervals"]["90"]["coverage"] == 0.75
    assert report["probabilities"]["18"]["brier"] == 0.025
    assert report["risk_coverage"]["steps"][0] == {"kept": 1, "n": 4, "mae": 2.25}
    assert report["groups"] == []  # there is neither gender nor ethnicity
    assert report["gate"]["rule"] is None and report["gate"]["targets"] == []
    assert report["published"]["yoti"][0]["under_25"] is None  # the only minor is a child


@pytest.mark.parametrize("column", [["1", "1", "unknown", "0"], [1.0, 1.0, None, 0.0]])
def test_report_counts_coral_photos_in_any_spelling(column: list[Any]) -> None:
    report = metrics_report(make_test_predictions().assign(coral_test=column), CARD, 0)
    assert (report["coral_test"]["n"], report["coral_test"]["mae"]) == (2, 1.5)


def test_report_without_coral_photos_and_of_all_splits() -> None:
    table = make_test_predictions()
    assert "coral_test" not in metrics_report(table.drop(columns="coral_test"), CARD, 0)
    old = metrics_report(table.drop(columns="predicted_age_21_60"), CARD, 0)
    assert "coral_test" in old and "coral_test_known" not in old
    assert "coral_test" not in metrics_report(table.assign(coral_test=0), CARD, 0)
    mixed = table.assign(split=["train", "valid", "test", "test"])
    assert metrics_report(mixed, CARD, 0)["split"] == "all"


def test_metrics_as_text() -> None:
    report = metrics_report(make_test_predictions(), CARD, 1)
    report["overall"] |= {"mae": 7.0, "mae_low": 6.5, "mae_high": 7.25, "n": 4}
    lines = as_lines(report)
    assert lines[0].startswith("resnet18, split test, 4 photos; in 1 no face was found")
    assert "MAE 7.00 (6.50 to 7.25) n = 4" in lines
    assert "MAE, CORAL test set 3.50 (1.00 to 6.00) n = 2" in lines
    assert any(line.startswith("MAE, always 25 10.00 (") for line in lines)
    assert "Median error 1.50" in lines
    assert any(line.startswith("Bias +1.75 (−0.") for line in lines)
    assert "Within 5 years 75.0%" in lines
    assert (
        "Inside the 90% range 75.0% (30.1% to 95.4%) 8.0 years wide; a constant range: 4.0"
    ) in lines
    assert ("Brier score, under 18 0.025 base rate: 0.188; calibration error 10.0%") in lines
    assert "MAE of the surest 80% 1.00 55.6% less" in lines
    marks = lines.index("Mark: required 8.00 met")
    assert lines[marks + 1 : marks + 3] == ["Mark: good 7.00 met", "Mark: paper 5.40 missed"]
    assert lines[marks + 6] == "18–24 1 1.00 (1.00 to 1.00) −1.00 (−1.00 to −1.00)"


def test_no_mark_is_met_by_a_model_that_loses_to_a_constant() -> None:
    report = metrics_report(make_test_predictions(), CARD, 0)
    assert not any("No better" in line for line in as_lines(report))
    report["overall"]["mae"] = report["baseline"]["mae"]
    lines = as_lines(report)
    assert "No better than always guessing 25: no mark is met by that." in lines
    assert not any("Mark:" in line for line in lines)


def test_text_without_coral_photos() -> None:
    report = metrics_report(make_test_predictions().drop(columns="coral_test"), CARD, 0)
    assert "CORAL" not in format_metrics(report)


def test_groups_and_gate_as_text() -> None:
    table = make_test_predictions().assign(
        gender=["male", "female", "male", "female"], ethnicity="Asian"
    )
    lines = as_lines(metrics_report(table, CARD | {"gate": GATE}, 0))
    assert "Group n MAE Bias MAE at the same ages" in lines
    assert "female 2 0.50 (0.00 to 1.00) −0.50 (−1.00 to +0.00) 0.50" in lines
    assert any(line.startswith("male, Asian 2 4.00 (2.00 to 6.00) ") for line in lines)
    rule = lines.index("Asked for an ID: everyone who looks younger than 25")
    assert lines[rule + 1 : rule + 7] == [
        "and everyone whose probability of being under 18 is above 20.00%",
        "14 to 17, not asked – n = 0",  # the only minor is a child
        "16 to 17, not asked – n = 0",
        "17, not asked – n = 0",
        "25 to 34, asked 0.0% (0.0% to 79.3%) n = 1",
        "from 25, asked 0.0% (0.0% to 65.8%) n = 2",
    ]
    assert "Thresholds for a target share of ages 0 to 17 (best on valid: p_under_18):" in lines
    assert lines[rule + 10 : rule + 12] == [
        "predicted_age 1.0% 20.5 – 0.0% (0.0% to 79.3%)",
        "p_under_18 1.0% 0.2 – 0.0% (0.0% to 79.3%)",
    ]
    assert lines[-2:] == [
        "MAE as NIST averages 3.50 two sexes by the ages 18 to 30, 2 of 26 cells, n = 2",
        "13 to 17, under 25 – n = 0",
    ]


def test_no_line_is_wider_than_a_window() -> None:
    table = make_test_predictions().assign(gender="female", ethnicity="Indian")
    text = format_metrics(metrics_report(table, CARD | {"gate": GATE}, 0))
    assert max(map(len, text.splitlines())) <= 100


def as_lines(report: dict[str, Any]) -> list[str]:
    """Return the lines of a report's text, each blank in them being one space."""
    return [" ".join(line.split()) for line in format_metrics(report).splitlines()]
