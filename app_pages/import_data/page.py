from collections.abc import Hashable, Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import pandas as pd
import streamlit as st
from sqlalchemy import Engine

from age_model.access.rights import Action
from age_model.access.visitor import AccessDenied
from age_model.i18n.dates import day_in_digits
from age_model.i18n.message import mark
from age_model.i18n.translate import language, number, tr, trn
from age_model.model.card import ModelError
from age_model.store.imports import rows as rows_module
from age_model.store.imports.files import SUFFIXES, read_file
from age_model.store.imports.rows import Checked
from age_model.store.imports.tables import TableError
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.audit_log import Event
from age_model.store.record.column_choices import keep_choice, known_choice
from age_model.store.record.database import RecordError
from age_model.store.record.links import NEAR, join_receipts, spans_of
from age_model.store.record.past_imports import begin_import, end_import
from age_model.store.record.tills import TillsApart, apart_in_words, tills_apart
from age_model.vision.photos import PHOTO_SUFFIXES
from app_pages.import_data.columns import (
    Choice,
    Last,
    choose_columns,
    first_rows,
    remembered,
)
from app_pages.import_data.past import OUTCOME, show_past_imports
from app_pages.widgets.audit import note
from app_pages.widgets.doors import link_to
from app_pages.widgets.downloads import show_csv_download
from app_pages.widgets.model import PRIVACY, load_predictor_or_say_why
from app_pages.widgets.period import choose_days
from app_pages.widgets.record import failures_shown, open_record_or_say_why, say_not_recorded
from app_pages.widgets.settings import DEFAULT_CERTAINTY
from app_pages.widgets.store import forget_readings
from app_pages.widgets.tables import text_column
from app_pages.widgets.uploads import Source, upload_sources
from app_pages.widgets.visitor import current_visitor
from app_pages.widgets.words import plain

if TYPE_CHECKING:
    from age_model.predict.predictor import Predictor

READ = "file"  # in the session state, see `remembered`
CHECKED = "checked file"

REASONS = "rows_with_reasons.csv"
WITH_REASONS = mark("Download these rows with the reasons")
MOST_STORES = 5  # are named

KINDS = {
    "receipts": mark("Receipts"),
    "visits": mark("Visits"),
    "photos": mark("Photos of a checkout camera"),
}


# ---- Receipts and visits


def show_file_import(engine: Engine, kind: str) -> None:
    """Import a file of receipts or visits, from upload to record."""
    fields = rows_module.RECEIPT_FIELDS if kind == "receipts" else rows_module.VISIT_FIELDS
    upload = st.file_uploader(
        tr("A file of receipts, one line a product: Excel or CSV")
        if kind == "receipts"
        else tr("A file of visits with ages estimated elsewhere: Excel or CSV"),
        type=SUFFIXES,
        key=f"file of {kind}",
    )
    if upload is None:
        _say_what_is_needed(fields)
        return
    if show_outcome(upload.file_id):
        return
    try:
        table = remembered(READ, upload.file_id, lambda: read_file(upload.getvalue(), fields))
    except TableError as error:
        st.error(plain(str(error)), title=tr("This file cannot be read"))
        return
    choice = choose_columns(upload.file_id, fields, table, _last_choice(engine, kind, table))
    if choice is None:
        return
    if kind == "visits" and not rows_module.has_ranges(choice.columns):
        st.info(
            tr(
                "The file has no ranges: each age gets one as wide as this model's errors at that "
                "age. The errors of the file's ages are unknown, and may be larger."
            )
        )
    # The reasons are in the reader's language.
    what = upload.file_id, choice, language()
    try:
        checked = remembered(CHECKED, what, lambda: _check(kind, table, choice))
    except (OSError, ValueError, LookupError):
        st.error(
            tr(
                "The model's errors cannot be read, so these ages get no ranges: choose the "
                "columns of the ranges' ends, or repair the app's assets."
            )
        )
        return
    show_checked(checked, len(table))
    label = trn("Add {n} row", "Add {n} rows", len(checked.good)).format(
        n=number(len(checked.good))
    )
    if st.button(label, icon=":material/add:", disabled=checked.good.empty):
        outcome = add(engine, kind, upload.name, checked)
        if outcome:
            _keep_choice(engine, kind, table, choice)
            show_only(upload.file_id, outcome)


def _say_what_is_needed(fields: Mapping[str, rows_module.Field]) -> None:
    needed = ", ".join(tr(field.label) for field in fields.values() if field.required)
    also = ", ".join(tr(field.label) for field in fields.values() if not field.required)
    st.caption(
        tr(
            "Needed columns, under any headings: {needed}. Read too, if they are there: {also}. "
            "Encoding, separators and decimal commas are recognised."
        ).format(needed=needed, also=also)
    )


def _check(kind: str, table: pd.DataFrame, choice: Choice) -> Checked:
    columns, typed, reading, alcohol = choice
    if kind == "receipts":
        checked = rows_module.check_receipts(table, columns, typed, reading, alcohol)
    else:
        checked = rows_module.check_visits(table, columns, typed, reading)
    may_add = partial(current_visitor().may, Action.IMPORT)
    return rows_module.leave_out_stores(checked, table, may_add)


def show_checked(checked: Checked, rows: int) -> None:
    """Show how many rows are valid, and offer the others with the reasons; totals are left out."""
    left_out, totals = rows_module.without_totals(checked.bad)
    _say_checked(left_out, rows - totals)
    if totals:
        text = trn(
            "{n} row is a total and is left out.", "{n} rows are totals and are left out.", totals
        )
        st.caption(text.format(n=number(totals)))


def _say_checked(left_out: pd.DataFrame, rows: int) -> None:
    if left_out.empty:
        text = trn("{n} row can be added.", "All {n} rows can be added.", rows)
        st.success(text.format(n=number(rows)))
        return
    bad = len(left_out)
    st.warning(
        trn(
            "{n} of {rows} rows cannot be added.", "{n} of {rows} rows cannot be added.", bad
        ).format(n=number(bad), rows=number(rows))
    )
    _show_left_out(left_out, REASONS, tr(WITH_REASONS))


def _show_left_out(table: pd.DataFrame, file: str, label: str) -> None:
    st.dataframe(
        first_rows(table),
        hide_index=True,
        alt=tr("The first of these rows"),
        column_config={
            "row": tr("Row"),
            "reason": text_column(table["reason"], tr("Reason")),
            "photo": tr("Photo"),
        },
    )
    show_csv_download(table, file, label)


def _last_choice(engine: Engine, kind: str, table: pd.DataFrame) -> Last | None:
    with failures_shown():
        known = known_choice(engine, current_visitor(), kind, table.columns)
        return Last(**known) if known else None
    return None


def _keep_choice(engine: Engine, kind: str, table: pd.DataFrame, choice: Choice) -> None:
    kept = Last(choice.columns, choice.typed, list(choice.alcohol))
    with failures_shown():
        keep_choice(engine, current_visitor(), kind, table.columns, kept._asdict())


def add(engine: Engine, kind: str, file: str, checked: Checked) -> "Outcome | None":
    """Add valid rows to the record, and link receipts and visits; show an error on failure."""
    visitor, rows = current_visitor(), checked.good
    stores = sorted(rows["store"].unique())
    try:
        with st.spinner(tr("Adding…")):
            key = begin_import(engine, visitor, kind, file, stores)
            try:
                if kind == "receipts":
                    added = add_receipts(engine, visitor, rows, key)
                else:
                    added = add_visits(engine, visitor, *rows_module.visit_distributions(rows), key)
            finally:
                end_import(engine, visitor, key)
            joined = join_receipts(engine, visitor.scope(Action.IMPORT), spans=spans_of(rows))
    except AccessDenied as error:
        st.error(plain(tr(error.args[0])), title=tr("Nothing was added"))
        return None
    except RecordError as error:
        say_not_recorded(error)
        return None
    forget_readings()
    days = rows["time"].min().date(), rows["time"].max().date()
    choose_days(*days)  # the pages that show them open on these days
    apart = _tills_apart(engine, stores)
    left_out, _ = rows_module.without_totals(checked.bad)
    return Outcome(added, len(rows) - added, joined, apart, left_out, Held(*days, stores))


# ---- The outcome


class Held(NamedTuple):
    """What an imported file holds: its first and last day, and its stores."""

    first: date
    last: date
    stores: list[str]


class Outcome(NamedTuple):
    """The outcome of an import: new rows, existing ones, visits linked to a receipt.

    Attributes:
        apart: tills that may explain why others were not linked.
        left_out: rows that were not added; of photos those without a visit, with the reason in
            English.
        held: by the file; None for photos.
    """

    added: int
    known: int
    joined: int
    apart: TillsApart | None
    left_out: pd.DataFrame
    held: Held | None = None


def _tills_apart(engine: Engine, stores: list[str]) -> TillsApart | None:
    with failures_shown():
        return tills_apart(engine, stores)
    return None


def show_only(imported: Hashable, outcome: Outcome) -> NoReturn:
    """Draw the page anew, with the outcome in place of all else that is said of what was imported.

    Args:
        imported: the file, or the photos.
        outcome: of their import.
    """
    st.session_state[OUTCOME] = imported, outcome
    st.rerun()


def show_outcome(imported: Hashable) -> bool:
    """Show the outcome of the last import, as long as its file is chosen on the page.

    Args:
        imported: the file, or the photos, that is chosen.

    Returns:
        Whether it was the last import; until it is undone, there is nothing more to do with it.
    """
    last, outcome = st.session_state.get(OUTCOME, (None, None))
    if outcome is None or last != imported:
        return False
    st.success(
        tr("Added: {added}. Already there: {known}. Visits linked to a receipt: {joined}.").format(
            added=number(outcome.added), known=number(outcome.known), joined=number(outcome.joined)
        )
    )
    if outcome.held:
        _say_where(outcome.held)
    if outcome.apart:
        st.warning(plain(apart_in_words(outcome.apart)))
    if not outcome.left_out.empty:
        _say_left_out(outcome)
    return True


def _say_left_out(outcome: Outcome) -> None:
    n = len(outcome.left_out)
    if outcome.held:  # a file's rows were shown before, with the reasons in the reader's language
        text = trn("{n} row was not added.", "{n} rows were not added.", n)
        st.markdown(text.format(n=number(n)))
        show_csv_download(outcome.left_out, REASONS, tr(WITH_REASONS))
        return
    st.warning(trn("{n} photo has no visit.", "{n} photos have no visit.", n).format(n=number(n)))
    left_out = outcome.left_out.assign(reason=outcome.left_out["reason"].map(tr))
    _show_left_out(left_out, "photos_with_reasons.csv", tr("Download this list"))


def _say_where(held: Held) -> None:
    stores = ", ".join(held.stores[:MOST_STORES]) + (
        ", …" if len(held.stores) > MOST_STORES else ""
    )
    text = tr("The record has them now: {first} to {last}, {stores}. Shown on:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            text.format(
                first=day_in_digits(held.first),
                last=day_in_digits(held.last),
                stores=plain(stores),
            ),
            width="content",
        )
        link_to("overview")
        link_to("purchases")
        link_to("alcohol")


# ---- Photos


def show_photo_import(engine: Engine) -> None:
    """Import the photos of a checkout camera."""
    st.markdown(
        tr(
            "The name of each photo contains time and till, for example "
            "`2026-06-01_12-00-05_till3.jpg`. Each becomes a visit, linked to the nearest receipt "
            "of its till within {minutes} minutes."
        ).format(minutes=NEAR // 60)
    )
    store = st.text_input(tr("Store"), key="store", bind="query-params", max_chars=60).strip()
    uploads = st.file_uploader(
        tr("Photos, or a ZIP of them"),
        type=sorted(PHOTO_SUFFIXES | {".zip"}),
        accept_multiple_files=True,
        key="photos of a camera",
    )
    st.caption(tr(PRIVACY))
    sources = upload_sources(uploads)
    if not sources:
        return
    imported = store, tuple(source.key for source in sources)
    if show_outcome(imported):
        return
    if not store:
        st.info(tr("Fill in the store that the camera is in."))
    label = trn("Estimate the age on {n} photo", "Estimate the ages on {n} photos", len(sources))
    pressed = st.button(
        label.format(n=number(len(sources))), icon=":material/face:", disabled=not store
    )
    if pressed and (predictor := load_predictor_or_say_why()):
        outcome = _score(engine, store, sources, predictor)
        if outcome:
            show_only(imported, outcome)


def _score(
    engine: Engine, store: str, sources: list[Source], predictor: "Predictor"
) -> Outcome | None:
    from age_model.serving.scorer import Scorer
    from age_model.store.imports.camera_photos import record_photos, score_photos

    progress = st.progress(0.0)

    def tell(done: int) -> None:
        text = tr("{done} of {total} photos").format(done=number(done), total=number(len(sources)))
        progress.progress(done / len(sources), text=text)

    photos = ((source.name, source.read) for source in sources)
    examine = Scorer(predictor).results
    scored = score_photos(examine, predictor.model, photos, DEFAULT_CERTAINTY / 100)
    try:
        added, known, joined, left_out = record_photos(
            engine, current_visitor(), store, scored, tell
        )
    except AccessDenied as error:
        st.error(plain(tr(error.args[0])), title=tr("Nothing was added"))
        return None
    except RecordError as error:
        say_not_recorded(error)
        return None
    except ModelError as error:
        st.error(plain(tr(str(error))))
        return None
    forget_readings()
    note(Event.IMPORTED, [store], kind="photos", rows=added)
    return Outcome(added, known, joined, _tills_apart(engine, [store]), left_out)


st.title(tr("Add data"), anchor=False)
st.markdown(
    tr(
        "Receipts, visits and photos from other programs. Valid rows are added; the others can be "
        "downloaded with the reason. Rows that are already there are not added again."
    )
)
engine = open_record_or_say_why()
kind = st.segmented_control(
    tr("What to import"),
    list(KINDS),
    format_func=lambda name: tr(KINDS[name]),
    default="receipts",
    required=True,
    key="import",
    label_visibility="collapsed",
)
if engine is not None:
    if kind == "photos":
        show_photo_import(engine)
    else:
        show_file_import(engine, str(kind))
    show_past_imports(engine)
