"""Long work on a page, done in short steps at the very end of the page's run.

Each run draws all that is known, does some more and asks for the next run. So a click is answered
within a step, one visitor's work does not hold up another's, and what is done is kept when the work
is stopped.
"""

import time
from collections.abc import Callable, Iterable
from typing import NoReturn, TypeVar

import streamlit as st

from age_model.i18n.translate import number, tr
from app_pages.widgets.words import time_left_in_words

STEP = 1.0  # seconds of work between two drawings of the page

T = TypeVar("T")


def start_anew(pace: str) -> None:
    """Forget how fast the work went: what is done from now on is another piece of work.

    Args:
        pace: the key in the session state of the seconds and items so far.
    """
    st.session_state[pace] = (0.0, 0)


def do_some(left: Iterable[T], work: Callable[[T], None], pace: str) -> NoReturn:
    """Do the first items of what is left and run the page again: the last call on a page.

    Args:
        left: what is still to be done, at least one item.
        work: does one of them and keeps what comes of it.
        pace: as in `start_anew`.
    """
    seconds, items = st.session_state.get(pace, (0.0, 0))
    start = time.monotonic()
    for item in left:
        work(item)
        items += 1
        if time.monotonic() - start > STEP:
            break
    st.session_state[pace] = (seconds + time.monotonic() - start, items)
    st.rerun()


def progress_in_words(done: int, total: int, pace: str) -> str:
    """Return how many of the photos are done, and how long the others will take if that is known.

    Args:
        done: the photos that are done, of whichever run of the work.
        total: all of them.
        pace: as in `start_anew`.
    """
    seconds, photos = st.session_state.get(pace, (0.0, 0))
    counts = {"done": number(done), "total": number(total)}
    if not photos:
        return tr("{done} of {total} photos").format(**counts)
    time_left = time_left_in_words((total - done) * seconds / photos)
    return tr("{done} of {total} photos, {time_left}").format(**counts, time_left=time_left)
