"""A photo's result: the picture with numbered boxes and a card for each face, or one short row."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

from age_model.ages import LEGAL_AGE
from age_model.i18n.translate import tr, trn
from age_model.predict.id_rule import Aged
from age_model.predict.results import CANNOT_TELL, with_faces
from age_model.vision.boxes import annotate, blur_faces
from app_pages.charts.ages import age_distribution
from app_pages.charts.base import CHART_CONFIG
from app_pages.photo.compact_result import CompactResult, to_jpeg
from app_pages.streamlit_fixes.document import ANSWER_FIRST
from app_pages.widgets.settings import Settings
from app_pages.widgets.verdict import LOOKS, show_verdict, why
from app_pages.widgets.words import (
    about_ranges,
    estimate_in_words,
    interval_in_words,
    plain,
    problem_in_words,
)

if TYPE_CHECKING:
    from age_model.predict.results import FaceEstimate, PhotoResult

_PAGE_WIDTH = 1120  # pixels: the width of the content in a usual window
_PICTURE_HEIGHT = 520  # pixels on screen: a portrait photo stays within the window
_WIDE_PICTURE_HEIGHT = 320  # the same above the cards, so that the first of them are in view
_ROW_THUMBNAIL = 72  # pixels on screen


def show_photo(key: str, photo: CompactResult, view: bytes | None, settings: Settings) -> None:
    """Show one photo with its whole result.

    Args:
        key: identifies the photo on the page.
        photo: its compact result.
        view: the photo as a JPEG for the screen; None if it could not be read.
        settings: the visitor's.
    """
    result = with_faces(photo.result, settings.smallest_face, settings.min_score)
    if view is None:
        st.error(plain(problem_in_words(result)), icon=":material/broken_image:")
        return
    picture = annotate(Image.open(BytesIO(view)), result.faces, photo.size)
    beside = len(result.faces) <= 2  # with more faces, the cards have rows of their own
    height = _PICTURE_HEIGHT if beside else _WIDE_PICTURE_HEIGHT
    width = min(picture.width, round(height * picture.width / picture.height))
    share = min(max(width / _PAGE_WIDTH, 0.3), 0.6)
    with st.container(key=f"{ANSWER_FIRST} {key}" if beside else None):
        parts = st.columns([share, 1 - share], gap="medium") if beside else [st.container()] * 2
    left, right = parts
    left.image(to_jpeg(picture), width=width, alt=_picture_alt(result))
    with right:
        _show_faces(key, result, settings, columns=(1 if share > 0.5 else 2) if beside else 4)


def show_row(photo: CompactResult, settings: Settings) -> DeltaGenerator:
    """Show one photo of many: a thumbnail, and the ages or the problem.

    Returns:
        The line of the ages, for a button at its end; next to the name it would leave no room for
        the decision on a phone.
    """
    result = with_faces(photo.result, settings.smallest_face, settings.min_score)
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="medium"):
        if photo.thumbnail:
            alt = tr("Thumbnail of {name}").format(name=result.name)
            st.image(photo.thumbnail, width=_ROW_THUMBNAIL, alt=alt)
        with st.container(gap="xsmall"):
            st.markdown(f"**{plain(result.name)}**")
            line = st.container(horizontal=True, vertical_alignment="center", gap="small")
            with line:
                for number, face in enumerate(result.faces, start=1):
                    _show_age_badge(number, face, settings)
                if not result.faces:
                    icon = ":material/search_off:" if photo.thumbnail else ":material/broken_image:"
                    st.caption(f"{icon} {plain(problem_in_words(result))}", width="content")
    return line


def _show_age_badge(number: int, face: "FaceEstimate", settings: Settings) -> None:
    look = LOOKS[settings.rule.verdict(face)]
    text = f"{number}: {estimate_in_words(face)}"
    st.badge(f"{text}, {tr(look.short)}" if look.short else text, icon=look.icon, color=look.colour)


def _picture_alt(result: "PhotoResult") -> str:
    count = len(result.faces)
    text = trn("{name} with {count} numbered face", "{name} with {count} numbered faces", count)
    return text.format(name=result.name, count=count)


def show_picture_downloads(key: str, photo: CompactResult, view: bytes, settings: Settings) -> None:
    """Show the buttons that download a photo's picture; arguments as in `show_photo`."""
    result = with_faces(photo.result, settings.smallest_face, settings.min_score)
    show_two_downloads(
        (tr("Download picture"), tr("Download picture with faces blurred")),
        ":material/download:",
        lambda blurred: annotated_jpeg(photo, view, result, blurred),
        ("jpg", "image/jpeg"),
        f"picture {key}",
    )


def show_two_downloads(
    labels: tuple[str, str],
    icon: str,
    make: Callable[[bool], bytes],
    file_type: tuple[str, str],
    key: str,
) -> None:
    """Show the button that downloads pictures with numbered faces, and that with blurred ones.

    Args:
        labels: of the two.
        icon: of the first.
        make: returns the file, given whether faces are blurred; called on a click.
        file_type: ending and MIME type.
        key: of both buttons.
    """
    ending, mime = file_type
    for label, blurred in zip(labels, (False, True), strict=True):
        st.download_button(
            label,
            partial(make, blurred),
            f"faces-{'blurred' if blurred else 'numbered'}.{ending}",
            mime,
            key=f"{key} {blurred}",
            icon=":material/blur_on:" if blurred else icon,
            on_click="ignore",
        )


def annotated_jpeg(
    photo: CompactResult, view: bytes, result: "PhotoResult", blurred: bool
) -> bytes:
    """Return the picture with numbered boxes around the faces of `result`, as a JPEG.

    All faces found are blurred, including those that the settings leave out.
    """
    picture: Image.Image = Image.open(BytesIO(view))
    if blurred:
        picture = blur_faces(picture, photo.result.faces, photo.size)
    return to_jpeg(annotate(picture, result.faces, photo.size))


def _show_faces(key: str, result: "PhotoResult", settings: Settings, columns: int) -> None:
    if not result.faces:
        st.warning(plain(problem_in_words(result)), icon=":material/search_off:")
        return
    ranges = about_ranges()  # read from files: once for all faces
    with st.grid(min(columns, len(result.faces)), min_column_width=200):
        for number, face in enumerate(result.faces, start=1):
            _show_face(f"{key} {number}", number, face, settings, ranges)


def _show_face(
    key: str, number: int, face: "FaceEstimate", settings: Settings, ranges: str
) -> None:
    age, interval = estimate_in_words(face), interval_in_words(face.age_low, face.age_high)
    with st.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            alt = tr("Face {number}, cut from the photo").format(number=number)
            st.image(face.crop, width=88, alt=alt)
            st.metric(tr("Face {number}").format(number=number), age, width="content")
        st.markdown(
            f":small[{interval}]",
            help=ranges
            + " "
            + tr(
                "In the chart, dark bars are the ages in this range, the dotted line is the "
                "estimate, and thin lines mark {legal} and {challenge} years."
            ).format(legal=LEGAL_AGE, challenge=settings.rule.challenge_age),
        )
        show_decision(face, settings)
        for warning in face.warnings:
            if warning == CANNOT_TELL:  # it is said above, with the reason
                continue
            st.caption(f":material/warning: {plain(tr(warning))}")
        alt = tr("How likely each age is for face {number}: {age}. {interval}.")
        st.plotly_chart(
            age_distribution(
                face.distribution,
                face.age,
                face.age_low,
                face.age_high,
                settings.rule.challenge_age,
            ),
            config=CHART_CONFIG,
            key=f"ages {key}",
            alt=alt.format(number=number, age=age, interval=interval),
        )


def show_decision(face: Aged, settings: Settings) -> None:
    """Show what to do about a person, and why."""
    verdict = settings.rule.verdict(face)
    show_verdict(verdict, why(settings.rule, verdict, face))
