"""One photo of the Errors page: both ages, the probability of each age, and problems."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st
from PIL import Image

from age_model.ages import AGE_LIMITS, under_column
from age_model.data.labels import photo_path
from age_model.evaluation.selection import worst_errors
from age_model.i18n.translate import capital, number, tr
from age_model.model.card import ModelError
from age_model.reports.wording import error_in_words, group_in_words
from age_model.vision.photos import PhotoError
from app_pages.charts.ages import age_distribution
from app_pages.charts.base import CHART_CONFIG
from app_pages.errors.address import PHOTO
from app_pages.errors.worst_photos import ages_in_words
from app_pages.widgets.folder import known_folder, own_photo
from app_pages.widgets.model_choice import chosen_release
from app_pages.widgets.numbers import small_percent
from app_pages.widgets.words import interval_in_words, plain

if TYPE_CHECKING:
    from age_model.evaluation.explain import Examined

PICTURE_SIDE = 800  # pixels: about twice the width on screen


def show_opened(
    chosen: pd.DataFrame,
    predictions: pd.DataFrame,
    train_ages: Sequence[float] | None,
    changed: Callable[[], None],
) -> None:
    """Show the opened photo, if any, in front of the page.

    Args:
        chosen: the photos to step through, those with the largest errors first.
        predictions: all photos: one of a link may be outside the chosen ones.
        train_ages: the youngest and the oldest age that the model was trained on, years.
        changed: called when another photo is shown.
    """
    if not st.session_state.get(PHOTO):
        return
    names = worst_errors(chosen)["file_name"].tolist()

    @st.dialog(tr("Photo"), width="large", icon=":material/photo:", on_dismiss=_close)
    def dialog() -> None:
        name = st.session_state[PHOTO]
        rows = worst_errors(predictions[predictions["file_name"] == name])
        _show_steps(names, name)
        _show_photo(rows.to_dict("records")[0], train_ages)
        changed()

    dialog()


def _show_steps(names: list[str], name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if name not in names:
            st.caption(tr("This photo is not among those chosen on the page."))
            return
        place = names.index(name)
        for label, icon, key, step in (
            (tr("Previous"), ":material/chevron_left:", "Left", place - 1),
            (tr("Next"), ":material/chevron_right:", "Right", place + 1),
        ):
            there = 0 <= step < len(names)
            st.button(
                label,
                key=f"errors_step_{key}",
                icon=icon,
                shortcut=key,
                disabled=not there,
                on_click=_open,
                args=(names[step] if there else name,),
            )
        st.caption(
            tr("{place} of {count} chosen photos, the largest error first").format(
                place=number(place + 1), count=number(len(names))
            )
        )


def _show_photo(row: dict[str, Any], train_ages: Sequence[float] | None) -> None:
    left, right = st.columns([2, 3], gap="medium")
    with left:
        examined = _examine(row)
        if examined:
            picture = examined.picture.copy()
            picture.thumbnail((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.LANCZOS)
            alt = tr("A test photo. {ages}.").format(ages=ages_in_words(row))
            st.image(picture, width="stretch", alt=alt)
        st.caption(_particulars(row))
    with right:
        _show_ages(row)
        _show_distribution(row, examined)
        _show_reasons(row, examined, train_ages)


def _examine(row: dict[str, Any]) -> "Examined | None":
    """Examine the photo where it is available; show a note where it is not."""
    folder = known_folder()
    if not folder:
        st.caption(
            tr(
                "To see the photo itself, start the app with the folder of the test photos: “Show "
                "my own photos” in the tab “Worst errors” has the command."
            )
        )
        return None
    from age_model.evaluation.explain import examine  # takes seconds: the page is drawn before it
    from app_pages.widgets.model import load_predictor_or_say_why

    predictor = load_predictor_or_say_why(chosen_release())
    try:
        photo = own_photo(photo_path(folder, row["file_name"]))
        return examine(predictor, photo) if predictor else None
    except (PhotoError, ModelError) as problem:
        st.caption(f":material/broken_image: {plain(tr(str(problem)))}")
        return None


def _particulars(row: dict[str, Any]) -> str:
    groups = [
        group_in_words(str(row[column]))
        for column in ("gender", "ethnicity")
        if not pd.isna(row.get(column))
    ]
    return plain(capital(", ".join(groups))) + f"  \n{plain(row['file_name'])}"


def _show_ages(row: dict[str, Any]) -> None:
    with st.grid(3, min_column_width=130):  # the labels fit on a phone in Russian
        st.metric(tr("Real age"), number(row["real_age"], "g"))
        st.metric(tr("Predicted"), number(row["predicted_age"], ".1f"))
        st.metric(
            tr("Error"),
            number(row["error"], "+.1f"),
            help=tr("Predicted minus real age, in years."),
        )
    st.markdown(f"**{error_in_words(row['error'])}**")
    if "age_low" in row:
        inside = row["age_low"] <= row["real_age"] <= row["age_high"]
        st.markdown(
            interval_in_words(row["age_low"], row["age_high"])
            + ". "
            + (tr("The real age is inside.") if inside else tr("The real age is outside."))
        )


def _show_distribution(row: dict[str, Any], examined: "Examined | None") -> None:
    if examined and "age_low" in row:
        st.plotly_chart(
            age_distribution(
                examined.distribution, row["predicted_age"], row["age_low"], row["age_high"]
            ),
            config=CHART_CONFIG,
            alt=tr("How likely each age is: {ages}.").format(ages=ages_in_words(row)),
        )
    likely = [
        tr("under {age}: {share}").format(age=age, share=small_percent(row[under_column(age)]))
        for age in AGE_LIMITS
        if under_column(age) in row
    ]
    if likely:
        st.caption(tr("How likely it is to be {ages}").format(ages=", ".join(likely)))


def _show_reasons(
    row: dict[str, Any], examined: "Examined | None", train_ages: Sequence[float] | None
) -> None:
    from age_model.reports.reasons import reasons  # takes seconds: the page is drawn before it

    found = reasons(row, examined, train_ages)
    st.markdown(f"**{tr('What may have misled the model')}**")
    for sentence in found:
        st.markdown(f":material/warning: {plain(sentence)}")
    if not found and examined:
        st.markdown(f":material/check: {tr('Nothing unusual found.')}")
    elif not found:
        st.markdown(tr("Nothing unusual in the table; the photo itself was not examined."))


def _open(name: str) -> None:
    st.session_state[PHOTO] = name


def _close() -> None:
    st.session_state[PHOTO] = None
