"""A trained model in memory and on disk: weights, and a card that a person can read."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load, load_file, save_file
from torch import Tensor

from age_model.ages import AGE_BINS, AGE_LIMITS, RANGE_LEVEL, level_name
from age_model.i18n.message import Sentence
from age_model.model.distributions import (
    DECODINGS,
    Decoding,
    clipped_logit,
    decode_age,
    normal_bins,
    prior_shift,
    probability_under,
)
from age_model.model.intervals import LEVELS, CorrectedInterval
from age_model.model.json_files import read_json, write_json
from age_model.model.network import AgeNetwork, Normalisation, for_prediction
from age_model.model.precision import autocast, half_precision
from age_model.model.tta import views_from_list
from age_model.model.version import CARD_FILE, version_of
from age_model.vision.alignment import FaceSpec

LONGEST_REASON = 300  # letters of a library's message on a damaged file
# What an entry of another type or size than it should be raises.
UNUSABLE = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
NEW = ".new"  # suffix of weights that are about to become the model's
FORMAT = 4
MOST_NETWORKS = 16
REQUIRED = (
    "format",
    "architecture",
    "head",
    "age_bins",
    "face",
    "normalisation",
    "looks",
    "decoding",
    "interval",
    "probabilities",
    "gate",
    "data",
    "training",
    "versions",
    "metrics",
    "licence",
)

KINDS: dict[type, tuple[str, ...]] = {
    dict: (
        "face", "normalisation", "interval", "probabilities", "gate", "data", "versions", "metrics",
    ),
    list: ("looks", "training"),
    str: ("architecture", "head", "decoding", "licence"),
}  # fmt: skip


class ModelError(ValueError):
    """A saved model cannot be used; the message says why and what to do."""


class AgeModel:
    """Trained networks with everything needed to use them.

    Args:
        networks: of one architecture, head and normalisation; kept in evaluation mode. Later
            changes of them have no effect on the predictions.
        card: the content of `model.json`.
        device: to predict on.
        half: whether to use half precision where it is faster on the device.

    Raises:
        KeyError, TypeError, ValueError: for an entry of the card that cannot be used.
    """

    def __init__(
        self,
        networks: Sequence[AgeNetwork],
        card: dict[str, Any],
        device: str = "cpu",
        half: bool = True,
    ) -> None:
        if not networks:
            raise ValueError("a model needs at least one network")
        self.device = torch.device(device)
        self.networks = [
            network.to(self.device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
            for network in networks
        ]
        # It changes ages by hundredths of a year; `python -m benchmarks.face_time` measures it.
        self._half = half_precision(self.device) if half else None
        self._answering = [for_prediction(network, self._half) for network in self.networks]
        self.card = card
        self.spec = FaceSpec.from_dict(card["face"])
        self.views = views_from_list(card["looks"])
        assigned = {view.network for view in self.views}
        numbers = set(range(len(networks)))
        if not assigned <= {None, *numbers} or (None not in assigned and assigned != numbers):
            raise ValueError("Each network needs a view, and each view its network.")
        self.decoding: Decoding = card["decoding"]
        if self.decoding not in DECODINGS:
            raise ValueError(f"Unknown decoding {self.decoding!r}; use one of {DECODINGS}.")
        # Models before 2026-12 have none.
        self.prior_ratio = _number(card.get("prior_ratio", 1.0), above=0)
        entries = card["interval"]
        self.sigma = _number(entries["regression_sigma"], above=0)
        self._intervals = {
            level: CorrectedInterval.from_dict(entries[level_name(level)]) for level in LEVELS
        }
        self._logits: dict[int, tuple[float, float]] = {}
        for limit in AGE_LIMITS:
            slope, offset = map(_number, card["probabilities"][str(limit)])
            self._logits[limit] = slope, offset

    @property
    def version(self) -> str:
        """A name that changes whenever the model is trained or calibrated again."""
        return version_of(self.networks[0].architecture, self.card)

    @torch.inference_mode()
    def distributions(self, faces: Tensor) -> Tensor:
        """Predict age distributions, averaged over all networks and views of each face.

        Args:
            faces: uint8, shape (B, 3, size, size), RGB aligned faces.

        Returns:
            float32, shape (B, AGE_BINS), rows summing to 1, on the CPU.
        """
        return self.averaged(self.outputs(faces))

    @torch.inference_mode()
    def outputs(self, faces: Tensor) -> Tensor:
        """Return what the networks' heads give for their views, for `averaged`.

        Args:
            faces: uint8, shape (B, 3, size, size), RGB aligned faces.

        Returns:
            float32, shape (outputs, B, AGE_BINS), or for regression heads (outputs, B), years; on
            the CPU. Each network gives an output for each of its views.
        """
        images = faces.to(self.device).float() / 255
        outputs = []
        for number, network in enumerate(self._answering):
            views = [view for view in self.views if view.network in (None, number)]
            # In one batch: two faces together take less time than one after the other.
            seen = torch.cat([view.of(images) for view in views])
            with autocast(self.device, self._half):
                outputs.append(network(seen.contiguous(memory_format=torch.channels_last)).float())
        return torch.cat(outputs).unflatten(0, (-1, len(faces))).cpu()

    def averaged(self, outputs: Tensor) -> Tensor:
        """Return the age distributions (B, AGE_BINS) of `outputs`, rows summing to 1."""
        answers = self._probabilities(outputs.flatten(0, 1))
        return prior_shift(answers.unflatten(0, outputs.shape[:2]).mean(0), self.prior_ratio)

    def _probabilities(self, output: Tensor) -> Tensor:
        """Return the distributions, shape (B, AGE_BINS), of networks' outputs."""
        if self.networks[0].head == "distribution":
            return torch.softmax(output, -1)
        return normal_bins(output, self.sigma)

    def ages(self, distributions: Tensor) -> Tensor:
        """Return the age estimates (B,) of distributions (B, AGE_BINS), years."""
        return decode_age(distributions, self.decoding)

    def intervals(self, distributions: Tensor, level: float = RANGE_LEVEL) -> tuple[Tensor, Tensor]:
        """Return the ends of the intervals, each of shape (B,), years; they hold the estimates.

        Args:
            distributions: shape (B, AGE_BINS), rows summing to 1.
            level: one of `LEVELS`: the share of real ages that should lie inside.
        """
        return self._intervals[level].ends(distributions, self.ages(distributions))

    def probability_under(self, distributions: Tensor, age: int) -> Tensor:
        """Return the calibrated probabilities of being younger, shape (B,).

        Each limit has its own calibration; that of a higher one is never below a lower one's.

        Args:
            distributions: shape (B, AGE_BINS), rows summing to 1.
            age: one of `AGE_LIMITS`, years.
        """
        fitted: list[Tensor] = []
        for limit in AGE_LIMITS[: AGE_LIMITS.index(age) + 1]:
            slope, offset = self._logits[limit]
            logits = clipped_logit(probability_under(distributions, limit))
            fitted.append(torch.sigmoid(slope * logits + offset))
        return torch.stack(fitted).amax(0)


def as_batch(crops: list[Image.Image]) -> Tensor:
    """Stack aligned RGB faces of one size: uint8, shape (B, 3, size, size)."""
    return torch.stack([torch.from_numpy(np.array(crop)).permute(2, 0, 1) for crop in crops])


def as_pictures(faces: Tensor) -> Iterator[Image.Image]:
    """Yield the RGB pictures of faces: uint8, shape (B, 3, size, size)."""
    return (Image.fromarray(face) for face in faces.permute(0, 2, 3, 1).contiguous().numpy())


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
    _check_card(card, "The model card")
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
    """Read a model written by `save_model`.

    Raises:
        ModelError: if a file is missing, broken or incomplete, or the model is not calibrated.
    """
    card = _read_card(folder)
    with _entries_of(folder):
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
    with _entries_of(folder):
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
    return model


def _answers_with_numbers(model: AgeModel) -> bool:
    """Return whether a model gives numbers for a picture of black, white and the greys between."""
    side = model.spec.size
    greys = torch.linspace(0, 255, side).to(torch.uint8).expand(1, 3, side, side)
    seen = model.distributions(greys)
    ends = [end for level in LEVELS for end in model.intervals(seen, level)]
    under = [model.probability_under(seen, limit) for limit in AGE_LIMITS]
    return all(bool(values.isfinite().all()) for values in (seen, model.ages(seen), *ends, *under))


def _read_card(folder: Path) -> dict[str, Any]:
    path = _existing(folder, CARD_FILE)
    try:
        card = read_json(path)
    except (OSError, ValueError) as error:
        raise _unreadable(folder, error) from error
    _check_card(card, str(path))
    with _entries_of(folder):
        _check_kinds(card)
    return card


def _existing(folder: Path, name: str) -> Path:
    if not (folder / name).exists():
        raise ModelError(
            Sentence(
                "There is no complete model in {folder}: {name} is missing. Train one with "
                "train.py, or name another folder.",
                folder=folder,
                name=name,
            )
        )
    return folder / name


def _unreadable(folder: Path, error: Exception) -> ModelError:
    text = Sentence(
        "The model in {folder} cannot be read: {error}", folder=folder, error=_one_line(error)
    )
    return ModelError(text)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:LONGEST_REASON]


@contextmanager
def _entries_of(folder: Path) -> Iterator[None]:
    """Name the file in the error when an entry of the card cannot be used."""
    try:
        yield
    except UNUSABLE as error:
        path = folder / CARD_FILE
        text = Sentence("{file} has an unusable entry: {error}", file=path, error=_one_line(error))
        raise ModelError(text) from error


def _fill(network: AgeNetwork, folder: Path, name: str, digest: str | None) -> None:
    """Load a file's weights into a network; the file must have this digest, if one is given."""
    try:
        content = _content(folder, name, digest)
    except OSError as error:
        raise _unreadable(folder, error) from error
    try:
        if digest not in (None, _digest(content)):
            raise RuntimeError("these are the weights of another model")
        network.load_state_dict(read_weights(content))
    except SafetensorError as error:
        raise _unreadable(folder, error) from error
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
    return _existing(folder, name).read_bytes()


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


def _number(value: object, above: float = -math.inf) -> float:
    number = float(value)  # type: ignore[arg-type]
    if not above < number < math.inf:
        raise ValueError(f"{value!r} is no number that can be used")
    return number


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _check_card(card: dict[str, Any], name: str) -> None:
    missing = [key for key in REQUIRED if key not in card]
    if missing:
        raise ModelError(
            Sentence(
                "{file} lacks {entries}; save the model again with train.py.",
                file=name,
                entries=", ".join(missing),
            )
        )
    if card["format"] != FORMAT or card["age_bins"] != AGE_BINS:
        raise ModelError(
            Sentence(
                "{file} is of format {found} with {found_bins} age bins; this program reads format "
                "{wanted} with {wanted_bins}.",
                file=name,
                found=card["format"],
                found_bins=card["age_bins"],
                wanted=FORMAT,
                wanted_bins=AGE_BINS,
            )
        )
    if not card.get("calibrated", True):  # cards of older models do not mention it
        raise ModelError(
            Sentence(
                "{file} is of a model that was not finished: its ranges and probabilities are not "
                "calibrated. Save the model again with train.py.",
                file=name,
            )
        )


def _check_kinds(card: dict[str, Any]) -> None:
    """Check that entries are objects, lists and texts where others rely on that.

    Raises:
        TypeError: one is not.
    """
    for kind, names in KINDS.items():
        for name in names:
            if not isinstance(card[name], kind):
                raise TypeError(f"{name} is no {kind.__name__}")
    if not all(isinstance(run, dict) for run in card["training"]):
        raise TypeError("an entry of training is no dict")


LARGEST = 127  # of a signed 8-bit weight
_SCALE = ".scale"


def save_weights(state: dict[str, Tensor], path: Path) -> None:
    """Write a network's state dict in one step: an older file is replaced only by a whole one."""
    partial = path.with_name(path.name + ".part")
    save_file(_pack(state), partial)
    partial.replace(path)


def as_saved(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return a state dict as it is after saving and loading, on the CPU."""
    return _unpack(_pack(state))


def load_weights(path: Path) -> dict[str, Tensor]:
    """Return the state dict of a `.safetensors` file, with or without 8-bit weights.

    8-bit weights without their scale, or with one of another shape, are left out.

    Raises:
        OSError, SafetensorError: it cannot be read.
    """
    return _unpack(load_file(path))


def read_weights(content: bytes) -> dict[str, Tensor]:
    """Return a state dict as `load_weights` does, from the content of a file.

    Raises:
        SafetensorError: it cannot be read.
    """
    return _unpack(load(content))


def _pack(state: dict[str, Tensor]) -> dict[str, Tensor]:
    packed: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if tensor.dim() == 4:
            # A channel of zeros needs a scale too.
            scale = tensor.abs().amax((1, 2, 3), keepdim=True).clamp(min=1e-12) / LARGEST
            packed[name] = (tensor / scale).round().to(torch.int8)
            packed[name + _SCALE] = scale
        else:
            packed[name] = tensor.half() if tensor.is_floating_point() else tensor
    return {name: tensor.contiguous().cpu() for name, tensor in packed.items()}


def _unpack(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    found = dict(stored)
    names = [name for name in found if name.endswith(_SCALE)]
    scales = {name.removesuffix(_SCALE): found.pop(name) for name in names}
    whole = {name: tensor for name, tensor in found.items() if tensor.dtype != torch.int8}
    return whole | {
        name: found[name] * scale
        for name, scale in scales.items()
        if name in found and scale.shape == (*found[name].shape[:1], 1, 1, 1)
    }
