"""Names that others gave are shown as they are: in charts, and where Markdown is."""

import html
from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go
import pytest

from app_pages.charts.base import shown
from app_pages.charts.data_set import ages_by_group, ages_compared
from app_pages.charts.parts import parts_chart
from app_pages.charts.sources import error_by_source
from app_pages.charts.store import (
    asked_chart,
    cashiers_chart,
    comparison_chart,
    lift_chart,
)
from app_pages.widgets.words import plain

LINK = '<a href="https://evil.example">Olga</a> %{x} & <b>x</b>'


def lift(name: str) -> go.Figure:
    figures = ["lift", "lift_low", "lift_high", "share", "share_all"]
    return lift_chart(pd.DataFrame({"item": [name]}).assign(**dict.fromkeys(figures, 1.0)))


def asked(name: str) -> go.Figure:
    figures = {"rate": 0.8, "rate_low": 0.6, "rate_high": 0.9, "asked": 8, "recorded": 10}
    return asked_chart(pd.DataFrame({"part": [name]}).assign(**figures), "store")


def cashiers(name: str) -> go.Figure:
    figures = {"rate": 0.8, "rate_low": 0.6, "rate_high": 0.9, "asked": 8, "buyers": 10}
    return cashiers_chart(pd.DataFrame({"cashier": [name]}).assign(talk=True, **figures), 0.8)


def parts(name: str) -> go.Figure:
    row = {"part": name, "band": "25–34", "value": 3.0, "low": 2.0, "high": 4.0}
    return parts_chart(pd.DataFrame([row]), "store", "visits")


def comparison(name: str) -> go.Figure:
    ends = {f"{side}_{end}": 1.0 for side in ("first", "second") for end in ("low", "high")}
    row = {"band": "25–34", "first": 1.0, "second": 2.0, "differs": True, **ends}
    return comparison_chart(pd.DataFrame([row]), (name, name), "visits")


def counts(**columns: str) -> pd.DataFrame:
    return pd.DataFrame({"age": range(20, 24), "photos": 5}).assign(**columns)


def groups(name: str) -> go.Figure:
    few = pd.concat([counts(ethnicity=name), counts(ethnicity="other")])
    many = pd.concat([few, *(counts(ethnicity=f"{number}") for number in range(4))])
    figure = ages_by_group(few, "ethnicity", 5, "share")
    return figure.add_traces(ages_by_group(many, "ethnicity", 5, "share").data)


def sets(name: str) -> go.Figure:
    return ages_compared(counts(), name, counts(), name, 5)


def sources(name: str) -> go.Figure:
    entry = {"source": name, "people": 3, "photos": 4, "mae": 5.0, "mae_low": 4.0, "mae_high": 6.0}
    return error_by_source([entry])


CHARTS: list[Callable[[str], go.Figure]] = [
    lift, asked, cashiers, parts, comparison, groups, sets, sources,
]  # fmt: skip


@pytest.mark.parametrize("chart", CHARTS)
def test_a_name_in_a_chart_is_no_markup(chart: Callable[[str], go.Figure]) -> None:
    text = chart(LINK).to_json().replace("\\u003c", "<").replace("\\u003e", ">")
    assert "&lt;a href" in text and "<a" not in text
    assert "%{x} &" not in text


@pytest.mark.parametrize("name", ["Bread", LINK, "a < b", "{}", "&amp;", "%{y}", "<br>", "%%{x}"])
def test_a_name_is_escaped_so_that_it_shows_as_it_is(name: str) -> None:
    assert html.unescape(shown(name)) == name
    assert not set(shown(name)) & set("<>{")


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("https://evil.example/x", "https:\u2060//evil.example/x"),
        ("see HTTP://evil.example", "see HTTP:\u2060//evil.example"),
        ("www.evil.example", "www\u2060.evil.example"),
        ("olga@evil.example", "olga\u2060@evil.example"),
        (
            "sqlite:///FILE, USER:PASSWORD@HOST/x, @till",
            "sqlite:///FILE, USER:PASSWORD@HOST/x, @till",
        ),
    ],
)
def test_an_address_in_a_name_is_no_link(text: str, broken: str) -> None:
    assert plain(text).replace("\\", "") == broken
