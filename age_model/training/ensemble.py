"""Several trained models made into one whose networks answer together."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from age_model.data.face_set import FaceSet
from age_model.data.splits import labels_fingerprint
from age_model.model.age_model import AgeModel
from age_model.model.card import ModelError
from age_model.training.finish import save_finished

SHARED = ("architecture", "head", "normalisation", "face", "licence")  # by the networks of a model


def save_ensemble(folder: Path, models: Sequence[AgeModel], prepared: FaceSet) -> AgeModel:
    """Save an ensemble: a model that averages the predictions of the networks of several models.

    The errors of independently trained networks differ, so that their mean has a lower error
    (Lakshminarayanan et al. 2017, arXiv:1612.01474). Views, decoding and calibration are chosen
    again on `valid`.

    Args:
        folder: where to; an older model in it is replaced.
        models: at least one.
        prepared: the photos that they were trained on, with the same splits.

    Raises:
        ModelError: they differ in what the networks of one model share, or were trained on other
            photos or splits.
    """
    cards = [model.card for model in models]
    for entry in SHARED:
        if any(card[entry] != cards[0][entry] for card in cards):
            raise ModelError(
                f"These models differ in {entry}; an ensemble needs models that agree in it."
            )
    fingerprint = labels_fingerprint(prepared.table)
    if any(card["data"].get("fingerprint") != fingerprint for card in cards):
        raise ModelError(
            "These models were not all trained on these photos, labels and splits; what is for "
            "validation here may have been for training there."
        )
    shared: dict[str, Any] = {entry: cards[0][entry] for entry in ("face", "data", "licence")}
    training = [entry for card in cards for entry in card["training"]]
    networks = [network for model in models for network in model.networks]
    card = shared | {"training": training}
    return save_finished(folder, networks, card, prepared.select("valid")).model
