"""The camera of the visitor's device, and the examination of its snapshots."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.typing import UploadedFile

from age_model.i18n.translate import tr
from app_pages.widgets.settings import Settings

if TYPE_CHECKING:
    from age_model.model.age_model import AgeModel
    from age_model.predict.person import Observation
    from age_model.predict.predictor import Predictor
from datetime import UTC, timedelta, timezone


def show_camera(key: str) -> UploadedFile | None:
    """Show the camera; return the snapshot."""
    return st.camera_input(tr("Camera"), key=key, resolution="720p", label_visibility="collapsed")


def examine(
    predictor: "Predictor",
    picture: UploadedFile,
    settings: Settings,
    place: str,
    record: "Callable[[str, Sequence[Observation], AgeModel, datetime], None]",
) -> None:
    """Examine a snapshot, unless that is done with the same settings already.

    Args:
        predictor: the detector and the model.
        picture: the snapshot.
        settings: the visitor's.
        place: key of the session state for what was examined last.
        record: called with the snapshot's id, its observations, the model and the local time.
    """
    wanted = (picture.file_id, settings.smallest_face, settings.min_score)
    if st.session_state.get(place) == wanted:
        return
    from age_model.predict.person import observe_all  # takes seconds: the page is drawn before it

    with st.spinner(tr("Looking for a face…")):
        observations = observe_all(predictor, picture.getvalue(), *wanted[1:])
        record(picture.file_id, observations, predictor.model, local_time())
        st.session_state[place] = wanted


def show_camera_help(without: str) -> None:
    """Show, folded, what to do for each reason that a camera does not work.

    The browser does not report which one it is.

    Args:
        without: what to do without any camera, in the reader's language.
    """
    with st.expander(tr("The camera does not work?"), icon=":material/no_photography:"):
        st.markdown(
            tr(
                "- **Disconnected:** check the camera's cable, and reload the page.\n"
                "- **Not allowed:** press the icon beside the page's address, allow the camera, "
                "and reload the page.\n"
                "- **In use:** close other programs that use the camera, such as video calls.\n"
                "- **Address:** browsers give the camera only to pages whose address begins with "
                "`https://` or `http://localhost`."
            )
            + "\n- "
            + without
        )


def local_time() -> datetime:
    """Return the local time of the camera or, if unknown, of the server."""
    minutes_behind = st.context.timezone_offset
    if minutes_behind is None:
        return datetime.now().astimezone()
    return datetime.now(UTC).astimezone(timezone(-timedelta(minutes=minutes_behind)))
