"""The view of the Errors page that puts two models beside each other on the chosen photos."""

from pathlib import Path
from shlex import quote

import pandas as pd
import streamlit as st

from age_model.evaluation.metrics import PairedErrors, paired_errors, read_run
from age_model.i18n.translate import number, tr
from age_model.release import Release, measurable, short
from app_pages.charts.errors import errors_of_two
from app_pages.errors.summaries import band_errors
from app_pages.widgets.folder import known_folder
from app_pages.widgets.metrics import show_chart, show_metric
from app_pages.widgets.model_choice import model_name
from app_pages.widgets.numbers import in_words, in_years, interval, signed
from app_pages.widgets.words import plain

COMMAND = (
    "python -m age_model evaluate --split all --data-dir {photos} "
    "--model {model} --out {predictions}"
)


def others_of(release: Release) -> dict[str, Release]:
    """Return the other models and runs that may be compared with one, by their folders."""
    return {short(one.folder): one for one in measurable() if one != release}


def show_comparison(chosen: pd.DataFrame, release: Release) -> None:
    """Compare a model's errors with those of another on the chosen photos that both have."""
    others = others_of(release)
    name = st.selectbox(
        tr("Compare {model} with").format(model=model_name(release)),
        list(others),
        format_func=lambda folder: model_name(others[folder]),
        key="errors_run",
        persist_state="session",
        width=400,
    )
    if name is None:
        return
    other = others[name]
    try:
        table = read_run(other.folder.parent, other.folder.name)
    except FileNotFoundError:
        _say_how_to_predict(other)
        return
    except (OSError, ValueError) as problem:
        st.error(
            tr("The predictions of this run cannot be read: {problem}.").format(
                problem=plain(tr(str(problem)))
            )
        )
        return
    paired = paired_errors(chosen, table)
    if paired is None:
        _say_how_to_predict(other)
    else:
        _show_pair(paired, chosen, table, (model_name(release), model_name(other)))


def _show_pair(
    paired: PairedErrors, chosen: pd.DataFrame, table: pd.DataFrame, names: tuple[str, str]
) -> None:
    st.markdown(_verdict(paired, *map(plain, names)))
    count = tr("n = {count}").format(count=number(paired.n))
    left, right = st.columns([2, 3], gap="medium")
    with left, st.grid(1):
        help = tr("Mean absolute error on the chosen photos that both models predicted.")
        show_metric(plain(names[0]), in_years(paired.first), count, help)
        show_metric(plain(names[1]), in_years(paired.second), count, help)
        show_metric(
            tr("Difference"),
            tr("{years} years").format(years=signed(paired.difference)),
            interval(paired.low, paired.high, sign="+"),
            tr(
                "Absolute error of the second model minus that of the first, photo by photo, "
                "averaged: below 0 the second is better; the interval is from 2,000 redraws of the "
                "photos in pairs."
            ),
        )
    with right:
        _show_bands(chosen, table, names)


def _show_bands(chosen: pd.DataFrame, table: pd.DataFrame, names: tuple[str, str]) -> None:
    both = chosen.merge(table, on=["file_name", "real_age"], suffixes=("", "_second"))
    bands = {
        name: band_errors(both["real_age"], both[column], "real_age")
        for name, column in zip(names, ("predicted_age", "predicted_age_second"), strict=True)
    }
    show_chart(
        tr("Error of both by age band"),
        tr(
            "Average years between predicted and real age within each band; the bars are 95% "
            "bootstrap intervals."
        ),
        errors_of_two(bands),
        alt="; ".join(f"{name}: {in_words(table, 'mae', '.1f')}" for name, table in bands.items()),
    )


def _say_how_to_predict(other: Release) -> None:
    folder = known_folder()
    st.info(
        tr(
            "{model} has no predictions for the chosen photos. This command makes them; then this "
            "page shows them:"
        ).format(model=plain(model_name(other))),
        icon=":material/terminal:",
    )
    st.code(predict_command(other, folder), language="bash", wrap_lines=True)


def predict_command(other: Release, photos: Path | None) -> str:
    """Return the command that predicts the photos of a folder with a model."""
    return COMMAND.format(
        photos=quote(str(photos or "DIR")),
        model=quote(short(other.model_dir)),
        predictions=quote(short(other.predictions_file)),
    )


def _verdict(paired: PairedErrors, first: str, second: str) -> str:
    if paired.low <= 0 <= paired.high:
        return tr(
            "The interval of the difference contains 0: these photos do not show which is better."
        )
    better = second if paired.high < 0 else first
    return tr("On these photos **{model}** is better.").format(model=better)
