"""The labels of a folder on the server."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import streamlit as st

from age_model.data.labels import LabelledPhotos, read_labels
from age_model.data.layouts import UTKFACE
from age_model.data.problems import DatasetError, Problem, ProblemKind
from age_model.i18n.translate import number, tr
from age_model.reports.data_set import folder_state
from app_pages.widgets.words import plain

_KEPT_FOLDERS = 2  # folders whose tables stay in memory, a few megabytes each


def load_labels(folder: Path) -> LabelledPhotos | None:
    """Return a folder's labels, read once for all visitors; without any, show why.

    They are read again when the folder has changed.
    """
    try:
        with st.spinner(tr("Reading the labels…")):
            return _load_labels(folder, folder_state(folder))
    except (DatasetError, OSError) as problem:
        st.error(_in_words(problem), title=tr("This folder cannot be used"))
        return None


@st.cache_resource(max_entries=_KEPT_FOLDERS, show_spinner=False)
def _load_labels(folder: Path, state: tuple[tuple[str, int], ...]) -> LabelledPhotos:
    labelled = read_labels(folder)
    own = tuple(problem for problem in labelled.problems if not _is_of_others(problem, labelled))
    return replace(labelled, problems=own)


def _is_of_others(problem: Problem, labelled: LabelledPhotos) -> bool:
    """Return whether a file is none of the data set's, as its name has no age.

    Such names are not shown: a page is not where to look what else is in a folder.
    """
    kinds = (ProblemKind.MISSING_AGE, ProblemKind.NO_TEXT)
    return labelled.layout == UTKFACE and problem.kind in kinds


def _in_words(problem: DatasetError | OSError) -> str:
    """Return why a folder cannot be used, without what its files say."""
    words = plain(tr(str(problem)) if isinstance(problem, DatasetError) else str(problem.strerror))
    kinds = Counter(p.kind for p in problem.problems) if isinstance(problem, DatasetError) else {}
    return "  \n".join([words, *(f"{tr(kind)}: {number(n)}" for kind, n in kinds.items())])
