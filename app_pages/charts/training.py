"""Charts of training runs, errors in years."""

import pandas as pd
import plotly.graph_objects as go

from age_model.i18n.translate import tr
from app_pages.charts.base import LEGEND, NO_NAME, blank_figure

_FEW = 6  # epochs


def error_by_epoch(log: pd.DataFrame) -> go.Figure:
    """Average error on validation and training photos by epoch; the best epoch is marked.

    `log` has `epoch`, `valid_mae` and `train_mae`, and at least one row.
    """
    hover = tr("Epoch %{x}: %{y:.2f} years off on average") + NO_NAME
    lines = [
        go.Scatter(
            x=log["epoch"].tolist(),
            y=log[column].tolist(),
            name=name,
            mode="lines+markers",
            hovertemplate=hover,
        )
        for column, name in (
            ("valid_mae", tr("validation photos")),
            ("train_mae", tr("training photos")),
        )
    ]
    figure = blank_figure(
        lines[0], x_title=tr("Epoch"), y_title=tr("Average error, years"), height=320
    )
    figure.add_trace(lines[1])
    best = log.loc[log["valid_mae"].idxmin()]
    figure.add_annotation(
        x=best["epoch"], y=best["valid_mae"], text=tr("best"), yshift=-14, showarrow=False
    )
    # Left to itself, the axis of two or three epochs has ticks between them.
    figure.update_xaxes(rangemode="tozero", dtick=1 if len(log) < _FEW else None)
    return figure.update_yaxes(rangemode="tozero").update_layout(showlegend=True, legend=LEGEND)
