"""Opens all photos of a folder, in short steps, to find their problems."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from age_model.data.checks import PhotoCheck, check_photo
from age_model.data.labels import LabelledPhotos
from age_model.i18n.translate import number, tr, trn
from age_model.reports.data_set import folder_state
from age_model.vision.default_detector import default_detector
from age_model.vision.detector import Detector
from app_pages.widgets.stepwise import do_some, progress_in_words, start_anew

# In the session state:
_RUNNING = "data_checking"  # the folder whose photos are being checked, if any
_PACE = "data_pace"  # seconds and photos since the start
_FACES = "data_faces"  # the toggle: whether to detect faces

_KEPT = 2  # folders whose checks stay in memory
State = tuple[tuple[str, int], ...]


def known_checks(labelled: LabelledPhotos) -> dict[str, PhotoCheck]:
    """Return the photos checked so far; none if the folder has changed since."""
    # A copy: others who check the same folder add to them meanwhile.
    return dict(_checks(labelled.root, folder_state(labelled.root)))


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _checks(folder: Path, state: State) -> dict[str, PhotoCheck]:
    """Return the photos checked so far, to be added to: whoever loads the page anew goes on."""
    return {}


@contextmanager
def checks_kept(root: Path) -> Iterator[None]:
    """Keep what was seen of a folder's photos while a table of decisions is written into it."""
    before = _checks(root, folder_state(root))
    yield
    _checks(root, folder_state(root)).update(before)


def show_checking(labelled: LabelledPhotos, known: bool) -> None:
    """Show the button that starts the check, or its progress.

    Args:
        labelled: the photos.
        known: whether they are the shipped model's, in which everything was looked for before.
    """
    left, total = len(_left(labelled)), len(labelled.table)
    with st.container(horizontal=True, vertical_alignment="center"):
        if _runs(labelled) and left:
            text = progress_in_words(total - left, total, _PACE)
            st.progress((total - left) / total, text=text, width="stretch")
            st.button(tr("Stop"), icon=":material/stop:", on_click=_run, args=(None,))
        elif known:
            st.button(
                tr("Check them anew"),
                icon=":material/fact_check:",
                on_click=_run,
                args=(labelled.root,),
            )
            words = tr("These are the shipped model's photos; what was found in them is known.")
            st.caption(words, width="stretch")
        elif left:
            st.button(
                tr("Check the photos") if left == total else tr("Check the rest"),
                icon=":material/fact_check:",
                on_click=_run,
                args=(labelled.root,),
                type="primary",
            )
            words = trn(
                "{left} of {total} photo not yet opened.",
                "{left} of {total} photos not yet opened.",
                total,
            )
            st.caption(words.format(left=number(left), total=number(total)), width="stretch")
        else:
            words = trn("{total} photo checked.", "All {total} photos checked.", total)
            st.caption(
                ":material/check_circle: " + words.format(total=number(total)), width="stretch"
            )
        st.toggle(
            tr("Look for faces too"),
            key=_FACES,
            help=tr(
                "Also finds the photos without a face, with several and with one too small. It "
                "takes some ten times as long as opening the photos, which finds unreadable ones "
                "and identical pictures."
            ),
        )


def go_on_checking(labelled: LabelledPhotos) -> None:
    """Check some more photos, if requested: the last call on the page."""
    left = _left(labelled)
    if not _runs(labelled) or not left:
        st.session_state[_RUNNING] = None
        return
    checks = _checks(labelled.root, folder_state(labelled.root))
    detector = _load_detector() if st.session_state.get(_FACES) else None

    def check(photo: tuple[str, str]) -> None:
        name, path = photo
        checks[name] = check_photo(labelled.root / path, detector)

    do_some(left.items(), check, _PACE)


@st.cache_resource(show_spinner=False)
def _load_detector() -> Detector:
    return default_detector()


def _left(labelled: LabelledPhotos) -> dict[str, str]:
    """Return the photos still to be checked: file name -> path."""
    checks = known_checks(labelled)
    faces = st.session_state.get(_FACES, False)
    return {
        name: path
        for name, path in zip(labelled.table["file_name"], labelled.table["path"], strict=True)
        if name not in checks or (faces and not checks[name].face_sought)
    }


def _runs(labelled: LabelledPhotos) -> bool:
    return bool(st.session_state.get(_RUNNING) == labelled.root)


def _run(folder: Path | None) -> None:
    st.session_state[_RUNNING] = folder
    start_anew(_PACE)
