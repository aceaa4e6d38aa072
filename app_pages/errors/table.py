"""The photos of the Errors page: the test photos, and those of the other sources."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from age_model.ages import AGE_LIMITS, under_column
from age_model.evaluation.attributes import (
    AGE_BAND,
    QUARTERED,
    SOURCE,
    band_column,
    with_attributes,
)
from age_model.evaluation.source_metrics import FULL
from age_model.i18n.translate import tr
from age_model.release import Release, short
from age_model.reports.card_sources import SOURCES_TABLE, TEST_SOURCE
from app_pages.widgets.commands import measure_command
from app_pages.widgets.missing import end_with_command
from app_pages.widgets.words import plain

PREDICTED = ("age_low", "age_high", "age_low_80", "age_high_80", *map(under_column, AGE_LIMITS))
_KEPT = 4  # models whose tables stay in memory, some megabytes each


class Evaluated(NamedTuple):
    """What is known of a model's errors.

    Attributes:
        photos: the predictions of all sources with `attributes.with_attributes`; those of other
            sources than the test photos have names made from the source and a number.
        test: of these the test photos.
        metrics: the metrics report of the test photos.
    """

    photos: pd.DataFrame
    test: pd.DataFrame
    metrics: Mapping[str, Any]


def load_evaluation(release: Release) -> Evaluated:
    """Return what was measured on a model; without it, show the command, and stop."""
    try:
        photos = _load_photos(release.folder, _stamps(release))
        return Evaluated(photos, test_photos(photos), release.metrics())
    except (OSError, ValueError, LookupError):  # a missing file, a damaged one
        text = tr(
            "The test results in {folder} are missing or damaged. This command writes them, from "
            "a folder of labelled photos:"
        )
        folder = plain(short(release.evaluation_dir))
        end_with_command(text.format(folder=folder), measure_command(release))


def test_photos(photos: pd.DataFrame) -> pd.DataFrame:
    """Return the test photos among those of all sources."""
    return photos[photos[SOURCE] == TEST_SOURCE] if SOURCE in photos else photos


def complete(chosen: pd.DataFrame) -> pd.DataFrame:
    """Return photos without the predictions that some of them lack, as those of other sources."""
    lacking = [name for name in PREDICTED if name in chosen and chosen[name].isna().any()]
    return chosen.drop(columns=lacking)


def as_measured(chosen: pd.DataFrame) -> pd.DataFrame:
    """Return photos with the columns of the files alone, to download."""
    derived = [AGE_BAND, *map(band_column, QUARTERED)]
    return chosen.drop(columns=[name for name in derived if name in chosen])


def _stamps(release: Release) -> tuple[float, ...]:
    """Return when the files were last written."""
    files = (release.predictions_file, _sources_file(release))
    return tuple(file.stat().st_mtime if file.exists() else 0.0 for file in files)


def _sources_file(release: Release) -> Path:
    return release.evaluation_dir / SOURCES_TABLE


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def _load_photos(folder: Path, stamps: tuple[float, ...]) -> pd.DataFrame:
    """Read the photos of the release in a folder; anew if its files were written since."""
    release = Release(folder)
    test = release.predictions()
    try:
        return all_photos(test, pd.read_csv(_sources_file(release)))
    except (OSError, ValueError, LookupError):  # there is none, or it is damaged
        return all_photos(test, None)


def all_photos(test: pd.DataFrame, sources: pd.DataFrame | None) -> pd.DataFrame:
    """Return the test photos with those of the other sources below them, whole photos alone.

    Args:
        test: the predictions table.
        sources: of `measure_sources`, if there is one.
    """
    others = None if sources is None else _others(sources)
    if others is None or others.empty:
        return with_attributes(test)
    both = pd.concat([test.assign(**{SOURCE: TEST_SOURCE}), others], ignore_index=True)
    return with_attributes(both)


def _others(sources: pd.DataFrame) -> pd.DataFrame:
    rows = sources[(sources["size"] == FULL) & (sources[SOURCE] != TEST_SOURCE)]
    names = rows[SOURCE] + " " + rows["photo"].astype(str)
    return rows.drop(columns=["size", "photo", "person"]).assign(file_name=names)
