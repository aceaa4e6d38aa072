"""Doubtful photos one by one: it is right, leave it out, or give it another age."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from age_model.access.rights import Action
from age_model.ages import MAX_AGE
from age_model.data.corrections import (
    UNCHANGED_SPLIT,
    VARIABLE,
    Correction,
    Decision,
    add_correction,
    corrections_file,
    read_corrections,
)
from age_model.data.labels import LabelledPhotos
from age_model.data.problems import DatasetError, ProblemKind
from age_model.data.to_do import DOUBTFUL, ToDo
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr, trn
from app_pages.data_set.check import checks_kept
from app_pages.data_set.folder import show_on_card
from app_pages.widgets.visitor import current_visitor, fragment, require
from app_pages.widgets.words import plain

PHOTOS_SHOWN = 8
TITLES = {
    str(ProblemKind.CONFLICTING_AGES): mark("Same picture, other age"),
    DOUBTFUL: mark("Likely wrong label"),
    str(ProblemKind.NO_FACE): mark("No face"),
    str(ProblemKind.SEVERAL_FACES): mark("Several faces"),
    str(ProblemKind.TOO_SMALL): mark("Face too small"),
    str(ProblemKind.UNREADABLE): mark("Unreadable"),
}
DECIDED = {
    Decision.ACCEPT: mark("Right as it is"),
    Decision.EXCLUDE: mark("Excluded"),
    Decision.RELABEL: mark("New age: {age}"),
}

# Keys of the session state.
_KIND = "data_to_do_kind"
_DECIDED = "data_to_do_decided"
_FAILED = "data_to_do_failed"


def is_left(root: Path, items: pd.DataFrame) -> bool:
    """Return whether a folder has a doubtful photo to decide about, or a table to put right.

    Args:
        root: the folder.
        items: of `to_do.doubtful_photos`.
    """
    try:
        return ToDo(items, read_corrections(corrections_file(root))).is_left
    except DatasetError:
        return True


@fragment
def show_to_do(labelled: LabelledPhotos, items: pd.DataFrame) -> None:
    """Show the doubtful photos of a folder, a kind at a time, with what to do about each.

    Args:
        labelled: the folder.
        items: of `to_do.doubtful_photos`.
    """
    try:
        to_do = ToDo(items, read_corrections(corrections_file(labelled.root)))
    except DatasetError as problem:
        st.error(plain(tr(str(problem))))
        return
    if items.empty:
        st.caption(tr("Nothing is known to be doubtful. “Check the photos” above looks for more."))
        return
    kind, decided = _choose(to_do)
    if st.session_state.pop(_FAILED, False):
        st.error(_not_written(corrections_file(labelled.root)))
    rows = to_do.of_kind(kind, decided)
    may = current_visitor().may(Action.CORRECT_LABELS)
    _show_cards(rows.head(PHOTOS_SHOWN), to_do.decided, labelled.root, may)
    _show_end(rows, to_do, labelled.root, may and not decided)


def _choose(to_do: ToDo) -> tuple[str, bool]:
    """Return which kind of doubt is chosen, and whether the decided photos are."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        decided = bool(st.session_state.get(_DECIDED))
        counts = to_do.counts(decided)
        there = set(to_do.items["kind"])
        kinds = [kind for kind in TITLES if kind in there]
        if st.session_state.get(_KIND) not in kinds:
            st.session_state[_KIND] = next((kind for kind in kinds if counts[kind]), kinds[0])
        kind = st.segmented_control(
            tr("What is doubtful"),
            kinds,
            format_func=lambda kind: f"{tr(TITLES[kind])} · {number(counts[kind])}",
            required=True,
            key=_KIND,
            wrap=True,
        )
        st.toggle(tr("Show the decided ones"), key=_DECIDED)
    return str(kind), decided


def _show_cards(
    rows: pd.DataFrame, decided: Mapping[str, Correction], root: Path, may: bool
) -> None:
    if rows.empty:
        st.success(tr("All of these are decided."), icon=":material/check_circle:")
        return
    with st.grid(4, min_column_width=200):
        for row in rows.to_dict("records"):
            with st.container(border=True, height="stretch"):
                _show_card(row, decided.get(row["file_name"]), root)
                if may:
                    st.space("stretch")  # in a row all buttons are in one line
                    _show_buttons(row, root, row["file_name"] in decided)


def _show_card(row: Mapping[str, object], done: Correction | None, root: Path) -> None:
    title = _ages(row)
    notes = [plain(str(row["file_name"]))]
    if row["split"] == UNCHANGED_SPLIT:
        notes.append(tr("A test photo: the decision changes nothing."))
    if done:
        age = "" if done.age is None else number(done.age, "g")
        notes.append(f"**{tr(DECIDED[done.decision]).format(age=age)}**")
    show_on_card(root / str(row["path"]), title, "  \n".join(notes), alt=f"{title}.")


def _ages(row: Mapping[str, object]) -> str:
    """Return what the label, the model and other labels say, as far as it is known."""
    label = f"{row['real_age']:g}"
    if not pd.isna(row["predicted_age"]):
        return tr("Label {label}, model {predicted}").format(
            label=label, predicted=f"{row['predicted_age']:.0f}"
        )
    if not pd.isna(row["other_ages"]):
        return tr("Label {label}, its copy {others}").format(
            label=label, others=str(row["other_ages"])
        )
    return tr("Label {age}").format(age=label)


def _show_buttons(row: Mapping[str, object], root: Path, done: bool) -> None:
    name = str(row["file_name"])
    key = f"{row['kind']} {name}"
    decide = partial(_decide, root)
    with st.container(horizontal=True, gap="xxsmall"):
        if done:
            st.button(
                tr("Take it back"),
                key=f"data_open {key}",
                icon=":material/undo:",
                on_click=decide,
                args=([Correction(name, Decision.OPEN)],),
            )
            return
        readable = row["kind"] != ProblemKind.UNREADABLE  # of others there is nothing to judge
        if readable:
            st.button(
                tr("Right"),
                key=f"data_accept {key}",
                help=tr("The photo and its label are right as they are."),
                on_click=decide,
                args=([Correction(name, Decision.ACCEPT)],),
            )
        st.button(
            tr("Exclude"),
            key=f"data_exclude {key}",
            help=tr("Training leaves the photo out. The file stays where it is."),
            on_click=decide,
            args=([Correction(name, Decision.EXCLUDE)],),
        )
        if readable:
            _ask_for_age(root, name, key)


def _ask_for_age(root: Path, name: str, key: str) -> None:
    with st.popover(tr("New age"), help=tr("Training uses another age for this photo.")):
        st.number_input(
            tr("Age, years"), 0.0, float(MAX_AGE), key=f"data_age {key}", step=1.0, value=None
        )
        st.button(
            tr("Save"),
            key=f"data_relabel {key}",
            type="primary",
            on_click=_relabel,
            args=(root, name, f"data_age {key}"),
        )


def _show_end(rows: pd.DataFrame, to_do: ToDo, root: Path, may_exclude: bool) -> None:
    names = rows["file_name"].tolist()
    with st.container(horizontal=True, vertical_alignment="center"):
        if may_exclude and len(names) > 1:
            with st.popover(tr("Exclude all {count}").format(count=number(len(names)))):
                st.markdown(tr("Training would leave out all photos of this kind, seen or not."))
                st.button(
                    tr("Exclude them"),
                    type="primary",
                    on_click=_decide,
                    args=(root, [Correction(name, Decision.EXCLUDE) for name in names]),
                )
        done = len(to_do.decided.keys() - to_do.of_test)
        st.markdown(
            trn(
                "{done} photo decided. Decisions are added to {file}, and `train.py` reads them; "
                "labels and photos stay as they are.",
                "{done} photos decided. Decisions are added to {file}, and `train.py` reads them; "
                "labels and photos stay as they are.",
                done,
            ).format(done=number(done), file=f"`{plain_path(corrections_file(root))}`"),
            width="stretch",
        )
    if to_do.of_test:
        st.caption(_of_test(len(to_do.of_test)))


def _of_test(count: int) -> str:
    return trn(
        "{count} doubtful test photo is not in this list: training does not see it, and it stays "
        "in the test as it is, so that the test gets no easier. The other tabs show it.",
        "{count} doubtful test photos are not in this list: training does not see them, and they "
        "stay in the test as they are, so that the test gets no easier. The other tabs show them.",
        count,
    ).format(count=number(count))


def plain_path(file: Path) -> str:
    """Return a path as it can stand between backticks."""
    return str(file).replace("`", "")


def _relabel(root: Path, name: str, key: str) -> None:
    age = st.session_state[key]
    if age is not None:
        _decide(root, [Correction(name, Decision.RELABEL, age)])


def _decide(root: Path, corrections: list[Correction]) -> None:
    visitor = require(Action.CORRECT_LABELS)
    file, now = corrections_file(root), datetime.now().astimezone()
    try:
        with checks_kept(root):
            for correction in corrections:
                add_correction(file, correction, visitor.name, now)
    except OSError:
        st.session_state[_FAILED] = True


def _not_written(file: Path) -> str:
    return tr(
        "The decision was not saved: {file} cannot be written. Make the folder writable, or start "
        "the app with another one in {variable}."
    ).format(file=f"`{plain_path(file)}`", variable=VARIABLE)
