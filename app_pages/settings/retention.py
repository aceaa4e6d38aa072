"""How long a store keeps its visits: set, looked at before the first run, confirmed."""

from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.visitor import Visitor
from age_model.i18n.translate import number, tr
from app_pages.widgets.camera import local_time
from app_pages.widgets.record import failures_shown
from app_pages.widgets.times import local

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.store.retention.settings import Removed, Retention

TROUBLE = "retention trouble"  # in the session state: why the settings were not taken


def show_retention(engine: "Engine", visitor: Visitor, store: str) -> None:
    """Show a store's settings, what they remove, and the last run.

    Raises:
        RecordError: the record cannot be used.
    """
    from age_model.store.retention.settings import Retention, count_old, read_retention

    known = read_retention(engine).get(store)
    _ask_days(engine, visitor, known or Retention(store, None, None))
    trouble = st.session_state.pop(TROUBLE, None)
    if trouble:
        st.error(tr(trouble))
    if known is None:
        st.info(tr("Nothing is removed by itself: no time was set for this store."))
        return
    if known.confirmed_at is None:
        _ask_to_confirm(engine, visitor, known, count_old(engine, known, local_time()))
        return
    st.success(
        tr("Runs every day, since {time}.").format(time=local(known.confirmed_at)),
        icon=":material/schedule:",
    )
    if known.last_run:
        last = tr("Last run {time}: {removed}")
        st.markdown(last.format(time=local(known.last_run), removed=_in_words(known.removed)))


def _ask_days(engine: "Engine", visitor: Visitor, now: "Retention") -> None:
    from age_model.store.retention.settings import MOST_DAYS

    with (
        st.form(f"retention of {now.store}"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        links, visits = (
            st.number_input(
                label, 1, MOST_DAYS, days, placeholder=tr("never"), key=key, help=help, width=300
            )
            for label, days, key, help in (
                (
                    tr("Remove cashier and receipt after, days"),
                    now.links_days,
                    f"links of {now.store}",
                    tr(
                        "The visit stays, but nobody sees any more who served it and what "
                        "was bought."
                    ),
                ),
                (
                    tr("Remove whole visits after, days"),
                    now.visits_days,
                    f"visits of {now.store}",
                    tr(
                        "With the outcome of the ID check. Receipts stay, without cashier and time."
                    ),
                ),
            )
        )
        pressed = st.form_submit_button(tr("Save"), icon=":material/save:")
    if pressed:
        _save(engine, visitor, now, links, visits)


def _save(
    engine: "Engine", visitor: Visitor, now: "Retention", links: int | None, visits: int | None
) -> None:
    from age_model.store.retention.settings import RetentionError, set_retention

    try:
        set_retention(engine, visitor, now.store, links, visits)
    except RetentionError as error:
        st.session_state[TROUBLE] = error.args[0]
    st.rerun()


def _ask_to_confirm(
    engine: "Engine", visitor: Visitor, settings: "Retention", counted: "Removed"
) -> None:
    with st.container(border=True):
        st.markdown(tr("**Not running yet.** The first run would do this:"))
        st.markdown(_in_words(counted))
        st.markdown(tr("It cannot be undone. After that it runs every day by itself."))
        st.button(
            tr("Confirm and run now"),
            icon=":material/auto_delete:",
            on_click=_confirm,
            args=(engine, visitor, settings),
        )


def _confirm(engine: "Engine", visitor: Visitor, settings: "Retention") -> None:
    from age_model.store.retention.run import run_retention
    from age_model.store.retention.settings import RetentionError, confirm

    with failures_shown():
        try:
            confirm(engine, visitor, settings)
        except RetentionError as error:
            st.session_state[TROUBLE] = error.args[0]
            return
        run_retention(engine, local_time(), visitor.name, only_due=True)


def _in_words(removed: "Removed") -> str:
    return tr("Visits without cashier and receipt: {links}. Visits removed: {visits}.").format(
        links=number(removed.links), visits=number(removed.visits)
    )
