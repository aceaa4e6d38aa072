"""The end of a training run: decoding and calibration on valid, model saved, test reported."""

import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import torch

from age_model.data.face_set import FaceSet
from age_model.data.splits import labels_fingerprint
from age_model.evaluation.calibration import calibrate, uncalibrated
from age_model.evaluation.metrics import summarise
from age_model.evaluation.predictions import (
    Measured,
    decoded_faces,
    evaluate_split,
    predictions_table,
)
from age_model.model.age_model import AgeModel
from age_model.model.distributions import DECODINGS, decode_age, prior_shift
from age_model.model.json_files import write_json
from age_model.model.network import AgeNetwork
from age_model.model.prior import SHIFT_AGES
from age_model.model.saved_model import load_model, network_as_saved, save_model
from age_model.model.tta import candidate_views, views_to_list
from age_model.training.trainer import Trainer
from age_model.training.validation import sample_weights

PRIOR_RATIOS = (1.0, 0.8, 0.65, 0.5)
LIBRARIES = ("torch", "torchvision", "numpy", "pillow")


class Finished(NamedTuple):
    """A model that was saved.

    Attributes:
        model: as it is loaded from its folder.
        valid: its `predictions_table` of the validation photos.
    """

    model: AgeModel
    valid: pd.DataFrame


def save_run_model(trainer: Trainer, prepared: FaceSet, valid: FaceSet, licence: str) -> Finished:
    """Save the best epoch's averaged weights with everything needed to use them.

    Args:
        trainer: a finished run; the model is written to `model/` in its folder.
        prepared: the whole data set, for its fingerprint and split sizes.
        valid: its validation faces.
        licence: what the training photos allow.
    """
    card = {
        "face": prepared.spec.to_dict(),
        "data": _describe_data(prepared),
        "training": [_describe_training(trainer)],
        "licence": licence,
    }
    return save_finished(trainer.folder / "model", [trainer.best_network()], card, valid)


def save_finished(
    folder: Path, networks: Sequence[AgeNetwork], card: dict[str, Any], valid: FaceSet
) -> Finished:
    """Save networks as a model whose remaining choices are made on `valid`.

    The choices are the views, the shift of the ages' prior, the decoding, the width of a
    regression's distribution and the calibration. Views, shift and decoding are those with the
    lowest MAE, each source and person weighted alike. All is chosen in memory: the folder holds
    the older model until the new one is complete.

    Args:
        folder: where to.
        networks: trained, of one architecture, head and normalisation.
        card: the entries `face`, `data`, `training` and `licence` of `model.json`.
        valid: the validation faces.
    """
    card = card | {
        "decoding": "expectation",
        **uncalibrated(),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in LIBRARIES},
        "metrics": {},
    }
    networks_as_saved = [network_as_saved(network) for network in networks]
    real, size = torch.tensor(valid.table["real_age"].to_numpy()), valid.spec.size
    models = [
        AgeModel(networks_as_saved, card | {"looks": views_to_list(views)})
        for views in candidate_views(size, len(networks))
    ]
    outputs = _outputs(models, valid)
    if networks[0].head == "regression":
        models = [_with_sigma(*each, real) for each in zip(models, outputs, strict=True)]
    distributions = [
        model.averaged(of_model) for model, of_model in zip(models, outputs, strict=True)
    ]
    choices = list(product(range(len(models)), PRIOR_RATIOS, DECODINGS))
    ages = [
        decode_age(prior_shift(distributions[i].double(), ratio), how) for i, ratio, how in choices
    ]
    weights = sample_weights(valid.table)
    errors = [((found - real).abs() * weights).sum().item() for found in ages]
    best = min(range(len(choices)), key=lambda choice: errors[choice])
    chosen, ratio, decoding = choices[best]
    card = models[chosen].card | {
        "decoding": decoding,
        "prior_ratio": ratio,
        "prior_ages": list(SHIFT_AGES),
    }
    card["metrics"] = {
        "valid": asdict(summarise(real.numpy(), ages[best].numpy())),
        "valid_mae_by_choice": [
            {"looks": models[i].card["looks"], "prior_ratio": ratio, "decoding": how, "mae": mae}
            for (i, ratio, how), mae in zip(choices, errors, strict=True)
        ],
    }
    shifted = prior_shift(distributions[chosen], ratio)
    entries = calibrate(AgeModel(networks_as_saved, card), valid.table, shifted)
    save_model(folder, networks, card | entries)
    model = load_model(folder)
    return Finished(model, predictions_table(model, valid.table, shifted))


def _outputs(models: Sequence[AgeModel], valid: FaceSet) -> list[torch.Tensor]:
    """Return the `outputs` of each model for all faces, each of which is decoded once."""
    parts = [
        [model.outputs(faces) for model in models] for faces in decoded_faces(models[0], valid)
    ]
    return [torch.cat(of_model, 1) for of_model in zip(*parts, strict=True)]


def _with_sigma(model: AgeModel, outputs: torch.Tensor, real: torch.Tensor) -> AgeModel:
    """Return a regression model with the standard deviation of its errors, years."""
    residual = decode_age(model.averaged(outputs).double(), "median") - real
    sigma = residual.square().mean().sqrt().item()
    interval = model.card["interval"] | {"regression_sigma": sigma}
    return AgeModel(model.networks, model.card | {"interval": interval})


def evaluate_run(folder: Path, prepared: FaceSet) -> Measured:
    """Evaluate a run's saved model on test; write `evaluation/` in its folder.

    Returns:
        Predictions and metrics, as written.
    """
    model = load_model(folder / "model")
    out = folder / "evaluation"
    out.mkdir(exist_ok=True)
    measured = evaluate_split(
        model, prepared, "test", out / "predictions.csv", out / "metrics.json"
    )
    card = model.card
    card["metrics"]["test"] = measured.metrics["overall"]
    write_json(folder / "model" / "model.json", card)
    return measured


def _describe_data(prepared: FaceSet) -> dict[str, Any]:
    table = prepared.table
    train = table[table["split"] == "train"]
    return {
        "fingerprint": labels_fingerprint(table),
        "label": "real_age",
        "photos": table["split"].value_counts().to_dict(),
        "photos_without_face": prepared.without_face,
        "train_median_age": float(train["real_age"].median()),
        "train_ages": [float(train["real_age"].min()), float(train["real_age"].max())],
    }


def _describe_training(trainer: Trainer) -> dict[str, Any]:
    initial = trainer.initial
    return {
        **asdict(trainer.config),
        # Names alone: nobody else has the folders of the machine that trained it.
        "teacher": ",".join(Path(file).name for file in trainer.config.teacher.split(",")),
        "soft_labels": Path(trainer.config.soft_labels).name,
        "init": initial.source,
        "init_loaded": len(initial.loaded),
        "init_random": sorted({name.rpartition(".")[0] for name in initial.missing}),
        "epochs_run": trainer.epoch,
        "best_epoch": trainer.best_epoch + 1,
        "device": trainer.process.device.type,
        "processes": trainer.process.world,
        "precision": str(trainer.amp or torch.float32).removeprefix("torch."),
        "minutes": round(trainer.seconds / 60, 1),
    }
