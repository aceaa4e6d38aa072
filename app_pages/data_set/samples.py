"""Some photos of a chosen age, to check the labels of that age."""

import streamlit as st

from age_model.data.labels import LabelledPhotos
from age_model.evaluation.metrics import AGE_BANDS, age_band
from age_model.i18n.translate import tr
from age_model.reports.data_set import sample_photos
from app_pages.data_set.folder import show_photo
from app_pages.widgets.visitor import fragment
from app_pages.widgets.words import age_in_words, plain

SHOWN = 6
_DRAW = "data_draw"  # in the session state: how often other photos were requested


@fragment
def show_samples(labelled: LabelledPhotos) -> None:
    """Show a row of photos of a chosen age band; the same ones until others are requested."""
    st.header(
        tr("Faces by age"),
        help=tr("Photos of the chosen ages, drawn at random, with the age that the label gives."),
        anchor=False,
    )
    there = set(age_band(labelled.table["real_age"]))
    bands = [band for band in AGE_BANDS if band in there]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        band = st.segmented_control(
            tr("Age, years"),
            bands,
            default=bands[len(bands) // 2],
            required=True,
            key="data_band",
            wrap=True,
        )
        st.button(tr("Show others"), icon=":material/shuffle:", on_click=_draw_again)
    rows = sample_photos(labelled.table, band, SHOWN, st.session_state.get(_DRAW, 0))
    with st.grid(SHOWN, min_column_width=130):
        for row in rows.to_dict("records"):
            age = age_in_words(row["real_age"])
            show_photo(
                labelled.root / row["path"],
                age,
                plain(row["file_name"]),
                alt=tr("A photo with the label {age}").format(age=age),
            )


def _draw_again() -> None:
    st.session_state[_DRAW] = st.session_state.get(_DRAW, 0) + 1
