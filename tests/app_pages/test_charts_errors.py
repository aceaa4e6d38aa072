"""The numbers in the traces, from tables that can be counted by hand."""

import re

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from age_model.evaluation.age_gate import gate_curves, gate_metrics, rule_errors
from age_model.evaluation.metrics import wilson
from age_model.evaluation.uncertainty import interval_metrics, risk_coverage
from age_model.predict.id_rule import AskRule
from app_pages.charts import age_gate, errors
from app_pages.charts.base import GREY
from app_pages.charts.heat_map import error_heat_map
from tests.support.contrast import contrast


@pytest.fixture
def table() -> pd.DataFrame:
    """Errors of 1, 5, 6, 40 and 0 years."""
    real, predicted = np.array([10.0, 15, 17, 20, 30]), np.array([11.0, 20, 23, 60, 30])
    margin = np.array([4, 4, 8, 20, 2])
    return pd.DataFrame(
        {
            "real_age": real,
            "predicted_age": predicted,
            "age_low": predicted - margin,
            "age_high": predicted + margin,
            "age_low_80": predicted - margin / 2,
            "age_high_80": predicted + margin / 2,
        }
    )


def test_scores_count_errors_of_at_most_so_many_years(table: pd.DataFrame) -> None:
    figure = errors.cumulative_scores(table)
    share = dict(zip(figure.data[0].x, figure.data[0].y, strict=True))
    assert [share[years] for years in (0, 1, 4, 5, 6, 30)] == [0.2, 0.4, 0.4, 0.6, 0.8, 0.8]
    assert figure.layout.shapes[0].x0 == 5


def test_confusion_shares_add_up_in_each_real_band(table: pd.DataFrame) -> None:
    cells = errors.band_confusion(table).data[0]
    assert list(cells.y) == ["0–12 (1)", "13–17 (2)", "18–24 (1)", "25–34 (1)"]
    columns = list(cells.x)
    assert cells.z[1][columns.index("18–24")] == 1  # both of 13–17 are taken for 18–24
    assert cells.z[2][columns.index("55–64")] == 1
    assert cells.text[1][columns.index("18–24")] == "100%"
    np.testing.assert_allclose(np.nansum(np.asarray(cells.z, float), axis=1), 1)
    assert np.isnan(cells.z[0][columns.index("65+")])
    assert cells.customdata[1][columns.index("18–24")].tolist() == ["13–17", "2"]


def test_confusion_writes_no_share_that_rounds_to_nothing() -> None:
    ages = {"real_age": [30.0] * 300, "predicted_age": [30.0] * 297 + [40.0, 40.0, 70.0]}
    cells = errors.band_confusion(pd.DataFrame(ages)).data[0]
    assert [text for text in cells.text[0] if text] == ["99%", "1%"]
    assert cells.z[0][-1] == pytest.approx(1 / 300)  # the cell is there, and has a tooltip


def test_percentages_are_written_as_the_reader_writes_them(
    monkeypatch: pytest.MonkeyPatch, table: pd.DataFrame
) -> None:
    monkeypatch.setattr("age_model.i18n.translate._choose", lambda: "ru")
    ticks = errors.cumulative_scores(table).layout.yaxis
    assert (ticks.tickformat, ticks.labelalias["25%"]) == (".0%", "25\N{NO-BREAK SPACE}%")
    cells = errors.band_confusion(table).data[0]
    assert "100\N{NO-BREAK SPACE}%" in cells.text[1]


def test_coverage_has_a_point_a_band_and_the_promised_levels(table: pd.DataFrame) -> None:
    figure = errors.interval_coverage(interval_metrics(table))
    eighty, ninety = figure.data
    assert (eighty.name, ninety.name) == ("80% range", "90% range")
    assert list(ninety.x) == ["0–12<br>1", "18–24<br>2", "25–34<br>1", "55–64<br>1"]
    assert list(ninety.y) == [1, 0.5, 1, 0]
    low, high = wilson(1, 2)
    assert ninety.y[1] + ninety.error_y.array[1] == pytest.approx(high)
    assert ninety.y[1] - ninety.error_y.arrayminus[1] == pytest.approx(low)
    assert ninety.customdata[1].tolist() == pytest.approx([low, high])
    assert [line.y0 for line in figure.layout.shapes] == [0.8, 0.9]
    assert figure.layout.showlegend


def test_coverage_of_one_level_alone(table: pd.DataFrame) -> None:
    older = table.drop(columns=["age_low_80", "age_high_80"])
    assert len(errors.interval_coverage(interval_metrics(older)).data) == 1


def test_the_surest_photos_have_the_narrowest_ranges(table: pd.DataFrame) -> None:
    curve = errors.error_of_the_surest(risk_coverage(table)).data[0]
    mae = dict(zip(curve.x, curve.y, strict=True))
    assert mae[1.0] == pytest.approx(52 / 5)
    assert mae[0.8] == pytest.approx(12 / 4)
    assert dict(zip(curve.x, curve.customdata[:, 0], strict=True))[0.8] == 4


def test_gate_draws_both_errors_with_their_intervals(table: pd.DataFrame) -> None:
    figure = age_gate.gate_errors(gate_metrics(table, {}), 21)
    passes, challenges = figure.data
    assert list(passes.x) == list(range(18, 36))
    at_21 = list(passes.x).index(21)
    assert passes.y[at_21] == pytest.approx(1 / 2)  # the child of 10 does not count
    assert tuple(passes.customdata[at_21]) == pytest.approx(wilson(1, 2))
    assert challenges.y[at_21] == 0
    assert challenges.y[list(challenges.x).index(31)] == 1
    assert (passes.name, challenges.name) == ("14 to 17, not asked", "25 to 34, asked")
    assert figure.layout.shapes[0].x0 == 21


def test_gate_without_minors_leaves_their_curve_empty(table: pd.DataFrame) -> None:
    adults = table[table["real_age"] >= 18]
    passes, challenges = age_gate.gate_errors(gate_metrics(adults, {}), 25).data
    assert np.isnan(np.asarray(passes.y, float)).all()
    assert not np.isnan(np.asarray(challenges.y, float)).any()


def test_gate_curve_marks_the_chosen_age_on_each_rule(table: pd.DataFrame) -> None:
    rows = pd.concat([table] * 4, ignore_index=True)
    curves = gate_curves(rows.assign(p_under_18=(rows["real_age"] < 18) * 0.9))
    usual = rule_errors(rows, AskRule(20))
    figure = age_gate.gate_curve(curves, usual, 21)
    estimate, probability, first, second, star = figure.data
    assert estimate.customdata[3][0] == 21
    assert (estimate.x[3], estimate.y[3]) == pytest.approx((1 / 2, 0))
    assert (estimate.x[13], estimate.y[13]) == pytest.approx((0, 1))  # at 31 everybody is asked
    assert (probability.x[13], probability.y[13]) == (0, 0)
    assert (first.x[0], first.y[0], first.text[0]) == (estimate.x[3], 0, "21")
    assert first.x[0] + first.error_x.array[0] == pytest.approx(wilson(4, 8)[1])
    assert second.error_y.array[0] == pytest.approx(wilson(0, 4)[1])
    assert [trace.showlegend for trace in figure.data] == [None, None, False, False, True]
    assert (star.x[0], star.y[0]) == (usual["false_pass"], usual["false_challenge"])
    assert star.x[0] + star.error_x.array[0] == pytest.approx(usual["false_pass_high"])
    assert (star.name, star.marker.symbol) == ("The usual rule", "star")
    alone = age_gate.gate_curve(gate_curves(rows), usual, 21)
    assert len(alone.data) == 3


def test_a_map_of_many_columns_is_read_on_a_phone() -> None:
    names = ["Football players", "LFW", "UTKFace test", "Portraits", "FG-NET"]
    cells = pd.DataFrame({"row": "13–17", "column": names, "n": 99, "mae": 4.0, "bias": 0.5})
    many = error_heat_map(cells, ["13–17"], names, ("Real age", "Source"))
    assert many.data[0].x[0] == "Football<br>players"
    assert many.layout.xaxis.tickangle == 0 and many.layout.xaxis.tickfont.size == 10
    assert all(trace.textfont.size == 11 for trace in many.data)
    few = error_heat_map(cells.head(2), ["13–17"], names[:2], ("Real age", "Source"))
    assert few.layout.xaxis.tickfont.size is None and few.data[0].textfont.size is None


def test_charts_leave_the_page_to_scroll_and_the_colours_to_the_theme(table: pd.DataFrame) -> None:
    figures: list[go.Figure] = [
        errors.cumulative_scores(table),
        errors.interval_coverage(interval_metrics(table)),
        errors.error_of_the_surest(risk_coverage(table)),
        age_gate.gate_errors(gate_metrics(table, {}), 25),
        age_gate.gate_curve(gate_curves(table), rule_errors(table, AskRule()), 25),
    ]
    for figure in figures:
        assert figure.layout.dragmode is False
        assert figure.layout.xaxis.fixedrange
        assert figure.layout.yaxis.fixedrange
        assert figure.layout.xaxis.title.text
        assert figure.layout.yaxis.title.text
        for trace in figure.data:
            assert trace.to_plotly_json().get("marker", {}).get("color") in (None, GREY)
            assert "colorscale" not in trace.to_plotly_json()


@pytest.mark.parametrize(
    "background, text", [((255, 255, 255), (15, 24, 32)), ((17, 24, 29), (233, 238, 242))]
)
def test_numbers_on_cells_are_read_on_every_shade_in_both_themes(
    background: tuple[int, ...], text: tuple[int, ...]
) -> None:
    table = pd.DataFrame({"real_age": [5.0, 30.0], "predicted_age": [6.0, 31.0]})
    shades = errors.band_confusion(table).data[0].colorscale
    for _, shade in shades:
        *colour, alpha = map(float, re.findall(r"[\d.]+", shade))
        seen = [alpha * own + (1 - alpha) * b for own, b in zip(colour, background, strict=True)]
        assert contrast(seen, text) >= 7
