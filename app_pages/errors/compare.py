"""The view of the Errors page that puts two models beside each other on the chosen photos."""

from pathlib import Path

import pandas as pd
import streamlit as st

from age_model import HOME
from age_model.evaluation.metrics import PairedErrors, paired_errors, read_run
from age_model.i18n.translate import number, tr
from age_model.release import Release, measurable, short
from app_pages.charts.errors import errors_of_two
from app_pages.errors.summaries import band_errors
from app_pages.errors.worst_photos import are_there
from app_pages.widgets.commands import PHOTOS, python_command, show_command
from app_pages.widgets.folder import known_folder
from app_pages.widgets.metrics import show_chart, show_metric
from app_pages.widgets.model_choice import model_name
from app_pages.widgets.numbers import in_words, in_years, interval, signed
from app_pages.widgets.words import plain

COMPARED = HOME / ".cache" / "compared"  # predictions made for this page alone


def others_of(release: Release) -> dict[str, Release]:
    """Return the other models and runs that may be compared with one, by their folders."""
    return {short(one.folder): one for one in measurable() if one != release}


def show_comparison(chosen: pd.DataFrame, release: Release) -> pd.DataFrame | None:
    """Compare a model's errors with those of another on the chosen photos that both have.

    Returns:
        The errors of both by age band; None where there is no such photo.
    """
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
        return None
    other = others[name]
    try:
        table = _predictions(other)
    except (OSError, ValueError) as problem:
        st.error(
            tr("The predictions of this run cannot be read: {problem}.").format(
                problem=plain(tr(str(problem)))
            )
        )
        return None
    paired = None if table is None else paired_errors(chosen, table)
    if table is None or paired is None:
        _say_how_to_predict(other, chosen)
        return None
    return _show_pair(paired, chosen, table, (model_name(release), model_name(other)))


def compared_file(other: Release) -> Path:
    """Return where the command writes a model's predictions: its own results stay as they are."""
    return COMPARED / f"{other.version.split()[-1]}.csv"


def _predictions(other: Release) -> pd.DataFrame | None:
    """Return what a model predicted for its test photos, and for others to be compared on."""
    files = (other.predictions_file, compared_file(other))
    tables = [read_run(file) for file in files if file.exists()]
    return pd.concat(tables).drop_duplicates(["file_name", "real_age"]) if tables else None


def _show_pair(
    paired: PairedErrors, chosen: pd.DataFrame, table: pd.DataFrame, names: tuple[str, str]
) -> pd.DataFrame:
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
        return _show_bands(chosen, table, names)


def _show_bands(chosen: pd.DataFrame, table: pd.DataFrame, names: tuple[str, str]) -> pd.DataFrame:
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
    return pd.concat([table.assign(model=name) for name, table in bands.items()])


def _say_how_to_predict(other: Release, chosen: pd.DataFrame) -> None:
    folder = known_folder()
    photos = folder if folder and are_there(chosen, folder) else None
    st.info(
        tr(
            "{model} has no predictions for the chosen photos. This command makes them; then this "
            "page shows them:"
        ).format(model=plain(model_name(other))),
        icon=":material/terminal:",
    )
    show_command(_predict_command(other, photos))
    if photos is None:
        st.caption(tr("Put the folder with these photos in place of DIR."))


def _predict_command(other: Release, photos: Path | None) -> str:
    model = ("--data-dir", photos or PHOTOS, "--model", other.model_dir)
    words = ("evaluate", "--split", "all", *model, "--out", compared_file(other))
    return python_command("-m", "age_model", *words)


def _verdict(paired: PairedErrors, first: str, second: str) -> str:
    if paired.low <= 0 <= paired.high:
        return tr(
            "The interval of the difference contains 0: these photos do not show which is better."
        )
    better = second if paired.high < 0 else first
    return tr("On these photos **{model}** is better.").format(model=better)
