"""Folders of training runs, without training."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from age_model.release import SHIPPED
from age_model.training.runs import LOG_COLUMNS, LOG_FILE, RUN_FILE


def write_run(folder: Path, errors: Sequence[float], written: float) -> Path:
    """Write what a run has after some epochs of 100 seconds.

    Args:
        folder: made.
        errors: on the validation photos, years, of each epoch.
        written: when, seconds since 1970.
    """
    folder.mkdir(parents=True)
    run = {"config": {"epochs": 14}, "source": {"data_dir": "photos", "prepared": ""}}
    (folder / RUN_FILE).write_text(json.dumps(run), encoding="utf-8")
    epochs = range(1, len(errors) + 1)
    rows = [(n, 1.0, mae + 1, 0.001, mae, 100.0 * n) for n, mae in zip(epochs, errors, strict=True)]
    files = [folder / RUN_FILE]
    if rows:
        files.append(folder / LOG_FILE)
        pd.DataFrame(rows, columns=list(LOG_COLUMNS)).to_csv(files[-1], index=False)
    for file in files:
        os.utime(file, (written, written))
    return folder


def finish(folder: Path) -> None:
    """Give a run the shipped model and its test results."""
    (folder / "model").symlink_to(SHIPPED / "model")
    shutil.copytree(SHIPPED / "evaluation", folder / "evaluation")
    (folder / "data").symlink_to(SHIPPED / "data")
