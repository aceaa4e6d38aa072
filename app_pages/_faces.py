"""What the Photo and Webcam pages share: the model, a photo's result, the downloads."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import pandas as pd
import streamlit as st

from age_model.charts import age_distribution
from age_model.drawing import annotate

if TYPE_CHECKING:
    from age_model.predictor import FaceEstimate, PhotoResult, Predictor

PRIVACY = ":material/lock: Photos are processed in memory on this server and are not kept."
CHART_CONFIG = {"displayModeBar": False}

_RESULTS = "results"  # in the session state: source key -> ShownPhoto, of the open page only
_AGES = ["age", "age_low", "age_high"]
_PAGE_WIDTH = 1120  # pixels: what a usual window leaves for the content
_PICTURE_HEIGHT = 640  # pixels on screen: a portrait photo stays within the window


class Source(NamedTuple):
    """A photo to examine; `key` tells two photos of one name apart."""

    key: str
    name: str
    content: Path | BinaryIO


@dataclass(frozen=True)
class ShownPhoto:
    """A result without the photo's full-size pixels, and the picture to show instead.

    `picture` is a JPEG, to be shown `width` pixels wide; None if the photo could not be read.
    """

    result: "PhotoResult"
    picture: bytes | None = None
    width: int = 0


@st.cache_resource(show_spinner=False)
def _load_predictor() -> "Predictor":
    from age_model.predictor import Predictor

    return Predictor.load()


def load_predictor() -> "Predictor":
    """Return the model, loaded once for all visitors; without one, say so and end the page."""
    with st.spinner("Loading the age model…"):
        from age_model.model_files import ModelError  # takes seconds: the page is drawn before it

        try:
            return _load_predictor()
        except ModelError as error:
            problem = str(error)
    st.error(plain(problem), title="The age model could not be loaded")
    st.stop()


def show_results(predictor: "Predictor", sources: Sequence[Source]) -> None:
    """Show each photo's faces as they come, then all of them as a table to download.

    A photo is examined once: its result stays in this session for as long as it is among the
    `sources`, and nowhere else.
    """
    known: dict[str, ShownPhoto] = st.session_state.get(_RESULTS, {})
    shown = {source.key: known[source.key] for source in sources if source.key in known}
    st.session_state[_RESULTS] = shown
    progress = st.empty()
    for number, source in enumerate(sources):
        if source.key not in shown:
            text = f"Photo {number + 1} of {len(sources)}: looking for faces"
            progress.progress(number / len(sources), text=text)
            shown[source.key] = _examine(predictor, source)
        _show_photo(source.key, shown[source.key])
    progress.empty()
    if sources:
        _show_table([shown[source.key].result for source in sources])


def plain(text: str) -> str:
    """Return text such as a file name so that Markdown shows it as it is.

    >>> print(plain("IMG_01 (2).jpg"))
    IMG\\_01 \\(2\\)\\.jpg
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def whole_years(age: float) -> int:
    """Round an age, by way of the tenths in the downloads, so that every place shows one number.

    >>> whole_years(25.46)
    26
    """
    return math.floor(round(age, 1) + 0.5)


def age_in_words(age: float) -> str:
    """Return an age in years as one says it.

    >>> age_in_words(31.7), age_in_words(1.2), age_in_words(0.3)
    ('32 years', '1 year', 'Under 1 year')
    """
    years = whole_years(age)
    if years == 0:
        return "Under 1 year"
    return "1 year" if years == 1 else f"{years} years"


def interval_in_words(low: float, high: float) -> str:
    """Return a 90 % interval of ages in years as one says it.

    >>> interval_in_words(27.2, 37.9)
    'Between 27 and 38, nine times in ten'
    """
    return f"Between {whole_years(low)} and {whole_years(high)}, nine times in ten"


def _examine(predictor: "Predictor", source: Source) -> ShownPhoto:
    result = predictor.predict(source.name, source.content)
    if result.image is None:
        return ShownPhoto(result)
    picture = annotate(result.image, result.faces)
    file = BytesIO()
    picture.save(file, format="JPEG", quality=90)
    width = min(picture.width, round(_PICTURE_HEIGHT * picture.width / picture.height))
    return ShownPhoto(replace(result, image=None), file.getvalue(), width)


def _show_photo(key: str, photo: ShownPhoto) -> None:
    result = photo.result
    st.header(plain(result.name), anchor=False)
    if photo.picture is None:
        st.error(plain(result.problem or ""), icon=":material/broken_image:")
        return
    share = min(max(photo.width / _PAGE_WIDTH, 0.35), 0.6 if len(result.faces) <= 2 else 0.5)
    left, right = st.columns([share, 1 - share], gap="medium")
    left.image(photo.picture, width=photo.width, alt=_picture_alt(result))
    with right:
        _show_faces(key, result, columns=1 if share > 0.5 else 2)


def _picture_alt(result: "PhotoResult") -> str:
    count = len(result.faces)
    return f"{result.name} with {count} numbered {'face' if count == 1 else 'faces'}"


def _show_faces(key: str, result: "PhotoResult", columns: int) -> None:
    if not result.faces:
        st.warning(plain(result.problem or ""), icon=":material/search_off:")
        return
    with st.grid(min(columns, len(result.faces)), min_column_width=230):
        for number, face in enumerate(result.faces, start=1):
            _show_face(f"{key} {number}", number, face)


def _show_face(key: str, number: int, face: "FaceEstimate") -> None:
    age, interval = age_in_words(face.age), interval_in_words(face.age_low, face.age_high)
    with st.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.image(face.crop, width=88, alt=f"Face {number}, cut from the photo")
            st.metric(f"Face {number}", age, width="content")
        st.markdown(f":small[{interval}]")
        st.plotly_chart(
            age_distribution(face.distribution, face.age, face.age_low, face.age_high),
            config=CHART_CONFIG,
            key=f"ages {key}",
            alt=f"How likely each age is for face {number}: {age}. {interval}.",
        )
        for warning in face.warnings:
            st.caption(f":material/warning: {plain(warning)}")


def _show_table(results: Iterable["PhotoResult"]) -> None:
    from age_model.predictor import results_table  # see load_predictor

    table = results_table(results).convert_dtypes()  # whole face numbers, gaps or not
    st.header("All results", anchor=False)
    shown = table[["photo", "face", *_AGES, "warnings"]].copy()
    shown[_AGES] = shown[_AGES].map(whole_years, na_action="ignore")
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="",
        alt="Age and range of every face",
        column_config={
            "photo": st.column_config.TextColumn("Photo"),
            "face": st.column_config.NumberColumn("Face", width="small"),
            "age": st.column_config.NumberColumn("Age", width="small"),
            "age_low": st.column_config.NumberColumn("From", width="small"),
            "age_high": st.column_config.NumberColumn("To", width="small"),
            "warnings": st.column_config.TextColumn("Notes"),
        },
    )
    with st.container(horizontal=True):
        _download_button("CSV", _csv(table), "text/csv")
        _download_button("JSON", _json(table), "application/json")


def _download_button(kind: str, data: bytes, mime: str) -> None:
    st.download_button(
        f"Download {kind}",
        data,
        f"ages.{kind.lower()}",
        mime,
        icon=":material/download:",
        on_click="ignore",
    )


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode("utf-8-sig")  # the mark tells Excel that it is UTF-8


def _json(table: pd.DataFrame) -> bytes:
    return table.to_json(orient="records", indent=2, force_ascii=False).encode()
