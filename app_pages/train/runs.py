"""The training runs of this computer: a list, one run's progress and curves, its model."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from age_model.release import VARIABLE, Release, released
from age_model.training.runs import RunState, TrainingRun, read_training_run, training_runs
from app_pages.charts.training import error_by_epoch
from app_pages.widgets.commands import restart_command, show_command, train_command
from app_pages.widgets.metrics import show_chart, show_metric
from app_pages.widgets.model_choice import chosen_release, look_at, model_name
from app_pages.widgets.numbers import in_years
from app_pages.widgets.tables import Heading, show_numbers
from app_pages.widgets.times import local
from app_pages.widgets.visitor import fragment
from app_pages.widgets.words import plain, time_left_in_words

LOOKED_AT = 5  # seconds between two looks at a run that runs
_KEY = "train_run"  # in the session state: the name of the run that is shown
ICONS = {
    RunState.RUNNING: ":material/play_circle:",
    RunState.FINISHED: ":material/check_circle:",
    RunState.STOPPED: ":material/stop_circle:",
}
RUNS = {
    "run": Heading(mark("Run")),
    "state": Heading(mark("State")),
    "epoch": Heading(mark("Epochs"), ".0f"),
    "valid_mae": Heading(mark("Valid error, years"), ".2f"),
    "photos": Heading(mark("Photos")),
    "changed": Heading(mark("Last written")),
}
LOG = {
    "epoch": Heading(mark("Epoch"), ".0f"),
    "valid_mae": Heading(mark("Valid error"), ".2f", mark("Average error in years.")),
    "train_mae": Heading(mark("Training error"), ".2f", mark("Average error in years.")),
    "minutes": Heading(mark("Minutes"), ".1f", mark("Since the start.")),
    "train_loss": Heading(mark("Training loss"), ".3f"),
    "lr": Heading(mark("Learning rate"), ".2g"),
}


def show_runs(runs: Sequence[TrainingRun]) -> None:
    """Show the runs, the newest first, and one of them in detail."""
    st.header(tr("Runs"), anchor=False)
    if not runs:
        st.info(
            tr("There is no run yet. One that was started by the command above is shown here."),
            icon=":material/model_training:",
        )
        return
    now = time.time()
    running = any(run.state(now) == RunState.RUNNING for run in runs)
    fragment(_show_table, run_every=LOOKED_AT if running else None)(runs[0].folder.parent)
    names = {run.folder.name: run for run in runs}
    if st.session_state.get(_KEY) not in names:
        st.session_state[_KEY] = next(iter(names))
    name = st.selectbox(tr("Run"), list(names), key=_KEY, persist_state="session", width=400)
    run = names[name or next(iter(names))]
    state = run.state(now)
    every = LOOKED_AT if state == RunState.RUNNING else None
    fragment(_show_run, run_every=every)(run.folder, (state, chosen_release()))


def _show_table(folder: Path) -> None:
    show_numbers(runs_table(training_runs(folder), time.time()), tr("Training runs"), RUNS)


def runs_table(runs: Sequence[TrainingRun], now: float) -> pd.DataFrame:
    """Return a row for each run, with the columns of `RUNS`."""
    rows = [
        {
            "run": run.folder.name,
            "state": tr(run.state(now)),
            "epoch": len(run.log),
            "valid_mae": None if run.best is None else run.best["valid_mae"],
            "photos": run.photos,
            "changed": _written(run),
        }
        for run in runs
    ]
    return pd.DataFrame(rows).astype({"valid_mae": float})


def _written(run: TrainingRun) -> str:
    return local(datetime.fromtimestamp(run.changed, UTC))


def _show_run(folder: Path, before: tuple[RunState, Release]) -> None:
    """Show one run as it is now; once it has ended or its model was chosen, redraw the page.

    Args:
        folder: of the run.
        before: its state and the chosen model when the page was drawn.
    """
    try:
        run = read_training_run(folder)
    except (OSError, ValueError, LookupError, TypeError):  # it was just moved or deleted
        st.rerun()
    now = time.time()
    state = run.state(now)
    _show_progress(run, state, now)
    if state == RunState.STOPPED:
        _say_how_to_resume(run)
    elif run.release.predictions_file.exists():
        _show_use(run.release)
    if not run.log.empty:
        _show_log(run)
    if (state, chosen_release()) != before:
        st.rerun()


def _show_progress(run: TrainingRun, state: RunState, now: float) -> None:
    done, best = len(run.log), run.best
    with st.grid(3, min_column_width=160):
        show_metric(
            tr("Epoch"),
            tr("{done} of {epochs}").format(done=number(done), epochs=number(run.epochs)),
            f"{ICONS[state]} {tr(state)}",
            tr("An epoch shows each training photo to the network once."),
        )
        show_metric(
            tr("Best valid error"),
            "–" if best is None else in_years(best["valid_mae"]),
            tr("no epoch yet")
            if best is None
            else tr("epoch {epoch}").format(epoch=number(best["epoch"], ".0f")),
            tr(
                "Average years between predicted and real age on the validation photos; the best "
                "epoch's network is kept."
            ),
        )
        show_metric(tr("Time left"), *_time_left(run, state, now), _time_help())


def _time_left(run: TrainingRun, state: RunState, now: float) -> tuple[str, str]:
    """Return the time left, and a note on it."""
    left = run.seconds_left(now)
    if state != RunState.RUNNING:
        return "–", tr("last written {time}").format(time=_written(run))
    if left is None:
        return "–", tr("known after the first epoch")
    return time_left_in_words(left), tr("at most")


def _time_help() -> str:
    return tr("From the time that the finished epochs took; a run may end earlier.")


def _show_log(run: TrainingRun) -> None:
    best = run.best
    left, right = st.columns(2, gap="medium")
    with left:
        show_chart(
            tr("Error by epoch"),
            tr(
                "Average error in years on the photos that are learned from, which are altered at "
                "random, and on the validation photos, which are not."
            ),
            error_by_epoch(run.log),
            alt=tr("Valid error by epoch; the best is {error} years in epoch {epoch}").format(
                error=number(0 if best is None else best["valid_mae"], ".2f"),
                epoch=number(0 if best is None else best["epoch"], ".0f"),
            ),
        )
    with right:
        st.header(tr("Log"), anchor=False)
        newest = run.log.iloc[::-1].assign(minutes=run.log["seconds"] / 60)
        show_numbers(newest[list(LOG)], tr("The log, the newest epoch first"), LOG)


def _say_how_to_resume(run: TrainingRun) -> None:
    st.info(
        tr("Nothing has been written for a while: if the run was stopped, this resumes it:"),
        icon=":material/stop_circle:",
    )
    show_command(train_command("--resume", run.folder))


def _show_use(release: Release) -> None:
    """Show the button that makes a finished run's model the one that is looked at."""
    if chosen_release() == release:
        st.success(
            tr("All pages of The model show this model to you."), icon=":material/check_circle:"
        )
    else:
        st.button(
            tr("Use this model"),
            icon=":material/check:",
            type="primary",
            on_click=look_at,
            args=(release,),
            help=tr("All pages of The model then show it, to you alone; no file is copied."),
        )
    if release == released():
        st.caption(tr("The till and all other visitors use it too."))
        return
    st.markdown(
        tr(
            "This choice is yours alone, for How good, Errors and Data. All other pages, At the "
            "till and My store among them, and all other visitors use the model that the app was "
            "started with ({model}). To have everybody use this one, end the app and start it by "
            "this command, with whatever else it was started with besides its folders. The HTTP "
            "service and the commands are processes of their own: give them the same {variable}."
        ).format(model=plain(model_name(released())), variable=f"`{VARIABLE}`")
    )
    show_command(restart_command(**{VARIABLE: release.folder}))
