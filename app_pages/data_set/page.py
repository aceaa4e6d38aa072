from functools import partial

import pandas as pd
import streamlit as st

from age_model.data.age_counts import count_ages
from age_model.data.labels import LabelledPhotos
from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from age_model.release import Release, short
from age_model.reports.data_set import DataTables, read_tables
from app_pages.data_set.ages import show_ages, show_summary
from app_pages.data_set.check import go_on_checking
from app_pages.data_set.health import known_problems, show_folder_health, show_shipped_health
from app_pages.data_set.samples import show_samples
from app_pages.data_set.to_do import is_left
from app_pages.widgets.commands import PHOTOS, python_command
from app_pages.widgets.folder import ask_for_folder
from app_pages.widgets.labelled import load_labels
from app_pages.widgets.missing import end_with_command
from app_pages.widgets.model_choice import show_title
from app_pages.widgets.tabs import show_views
from app_pages.widgets.words import plain

AGES, FACES, HEALTH = mark("Ages and groups"), mark("Faces"), mark("Doubtful photos")  # tabs
OPENED = "data_folder_tab"  # in the session state: which one of a folder is open


def load_tables(release: Release) -> DataTables:
    """Return the tables of the model's photos; without any, show an error and stop."""
    try:
        return read_tables(release.data_dir)
    except (OSError, ValueError):  # a missing file, a damaged one
        text = tr(
            "The tables in {folder} are missing or damaged. This command writes them, from the "
            "folder of labelled photos that the model was trained on:"
        )
        words = ("describe", "--data-dir", PHOTOS, "--model", release.model_dir)
        command = python_command("-m", "age_model", *words, "--out", release.data_dir)
        end_with_command(text.format(folder=plain(short(release.data_dir))), command)


def choose_photos() -> LabelledPhotos | None:
    """Return the labelled photos of a folder; None if none is named or it cannot be used."""
    folder = ask_for_folder()
    return load_labels(folder) if folder else None


def show_all_ages(counts: pd.DataFrame, trained_on: pd.DataFrame | None = None) -> None:
    """Show the data set in a few numbers, and its ages by group; arguments as for `show_ages`."""
    show_summary(counts)
    show_ages(counts, trained_on)


def show_folder(labelled: LabelledPhotos, shipped: DataTables) -> None:
    """Show a folder's doubtful photos, ages and faces; what there is to do is open at first."""
    if OPENED not in st.session_state:
        items = known_problems(labelled, shipped).items
        st.session_state[OPENED] = HEALTH if is_left(labelled.root, items) else AGES
    show_views(
        {
            HEALTH: partial(show_folder_health, labelled, shipped),
            AGES: lambda: show_all_ages(count_ages(labelled.table), shipped.ages),
            FACES: partial(show_samples, labelled),
        },
        OPENED,
    )


release = show_title(tr("Data"))
shipped = load_tables(release)

introduction = st.empty()
labelled = choose_photos()
if labelled is None:
    introduction.markdown(
        tr("The photos that the shipped model was trained and tested on, described by tables.")
    )
    show_views(
        {AGES: partial(show_all_ages, shipped.ages), HEALTH: partial(show_shipped_health, shipped)},
        "data_tab",
    )
else:
    introduction.markdown(
        tr("The labelled photos in {folder} (layout: {layout}).").format(
            folder=f"**{plain(str(labelled.root))}**", layout=plain(tr(labelled.layout))
        )
    )
    show_folder(labelled, shipped)
    go_on_checking(labelled)
