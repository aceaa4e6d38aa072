"""Out-of-fold predictions: for every photo, by a model that was not trained on it.

The photos are divided into folds; for each fold a model is trained on the others. Its predictions
show which labels are likely wrong (`label_errors`), also among the training photos, whose labels
a model trained on them has partly memorised.
"""

import hashlib
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from age_model.data.face_set import FaceSet
from age_model.data.splits import labels_fingerprint
from age_model.evaluation.predictions import predict_face_set
from age_model.training.config import TrainingConfig, TrainingError
from age_model.training.distributed import Process
from age_model.training.finish import save_run_model
from age_model.training.trainer import Trainer

log = logging.getLogger(__name__)
FOLDS = 5
FEWEST_FOLDS = 3  # one to predict, one for early stopping and calibration, one to train on
EPOCHS = 6  # far fewer than for a real model: a wrong label stands out early
DEFAULT_WORK_DIR = Path(".cache/crossfit")
_LICENCE = "Trained on a part of the photos to find wrong labels: not for use."


def crossfit(
    prepared: FaceSet,
    config: TrainingConfig,
    folds: int,
    folder: Path,
    process: Process,
) -> pd.DataFrame:
    """Predict each fold by a model trained on the others.

    The next fold chooses the epoch and calibrates the ranges, so that a photo has no part in the
    model that predicts it. A fold that is done is kept in `folder`: an interrupted run goes on with
    the next.

    Args:
        prepared: the photos, of all splits.
        config: of each training; `init` must not have seen the photos.
        folds: how many, at least `FEWEST_FOLDS`.
        folder: for the results, one folder a fold.
        process: where to train.

    Returns:
        The predictions table of all photos, in their order, with `fold`, from 1.

    Raises:
        TrainingError: there are too few different photos for so many folds.
    """
    fold_of = assign_folds(prepared.table["content_hash"], folds)
    if len(set(fold_of)) < folds:
        raise TrainingError(f"There are too few photos for {folds} folds.")
    tables = []
    for fold in range(folds):
        log.info("Fold %d of %d", fold + 1, folds)
        judged, choosing = fold_of == fold, fold_of == (fold + 1) % folds
        file = folder / f"fold-{fold + 1}" / "predictions.csv"
        if not file.exists():
            roles = np.select([judged, choosing], ["test", "valid"], "train")
            cast = replace(prepared, table=prepared.table.assign(split=roles))
            _predict(cast, config, file, process)
        table = pd.read_csv(file, dtype={"file_name": str}, keep_default_na=False, na_values=[""])
        splits = prepared.table["split"][judged].to_numpy()
        tables.append(table.assign(split=splits, fold=fold + 1).set_index(np.flatnonzero(judged)))
    return pd.concat(tables).sort_index()


def crossfit_key(prepared: FaceSet, config: TrainingConfig, folds: int) -> str:
    """Return a name for the folder of these photos, labels and settings (16 hex digits)."""
    parts = (labels_fingerprint(prepared.table), prepared.spec, config, folds)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def assign_folds(content_hashes: pd.Series, folds: int) -> np.ndarray:
    """Return the fold of each photo, from 0: int, shape (N,).

    By its content hash alone, so that identical pictures share a fold and a model never saw the
    twin of a photo that it predicts.
    """
    digests = [hashlib.sha256(f"fold:{name}".encode()).digest() for name in content_hashes]
    return np.array([int.from_bytes(digest[:8], "big") % folds for digest in digests])


def _predict(prepared: FaceSet, config: TrainingConfig, file: Path, process: Process) -> None:
    """Train on train, choose and calibrate by valid, write the predictions of test."""
    file.parent.mkdir(parents=True, exist_ok=True)
    valid = prepared.select("valid")
    trainer = Trainer(config, prepared.select("train"), valid, file.parent, process)
    trainer.run()
    model = save_run_model(trainer, prepared, valid, _LICENCE).model
    partial = file.with_suffix(".part")
    predict_face_set(model, prepared.select("test")).to_csv(partial, index=False)
    partial.replace(file)
