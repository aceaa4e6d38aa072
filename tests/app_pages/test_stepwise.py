import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app_pages.widgets import stepwise


class Clock:
    """Stands in for the module time."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


def _page() -> None:
    """Work on most of ten items, 0.4 seconds each."""
    import streamlit as st

    from app_pages.widgets import stepwise

    done = st.session_state.setdefault("done", [])
    texts = st.session_state.setdefault("texts", [])
    texts.append(stepwise.progress_in_words(len(done), 10, "pace"))

    def work(item: int) -> None:
        done.append(item)
        stepwise.time.seconds += 0.4  # type: ignore[attr-defined]  # a Clock

    if len(done) < 7:
        stepwise.do_some(range(len(done), 10), work, "pace")


def test_work_goes_on_in_steps_from_run_to_run_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepwise, "time", Clock())
    app = AppTest.from_function(_page).run()
    assert app.session_state["done"] == list(range(9))  # three a step
    assert app.session_state["texts"] == [
        "0 of 10 photos",
        *(f"{done} of 10 photos, a few seconds left" for done in (3, 6, 9)),
    ]
    seconds, items = app.session_state["pace"]
    assert items == 9 and seconds == pytest.approx(9 * 0.4)


def test_time_left_follows_the_pace_until_the_work_starts_anew() -> None:
    st.session_state["pace"] = (40.0, 10)
    assert stepwise.progress_in_words(10, 40, "pace") == "10 of 40 photos, about 2 minutes left"
    stepwise.start_anew("pace")
    assert stepwise.progress_in_words(10, 40, "pace") == "10 of 40 photos"
    del st.session_state["pace"]
