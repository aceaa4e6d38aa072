"""A model on disk: weights, and a card that a person can read."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from age_model.ages import AGE_BINS, AGE_LIMITS
from age_model.i18n.message import Sentence
from age_model.model.age_model import AgeModel
from age_model.model.card import (
    FORMAT,
    UNUSABLE,
    ModelError,
    check_card,
    entries_of,
    existing,
    read_card,
    unreadable,
)
from age_model.model.intervals import LEVELS
from age_model.model.json_files import write_json
from age_model.model.network import AgeNetwork, Normalisation
from age_model.model.onnx_session import onnx_distributions
from age_model.model.version import CARD_FILE
from age_model.model.weights import as_saved, read_weights, save_weights

NEW = ".new"  # suffix of weights that are about to become the model's
MOST_NETWORKS = 16


def weights_file(number: int) -> str:
    """Return the name of the file with the weights of a model's network, counted from 0."""
    return f"model-{number + 1}.safetensors" if number else "model.safetensors"


def network_as_saved(network: AgeNetwork) -> AgeNetwork:
    """Return a copy with the weights that saving and loading would leave, on the CPU."""
    copy = AgeNetwork(network.architecture, network.head, network.normalisation)
    copy.load_state_dict(as_saved(network.state_dict()))
    return copy.eval()


def save_model(folder: Path, networks: Sequence[AgeNetwork], card: dict[str, Any]) -> None:
    """Write a model, its weights as `save_weights` does.

    The new model replaces the old one in a single step, the renaming of `model.json`, which names
    its weights by their digests. If this function is interrupted, or the model is loaded
    meanwhile, the model in the folder is all old or all new.

    Args:
        folder: made if missing; an older model in it is replaced, other files stay.
        networks: to save.
        card: all of `REQUIRED` except what is read from the networks; `training` has an entry
            for each of them.

    Raises:
        ModelError: if the card lacks an entry, or the model is not calibrated.
    """
    network = networks[0]
    card = {
        "format": FORMAT,
        "architecture": network.architecture,
        "head": network.head,
        "age_bins": AGE_BINS,
        "normalisation": asdict(network.normalisation),
        **card,
    }
    check_card(card, "The model card")
    folder.mkdir(parents=True, exist_ok=True)
    names = [weights_file(number) for number in range(len(networks))]
    for name, network in zip(names, networks, strict=True):
        save_weights(network.state_dict(), folder / (name + NEW))
    card["weights"] = [_digest((folder / (name + NEW)).read_bytes()) for name in names]
    write_json(folder / CARD_FILE, card)  # from here on, the model in the folder is the new one
    for name in names:
        (folder / (name + NEW)).replace(folder / name)
    for path in folder.glob("model-*.safetensors"):  # of an older model of more networks
        if path.name not in names:
            path.unlink()


def load_model(folder: Path, device: str = "cpu") -> AgeModel:
    """Read a model written by `save_model`; onnxruntime runs it where that is faster.

    Raises:
        ModelError: if a file is missing, broken or incomplete, or the model is not calibrated.
    """
    card = read_card(folder)
    with entries_of(folder):
        channels = (tuple(card["normalisation"][name]) for name in ("mean", "std"))
        normalisation = Normalisation(*channels)
        if not 1 <= len(card["training"]) <= MOST_NETWORKS:
            raise ValueError(f"a model of {len(card['training'])} networks")
        networks = [
            AgeNetwork(card["architecture"], card["head"], normalisation) for _ in card["training"]
        ]
        digests = _digests(card, len(networks))
    for number, network in enumerate(networks):
        _fill(network, folder, weights_file(number), digests[number])
    with entries_of(folder):
        model = AgeModel(networks, card, device)
        answers = _answers_with_numbers(model)
    if not answers:
        raise ModelError(
            Sentence(
                "The model in {folder} gives no ages: its weights or its {file} are damaged. Copy "
                "all files again from one run.",
                folder=folder,
                file=CARD_FILE,
            )
        )
    model.faster = onnx_distributions(model)
    return model


def _answers_with_numbers(model: AgeModel) -> bool:
    """Return whether a model gives numbers for a picture of black, white and the greys between."""
    side = model.spec.size
    greys = torch.linspace(0, 255, side).to(torch.uint8).expand(1, 3, side, side)
    seen = model.distributions(greys)
    ends = [end for level in LEVELS for end in model.intervals(seen, level)]
    under = [model.probability_under(seen, limit) for limit in AGE_LIMITS]
    return all(bool(values.isfinite().all()) for values in (seen, model.ages(seen), *ends, *under))


def _fill(network: AgeNetwork, folder: Path, name: str, digest: str | None) -> None:
    """Load a file's weights into a network; the file must have this digest, if one is given."""
    try:
        content = _content(folder, name, digest)
    except OSError as error:
        raise unreadable(folder, error) from error
    try:
        if digest not in (None, _digest(content)):
            raise RuntimeError("these are the weights of another model")
        network.load_state_dict(read_weights(content))
    except SafetensorError as error:
        raise unreadable(folder, error) from error
    except UNUSABLE as error:  # torch's own message lists every tensor
        raise ModelError(
            Sentence(
                "The weights in {folder} do not fit its {file} ({architecture}, {head}); copy all "
                "files again from one run.",
                folder=folder,
                file=CARD_FILE,
                architecture=network.architecture,
                head=network.head,
            )
        ) from error


def _content(folder: Path, name: str, digest: str | None) -> bytes:
    """Return the content of the weights' file, or of the one an interrupted `save_model` left."""
    new = folder / (name + NEW)
    if digest and new.exists():
        content = new.read_bytes()
        if _digest(content) == digest:
            return content
    return existing(folder, name).read_bytes()


def _digests(card: dict[str, Any], networks: int) -> list[str | None]:
    """Return the digests of the weights; None for each where the card is of before there were any.

    Raises:
        ValueError: there is another number of them, or they are none.
    """
    digests = card.get("weights", [None] * networks)
    if "weights" in card and not all(isinstance(digest, str) for digest in digests):
        raise ValueError("weights are no digests")
    if len(digests) != networks:
        raise ValueError(f"{len(digests)} weights of {networks} networks")
    return list(digests)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
