import re
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.typing import UploadedFile

from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr, trn
from age_model.release import released
from age_model.reports.example_answers import EXAMPLES_DIR, read_answer
from age_model.vision.photos import PHOTO_SUFFIXES
from age_model.vision.zip_files import MAX_ARCHIVE_BYTES
from app_pages.photo.cards import show_decision
from app_pages.photo.results import show_results
from app_pages.photo.thumbnails import square_thumbnail
from app_pages.streamlit_fixes.document import EXAMPLES
from app_pages.widgets.doors import link_to, show_large_doors
from app_pages.widgets.id_rule import usual_rule
from app_pages.widgets.model import PRIVACY, load_predictor
from app_pages.widgets.settings import Settings, show_settings
from app_pages.widgets.uploads import Source, upload_sources
from app_pages.widgets.words import estimate_in_words, interval_in_words

ANSWERED = "ages-18-24.jpg"  # the example that is shown with its answer
ANSWERED_WIDTH = 140  # pixels
GROUP = mark("Group")  # the title of group.jpg
UPLOADS = "uploads"  # in the session state: what was uploaded last, of the open page only


def find_examples() -> list[Path]:
    """Return the example pictures, by name; an empty list where there are none."""
    return sorted(path for path in EXAMPLES_DIR.glob("*") if path.suffix in PHOTO_SUFFIXES)


def example_title(path: Path) -> str:
    """Return a title from a file name: `ages-25-34.jpg` is "Ages 25–34"."""
    kind, _, ages = path.stem.partition("-")
    if not ages:
        return tr(kind.capitalize())
    ages = ages.replace("-and-over", "+").replace("-", "–")
    last = int(re.findall(r"\d+", ages)[-1])
    return trn("Ages {ages}", "Ages {ages}", last).format(ages=ages)


def choose_example(name: str) -> None:
    """Show an example in place of the last one."""
    forget_photos()
    st.session_state["example"] = name


def forget_photos() -> None:
    """Show neither the example nor earlier uploads."""
    st.session_state["example"] = None
    st.session_state[UPLOADS] = []


def keep_uploads(uploads: list[UploadedFile]) -> list[UploadedFile]:
    """Return the uploads, or the previous ones if the uploader was redrawn.

    Streamlit empties it when the visitor opens another page or switches the choice of a folder;
    the results of a batch must survive that.
    """
    if uploads:
        st.session_state[UPLOADS] = uploads
    return list(st.session_state[UPLOADS])


def show_earlier_files(count: int) -> None:
    """Show that files are still there although the uploader is empty, with a button to remove."""
    text = trn(
        "{count} file added before is still here.",
        "{count} files added before are still here.",
        count,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(":material/history: " + text.format(count=number(count)), width="content")
        st.button(tr("Remove"), icon=":material/close:", on_click=forget_photos)


def show_uploader() -> list[UploadedFile]:
    """Show the uploader; return the uploads.

    Earlier uploads stay until others, or an example, replace them.
    """
    folder = st.session_state.get("folder", False)
    uploads = st.file_uploader(
        tr("Photos (JPEG, PNG, HEIC…), a folder or a ZIP: drop them here or choose"),
        type=sorted(PHOTO_SUFFIXES | {".zip"}),
        accept_multiple_files="directory" if folder else True,
        key="upload",
        on_change=forget_photos,
        max_upload_size=MAX_ARCHIVE_BYTES // 2**20,
    )
    kept = keep_uploads(uploads)
    if kept and not uploads:
        show_earlier_files(len(kept))
    return kept


def show_options(given: bool) -> Settings:
    """Show the other ways to give photos; once there are photos, the settings beside them."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle(tr("Choose a whole folder"), key="folder")
        link_to("webcam", tr("Practice with the camera"))
        settings = show_settings() if given else Settings()
    st.caption(tr(PRIVACY))
    return settings


def show_answered_example() -> None:
    """Show one example with its answer, which a file has: nothing is computed."""
    answer = read_answer(ANSWERED, released().version)
    if answer is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="answered"):
        title = example_title(EXAMPLES_DIR / ANSWERED)
        alt = tr("Example: {title}").format(title=title)
        st.image(EXAMPLES_DIR / ANSWERED, width=ANSWERED_WIDTH, alt=alt)
        with st.container(width="stretch", gap="xsmall"):
            st.metric(tr("An example"), estimate_in_words(answer))
            st.markdown(interval_in_words(answer.age_low, answer.age_high))
            show_decision(answer, Settings(usual_rule()))


def show_examples(paths: Sequence[Path]) -> None:
    """Show the examples as a row of pictures, each covered by its button."""
    if not paths:
        return
    st.header(tr("No photo at hand? Try an example"), anchor=False)
    with st.grid(len(paths), min_column_width=100, key=EXAMPLES) as grid:
        for path in paths:
            title = example_title(path)
            with grid.cell():
                alt = tr("Example: {title}").format(title=title)
                st.image(square_thumbnail(path), width="stretch", alt=alt)
                st.button(
                    title,
                    key=f"example {path.name}",
                    on_click=choose_example,
                    args=(path.name,),
                    width="stretch",
                )
    st.caption(tr("Each example face is the average of many photos, not a photo of anyone."))


st.session_state.setdefault("example", None)
st.session_state.setdefault(UPLOADS, [])
examples = find_examples()

st.title(tr("Ages from faces"), anchor=False)
introduction = st.empty()
left, right = st.columns(2, gap="medium")
with left:
    uploads = show_uploader()
chosen = [path for path in examples if path.name == st.session_state["example"]]
sources = upload_sources(uploads) + [
    Source(path.name, example_title(path), path) for path in chosen
]
with right if sources else left:  # beside the uploader: the answer begins higher
    settings = show_options(bool(sources))
if not sources:
    with right:
        show_answered_example()
    introduction.markdown(
        tr(
            "Add photos of one person or of many: every face gets a number, an age and a range "
            "that shows how certain the age is."
        )
    )
    show_large_doors()
results = st.container()
if not uploads:
    show_examples(examples)
with results if sources else st.container():  # below the examples, while the model is loaded
    show_results(load_predictor(), sources, settings)
