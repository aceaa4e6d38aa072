"""Out-of-fold predictions: no photo is judged by a model that learned from it or its twin."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch

from age_model.data.face_set import FaceSet
from age_model.evaluation.label_errors import doubtful_labels
from age_model.model.age_model import AgeModel
from age_model.training import crossfit as crossfit_module
from age_model.training.config import TrainingConfig, TrainingError
from age_model.training.crossfit import assign_folds, crossfit, crossfit_key
from age_model.training.distributed import Process
from age_model.training.finish import Finished
from tests.support.bar_reader import CARD, ReadsTheBar
from tests.support.synthetic import face, jpeg_of, synthetic_face_set

ALONE = Process(0, 1, torch.device("cpu"))
CONFIG = TrainingConfig(init="none", epochs=1)


def with_wrong_label(prepared: FaceSet, row: int, label: float) -> FaceSet:
    table = prepared.table.copy()
    table.loc[row, "real_age"] = label
    return replace(prepared, table=table)


def test_a_wrong_label_among_the_training_photos_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoTraining:
        def __init__(self, *_: object) -> None:
            pass

        def run(self) -> None:
            pass

    monkeypatch.setattr(crossfit_module, "Trainer", NoTraining)
    model = AgeModel([ReadsTheBar()], CARD)  # as if it had learned what there is to learn
    finished = Finished(model, pd.DataFrame())
    monkeypatch.setattr(crossfit_module, "save_run_model", lambda *_: finished)
    prepared = synthetic_face_set(train=40, valid=6, test=6)
    jpegs = (jpeg_of(face(8)), *prepared.jpegs[1:])
    wrong = with_wrong_label(replace(prepared, jpegs=jpegs), 0, 75.0)
    predictions = crossfit(wrong, CONFIG, 3, tmp_path, ALONE)
    assert predictions["file_name"].tolist() == prepared.table["file_name"].tolist()
    assert predictions["split"].tolist() == prepared.table["split"].tolist()
    assert set(predictions["fold"]) == {1, 2, 3}
    assert doubtful_labels(predictions)["file_name"].tolist() == ["000.jpg"]


def test_roles_never_overlap_and_done_folds_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = synthetic_face_set(train=40, valid=8, test=8)
    casts: list[FaceSet] = []

    def predict(cast: FaceSet, _: object, file: Path, __: object) -> None:
        casts.append(cast)
        file.parent.mkdir(parents=True)
        judged = cast.select("test").table[["file_name", "real_age", "split"]]
        judged.assign(predicted_age=1.0).to_csv(file, index=False)

    monkeypatch.setattr(crossfit_module, "_predict", predict)
    first = crossfit(prepared, CONFIG, 4, tmp_path, ALONE)
    assert len(casts) == 4
    judged = [set(cast.select("test").table["file_name"]) for cast in casts]
    assert sum(map(len, judged)) == len(set().union(*judged)) == len(prepared)
    for cast, names in zip(casts, judged, strict=True):
        learned, chose = (set(cast.select(role).table["file_name"]) for role in ("train", "valid"))
        assert not (names & learned or names & chose or learned & chose)
    pd.testing.assert_frame_equal(crossfit(prepared, CONFIG, 4, tmp_path, ALONE), first)
    assert len(casts) == 4  # nothing was trained again
    (tmp_path / "fold-2" / "predictions.csv").unlink()
    (tmp_path / "fold-2").rmdir()
    crossfit(prepared, CONFIG, 4, tmp_path, ALONE)
    assert len(casts) == 5


def test_identical_pictures_share_a_fold_and_folds_are_even() -> None:
    hashes = pd.Series([f"{i:064x}" for i in range(3000)] * 2)
    folds = assign_folds(hashes, 5)
    assert (folds[:3000] == folds[3000:]).all()
    sizes = pd.Series(folds).value_counts(normalize=True)
    assert sizes.between(0.17, 0.23).all() and len(sizes) == 5


def test_too_few_photos_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="too few photos for 20 folds"):
        crossfit(synthetic_face_set(4, 1, 1), CONFIG, 20, tmp_path, ALONE)


def test_other_labels_or_settings_have_another_folder() -> None:
    prepared = synthetic_face_set(8, 2, 2)
    keys = {
        crossfit_key(prepared, CONFIG, 5),
        crossfit_key(prepared, CONFIG, 4),
        crossfit_key(prepared, replace(CONFIG, epochs=2), 5),
        crossfit_key(with_wrong_label(prepared, 0, 1.0), CONFIG, 5),
    }
    assert len(keys) == 4
    assert crossfit_key(synthetic_face_set(8, 2, 2), CONFIG, 5) in keys
