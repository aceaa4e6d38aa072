"""The model that an analyst looks at: the server's own, or a training run's.

The choice is the visitor's alone. The till and the store's pages always use the server's model.
"""

import streamlit as st

from age_model.access.rights import Action
from age_model.i18n.translate import tr
from age_model.release import SHIPPED, Release, released, releases, short
from app_pages.widgets.visitor import current_visitor

KEY = "model_looked_at"  # in the session state: the release's folder, in short
_WIDTH = 320  # pixels


def chosen_release() -> Release:
    """Return the model that the visitor looks at; the server's if she chose no other."""
    return _offered().get(st.session_state.get(KEY, ""), released())


def show_title(title: str, help: str | None = None) -> Release:
    """Show a page's title with the choice of the model beside it, if there are several.

    Args:
        title: in the reader's language.
        help: what the page is about, behind the question mark.

    Returns:
        The chosen model.
    """
    offered = _offered()
    st.space("xsmall")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(title, anchor=False, width="stretch", help=help)
        if len(offered) > 1:
            if st.session_state.get(KEY) not in offered:
                st.session_state[KEY] = next(iter(offered))
            st.selectbox(
                tr("Model"),
                list(offered),
                format_func=lambda name: tr("Model: {name}").format(name=model_name(offered[name])),
                key=KEY,
                persist_state="session",
                label_visibility="collapsed",
                width=_WIDTH,
            )
    return chosen_release()


def look_at(release: Release) -> None:
    """Make a model the one that the visitor looks at."""
    st.session_state[KEY] = short(release.folder)


def model_name(release: Release) -> str:
    """Return what a model is called, in the reader's language."""
    if release.folder == SHIPPED:
        return tr("the shipped one")
    return release.folder.name


def _offered() -> dict[str, Release]:
    """Return the models that the visitor may look at by their folders, the server's first."""
    if not current_visitor().may(Action.SEE_TRAINING):
        return {short(released().folder): released()}
    return {short(release.folder): release for release in releases()}
