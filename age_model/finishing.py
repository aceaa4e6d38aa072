"""The end of training: decoding and calibration on valid, model saved, test reported."""

import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from age_model.calibration import calibrate, uncalibrated
from age_model.ensemble import Ensemble
from age_model.evaluation import evaluate_split, predict_distributions
from age_model.language import Sentence
from age_model.metrics import summarise
from age_model.model_files import (
    AgeModel,
    ModelError,
    Network,
    load_model,
    save_model,
    write_json,
)
from age_model.network import DECODINGS, AgeNetwork, decode_age
from age_model.prepared import PreparedFaces
from age_model.splits import labels_fingerprint
from age_model.training import Trainer

LIBRARIES = ("torch", "torchvision", "numpy", "pillow")


def save_run_model(
    trainer: Trainer, prepared: PreparedFaces, valid: PreparedFaces, licence: str
) -> AgeModel:
    """Save the best epoch's averaged weights with everything needed to use them.

    The decoding, the width of a regression's distribution and the calibration are fitted on
    `valid`.

    Args:
        trainer: a finished run; the model is written to `model/` in its folder.
        prepared: the whole data set, for its fingerprint and split sizes.
        valid: its validation faces.
        licence: what the training photos allow.
    """
    network = trainer.best_network()
    card: dict[str, Any] = {
        "face": prepared.spec.to_dict(),
        "decoding": "expectation",
        **uncalibrated(),
        "data": _describe_data(prepared),
        "training": _describe_training(trainer),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in LIBRARIES},
        "metrics": {},
        "licence": licence,
    }
    return _save_fitted(trainer.folder / "model", network, card, valid)


def save_ensemble(models: Sequence[AgeModel], valid: PreparedFaces, folder: Path) -> AgeModel:
    """Save models as one whose distributions are the mean of theirs.

    Args:
        models: at least two, trained on the same photos; none an ensemble itself.
        valid: the validation faces of that set, of the size of the models' largest faces.
        folder: for the saved model.

    Raises:
        ModelError: if the models do not go together.
    """
    first = max(models, key=lambda model: model.spec.size)
    for model in models:
        _check_alike(model, first)
    card = first.card | {
        "members": [
            {
                "architecture": model.network.architecture,
                "size": model.spec.size,
                "training": model.card["training"],
            }
            for model in models
        ],
        **uncalibrated(),
        "metrics": {},
    }
    del card["architecture"]  # read off the network
    networks = [model.network for model in models if isinstance(model.network, AgeNetwork)]
    ensemble = Ensemble(networks, [model.spec.size for model in models])
    return _save_fitted(folder, ensemble, card, valid)


def _check_alike(model: AgeModel, first: AgeModel) -> None:
    """Raise a ModelError unless the two can be averaged."""
    if not isinstance(model.network, AgeNetwork) or model.network.head != "distribution":
        raise ModelError(
            Sentence("Only single networks that predict a distribution can be averaged.")
        )
    if (
        model.card["data"].get("fingerprint") != first.card["data"].get("fingerprint")
        or model.spec.template != first.spec.template
        or model.network.normalisation != first.network.normalisation
    ):
        raise ModelError(
            Sentence(
                "The models were not trained on the same photos, labels and crops; average models "
                "of one data set."
            )
        )


def _save_fitted(
    folder: Path, network: Network, card: dict[str, Any], valid: PreparedFaces
) -> AgeModel:
    """Save a network with the decoding and the calibration that suit it best on `valid`."""
    real = torch.tensor(valid.table["real_age"].to_numpy())
    save_model(folder, network, card)
    distributions = predict_distributions(load_model(folder), valid).double()
    if network.head == "regression":
        residual = decode_age(distributions, "median") - real
        card["interval"]["regression_sigma"] = residual.square().mean().sqrt().item()
        save_model(folder, network, card)
        distributions = predict_distributions(load_model(folder), valid).double()
    errors = {d: (decode_age(distributions, d) - real).abs().mean().item() for d in DECODINGS}
    card["decoding"] = min(DECODINGS, key=lambda name: errors[name])
    chosen = decode_age(distributions, card["decoding"])
    card["metrics"]["valid"] = asdict(summarise(real.numpy(), chosen.numpy()))
    card["metrics"]["valid_mae_by_decoding"] = errors
    save_model(folder, network, card)
    save_model(folder, network, card | calibrate(load_model(folder), valid))
    return load_model(folder)


def evaluate_run(folder: Path, prepared: PreparedFaces) -> dict[str, Any]:
    """Evaluate a run's saved model on test; write `evaluation/` in its folder.

    Returns:
        The metrics, as written.
    """
    model = load_model(folder / "model")
    out = folder / "evaluation"
    out.mkdir(exist_ok=True)
    metrics = evaluate_split(model, prepared, "test", out / "predictions.csv", out / "metrics.json")
    card = model.card
    card["metrics"]["test"] = metrics["overall"]
    write_json(folder / "model" / "model.json", card)
    return metrics


def _describe_data(prepared: PreparedFaces) -> dict[str, Any]:
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
