"""The tables of the shipped model's data set, which the app shows where the photos are not."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from age_model.data.age_counts import count_ages
from age_model.data.checks import problem_table, twin_table
from age_model.data.face_set import FaceSet
from age_model.evaluation.label_errors import DOUBT_COLUMNS, doubtful_labels
from age_model.evaluation.predictions import predict_face_set
from age_model.model.age_model import AgeModel
from age_model.reports.data_set import table_paths

HELD_OUT = ("valid", "test")


def write_data_tables(
    model: AgeModel,
    prepared: FaceSet,
    folder: Path,
    predicted: Mapping[str, pd.DataFrame] = MappingProxyType({}),
) -> list[Path]:
    """Write the tables of `data_set.DataTables`, without a photo; return their paths.

    Args:
        model: a model trained on no photos but the training split of this set.
        prepared: the set.
        folder: for the tables; made if missing.
        predicted: the predictions tables of those splits that the model has predicted already.
    """
    doubts = doubtful_labels(_held_out_predictions(model, prepared, predicted))
    tables = {
        "ages": count_ages(prepared.table),
        "problems": problem_table(prepared.problems),
        "twins": twin_table(prepared.table),
        "doubts": doubts[[*DOUBT_COLUMNS, "split"]],
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = table_paths(folder)
    for name, table in tables.items():
        table.to_csv(paths[name], index=False, lineterminator="\n")
    return list(paths.values())


def _held_out_predictions(
    model: AgeModel, prepared: FaceSet, predicted: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Predict the photos that the model was not trained on: it has memorised the others."""
    there = set(prepared.table["split"])
    parts = [
        predicted[split] if split in predicted else predict_face_set(model, prepared.select(split))
        for split in HELD_OUT
        if split in there
    ]
    if not parts:
        return pd.DataFrame(columns=[*DOUBT_COLUMNS, "split"])
    return pd.concat(parts, ignore_index=True)
