"""Charts that put several sources of photos beside each other, errors in years."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from age_model.i18n.translate import capital, number, tr, trn
from app_pages.charts.base import NO_NAME, blank_figure, shown

_ROW = 64  # pixels a source


def error_by_source(sources: Sequence[dict[str, Any]]) -> go.Figure:
    """Average error on each source with its 95 % interval, the first on top.

    `sources` has entries of `source_metrics`; one of a single person has no interval.
    """
    errors = [entry["mae"] for entry in sources]
    low, high = _ends(sources, "mae_low"), _ends(sources, "mae_high")
    points = go.Scatter(
        x=errors,
        y=[_name(entry) for entry in sources],
        mode="markers",
        marker={"size": 10},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [end - error for end, error in zip(high, errors, strict=True)],
            "arrayminus": [error - end for end, error in zip(low, errors, strict=True)],
            "thickness": 2,
        },
        customdata=list(zip(low, high, strict=True)),
        hovertemplate=tr("%{x:.2f} years off; 95%: %{customdata[0]:.2f} to %{customdata[1]:.2f}")
        + NO_NAME,
    )
    figure = blank_figure(
        points,
        x_title=tr("Average error, years"),
        y_title="",
        height=60 + _ROW * len(sources),
    )
    figure.update_xaxes(rangemode="tozero")
    return figure.update_yaxes(autorange="reversed")


def _ends(sources: Sequence[dict[str, Any]], name: str) -> list[float]:
    """Return the ends of the intervals; the value itself where there is none."""
    return [entry["mae"] if entry[name] is None else entry[name] for entry in sources]


def _name(entry: dict[str, Any]) -> str:
    photos = entry["photos"]
    if entry["people"] == photos:  # or nobody knows who is on them
        counted = trn("{count} photo", "{count} photos", photos).format(count=number(photos))
    else:
        counted = tr("{people} people, {photos} photos").format(
            people=number(entry["people"]), photos=number(photos)
        )
    return (
        f"{shown(capital(tr(entry['source'])))}  <b>{number(entry['mae'], '.2f')}</b><br>{counted}"
    )
