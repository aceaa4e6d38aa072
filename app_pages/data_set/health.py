"""Problems of the photos and labels: counts, photos side by side, tables to download."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from age_model.data.age_counts import count_ages
from age_model.data.checks import (
    KINDS,
    PhotoCheck,
    all_problems,
    listed_problems,
    problem_table,
    twin_table,
    with_hashes,
)
from age_model.data.labels import LabelledPhotos
from age_model.data.problems import DatasetError, ProblemKind
from age_model.data.to_do import doubtful_photos
from age_model.evaluation.label_errors import (
    DOUBT_COLUMNS,
    DOUBTFUL_BELOW,
    LABEL_COLUMN,
    doubtful_labels,
)
from age_model.evaluation.metrics import CLOSE
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from age_model.reports.data_set import (
    PREDICTIONS_FILE,
    DataTables,
    read_predictions,
    rows_still_true,
)
from app_pages.charts.data_set import group_name
from app_pages.data_set.check import known_checks, show_checking
from app_pages.data_set.folder import show_photo
from app_pages.data_set.to_do import show_to_do
from app_pages.widgets.commands import PHOTOS, python_command, show_command
from app_pages.widgets.downloads import show_csv_download
from app_pages.widgets.metrics import show_metric
from app_pages.widgets.numbers import percent, small_percent
from app_pages.widgets.tabs import show_views
from app_pages.widgets.words import plain

ALWAYS_SHOWN = (
    ProblemKind.UNREADABLE,
    ProblemKind.MISSING_FILE,
    ProblemKind.NO_FACE,
    ProblemKind.CONFLICTING_AGES,
)
TO_DO, DOUBTS, TWINS, PROBLEMS = (  # the views in the tabs
    mark("To do"),
    mark("Likely wrong labels"),
    mark("Identical pictures"),
    mark("All problems"),
)
PHOTOS_SHOWN = 12
TWINS_SHOWN = 6

View = Callable[[], None]

_OPENED = "data_view"  # in the session state: which view is open, by its name in English


def show_shipped_health(tables: DataTables) -> None:
    """Show the problems of the shipped model's photos."""
    found = tables.problems["problem"].value_counts().to_dict()
    _show_counts(found, len(tables.doubts), set())
    show_views(
        {
            DOUBTS: partial(_show_shipped_doubts, tables.doubts, None),
            TWINS: partial(_show_twins, tables.twins, None),
            PROBLEMS: partial(_show_problems, tables.problems),
        },
        _OPENED,
    )


@dataclass(frozen=True)
class KnownProblems:
    """What is known to be wrong with a folder's photos.

    Attributes:
        is_shipped: whether they are the shipped model's, in which all was looked for before.
        problems: as `checks.problem_table`.
        twins: as `checks.twin_table`.
        unknown: the kinds that were not looked for.
        doubts: how many labels are likely wrong; None if unknown.
        show_doubts: shows these.
        items: of `to_do.doubtful_photos`.
    """

    is_shipped: bool
    problems: pd.DataFrame
    twins: pd.DataFrame
    unknown: Collection[ProblemKind]
    doubts: int | None
    show_doubts: View
    items: pd.DataFrame


def known_problems(labelled: LabelledPhotos, shipped: DataTables) -> KnownProblems:
    """Return what is known of a folder's photos so far."""
    checks = known_checks(labelled)
    is_shipped = not checks and count_ages(labelled.table).equals(shipped.ages)
    doubts, show_doubts = _folder_doubts(labelled, shipped)
    if is_shipped:
        found, unknown = listed_problems(shipped.problems), set()
        problems, twins = shipped.problems, shipped.twins
    else:
        found = all_problems(labelled, checks)
        problems = problem_table(found)
        twins = twin_table(with_hashes(labelled, checks))
        unknown = _not_looked_for(checks)
    some = shipped.doubts.head(0) if doubts is None else doubts
    return KnownProblems(
        is_shipped,
        problems,
        twins,
        unknown,
        None if doubts is None else len(doubts),
        show_doubts,
        doubtful_photos(labelled.table, found, twins, some),
    )


def show_folder_health(labelled: LabelledPhotos, shipped: DataTables) -> None:
    """Show the known problems of a folder, and the button that checks for more."""
    known = known_problems(labelled, shipped)
    show_checking(labelled, known.is_shipped)
    show_views(
        {
            TO_DO: partial(show_to_do, labelled, known.items),
            DOUBTS: known.show_doubts,
            TWINS: partial(_show_twins, known.twins, labelled.root),
            PROBLEMS: partial(_show_problems, known.problems),
        },
        _OPENED,
    )
    found = known.problems["problem"].value_counts().to_dict()
    _show_counts(found, known.doubts, known.unknown)


def _not_looked_for(checks: Mapping[str, PhotoCheck]) -> set[ProblemKind]:
    unknown: set[ProblemKind] = set()
    if not checks:
        unknown |= {ProblemKind.UNREADABLE, ProblemKind.CONFLICTING_AGES}
    if not any(check.face_sought and check.content_hash for check in checks.values()):
        unknown |= {ProblemKind.NO_FACE, ProblemKind.SEVERAL_FACES, ProblemKind.TOO_SMALL}
    return unknown


def _show_counts(
    found: Mapping[str, int], doubts: int | None, unknown: Collection[ProblemKind]
) -> None:
    kinds = [kind for kind in KINDS if kind in ALWAYS_SHOWN or found.get(kind)]
    with st.grid(5, min_column_width=270):  # three and two, not four and one
        for kind in kinds:
            name, meaning = KINDS[kind]
            is_unknown = kind in unknown
            show_metric(
                tr(name),
                "–" if is_unknown else number(found.get(kind, 0)),
                tr("not checked yet") if is_unknown else tr("found"),
                tr(meaning),
            )
        show_metric(
            tr("Likely wrong labels"),
            "–" if doubts is None else number(doubts),
            tr("no predictions yet") if doubts is None else tr("to look at"),
            _ranking(),
        )


def _ranking() -> str:
    return tr(
        "Photos whose label, give or take {years} years, has a probability below {share} "
        "according to a model that was not trained on the photo; the least probable label comes "
        "first."
    ).format(years=CLOSE, share=percent(DOUBTFUL_BELOW))


# ---- Likely wrong labels


def _folder_doubts(
    labelled: LabelledPhotos, shipped: DataTables
) -> tuple[pd.DataFrame | None, View]:
    """Return the doubtful labels, None if unknown, and a function to show them."""
    root = labelled.root
    try:
        predictions = read_predictions(root)
    except DatasetError as problem:
        return None, partial(_say_unusable, root, str(problem))
    except (OSError, ValueError):  # their words may quote the file
        return None, partial(_say_unusable, root, mark("it is no table of predictions"))
    if predictions is not None:
        doubts = doubtful_labels(rows_still_true(predictions, labelled.table))
        return doubts, partial(_show_doubts, doubts, root)
    known = rows_still_true(shipped.doubts, labelled.table)
    if known.empty:
        return None, partial(_show_how_to_predict, root)
    return known, partial(_show_shipped_doubts, known, root)


def _crossfit_command(folder: Path | None) -> str:
    photos = folder or Path(PHOTOS)
    options = ("--data-dir", photos, "--out", photos / PREDICTIONS_FILE)
    return python_command("-m", "age_model", "crossfit", *options)


def _say_unusable(folder: Path, problem: str) -> None:
    st.error(
        tr("The file {file} in this folder cannot be used: {problem}. Make it again:").format(
            file=PREDICTIONS_FILE, problem=plain(tr(problem))
        )
    )
    show_command(_crossfit_command(folder))


def _show_how_to_predict(folder: Path) -> None:
    st.info(
        tr(
            "To find labels that are likely wrong, every photo has to be predicted by a model "
            "that was not trained on it. This command trains some models on parts of the folder "
            "and writes their predictions, which this page then reads; it takes hours without a "
            "CUDA card:"
        ),
        icon=":material/rule:",
    )
    show_command(_crossfit_command(folder))


def _show_shipped_doubts(doubts: pd.DataFrame, folder: Path | None) -> None:
    _show_doubts(doubts, folder)
    st.caption(
        tr(
            "Only validation and test photos are checked here, because the shipped model was "
            "trained on the others. For a list of all photos, give their folder and run:"
        )
    )
    show_command(_crossfit_command(folder))


def _show_doubts(doubts: pd.DataFrame, folder: Path | None) -> None:
    st.markdown(_ranking())
    st.caption(tr("The model is wrong at times too: look before changing a label."))
    if doubts.empty:
        st.success(tr("No label is contradicted that much."), icon=":material/check_circle:")
        return
    if folder:
        with st.grid(4, min_column_width=150):
            for row in doubts.head(PHOTOS_SHOWN).to_dict("records"):
                ages = tr("Label {label}, model {predicted}").format(
                    label=f"{row['real_age']:.0f}", predicted=f"{row['predicted_age']:.0f}"
                )
                show_photo(folder / row["path"], ages, plain(row["file_name"]), alt=f"{ages}.")
    st.dataframe(
        doubts.style.format(small_percent, subset=[LABEL_COLUMN]),  # still sorted by value
        hide_index=True,
        alt=tr("Photos whose labels are likely wrong"),
        column_order=list(DOUBT_COLUMNS),
        column_config={
            "file_name": tr("Photo"),
            "real_age": st.column_config.NumberColumn(tr("Label"), format="%.0f"),
            "predicted_age": st.column_config.NumberColumn(tr("Predicted"), format="%.0f"),
            "age_low": st.column_config.NumberColumn(tr("Range from"), format="%.0f"),
            "age_high": st.column_config.NumberColumn(tr("Range to"), format="%.0f"),
            LABEL_COLUMN: st.column_config.NumberColumn(
                tr("Probability of the label"), help=_ranking()
            ),
        },
    )
    show_csv_download(doubts.drop(columns="path", errors="ignore"), "likely-wrong-labels.csv")


# ---- Identical pictures


def _show_twins(twins: pd.DataFrame, folder: Path | None) -> None:
    st.markdown(
        tr(
            "Groups of pictures that are the same in every pixel and whose labels differ in age or "
            "split. At least one of the ages is wrong; which one, the labels cannot tell."
        )
    )
    if twins.empty:
        st.caption(tr("None known."))
        return
    if folder:
        with st.grid(2, min_column_width=330, gap="medium"):
            for _, group in list(twins.groupby("twins"))[:TWINS_SHOWN]:
                _show_group(group, folder)
    st.dataframe(
        twins.assign(split=twins["split"].map(group_name, na_action="ignore")),
        hide_index=True,
        alt=tr("Identical pictures with different labels"),
        column_order=["twins", "file_name", "real_age", "split", "years_apart"],
        column_config={
            "twins": st.column_config.NumberColumn(tr("Group"), width="small"),
            "file_name": tr("Photo"),
            "real_age": st.column_config.NumberColumn(tr("Label"), format="%.0f"),
            "split": tr("Split"),
            "years_apart": st.column_config.NumberColumn(
                tr("Years apart"),
                format="%.0f",
                help=tr("Difference between the oldest and the youngest label of the group."),
            ),
        },
    )
    show_csv_download(twins.drop(columns="path"), "identical-pictures.csv")


def _show_group(group: pd.DataFrame, folder: Path) -> None:
    with st.grid(2, min_column_width=130):
        for row in group.to_dict("records"):
            label = tr("Label {age}").format(age=f"{row['real_age']:.0f}")
            show_photo(
                folder / row["path"],
                label,
                plain(row["file_name"]),
                alt=tr("Identical picture of group {number}. {label}.").format(
                    number=row["twins"], label=label
                ),
            )


# ---- All problems


def _show_problems(problems: pd.DataFrame) -> None:
    if problems.empty:
        st.caption(tr("None known."))
        return
    shown = problems.assign(
        problem=[tr(KINDS[ProblemKind(kind)][0]) for kind in problems["problem"]],
        detail=problems["detail"].map(tr, na_action="ignore"),
    )
    st.dataframe(
        shown,
        hide_index=True,
        alt=tr("Problems of the photos and labels"),
        column_config={
            "problem": tr("Problem"),
            "file_name": tr("Photo"),
            "detail": st.column_config.TextColumn(tr("Detail"), width="large"),
        },
    )
    show_csv_download(problems, "data-problems.csv")
