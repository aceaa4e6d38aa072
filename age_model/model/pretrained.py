"""Starting weights: torchvision's ImageNet weights, a local file, or none."""

import logging
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import torch
import torchvision
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from age_model.model.network import AgeNetwork
from age_model.model.weights import load_weights

log = logging.getLogger(__name__)


class InitialWeightsError(ValueError):
    """The starting weights cannot be loaded; the message says why and what to do."""


@dataclass(frozen=True)
class Loaded:
    """What was taken from the starting weights: tensor names of the ResNet."""

    source: str
    loaded: tuple[str, ...]
    missing: tuple[str, ...]  # in the network, not in the file or of another shape there
    unused: tuple[str, ...]  # in the file, not in the network or of another shape there

    def __str__(self) -> str:
        if not self.loaded:
            return "random weights"
        modules = sorted({name.rpartition(".")[0] for name in self.missing})
        random = f"; random: {', '.join(modules)}" if modules else ""
        extra = f"; not used: {', '.join(sorted(self.unused))}" if self.unused else ""
        return f"{len(self.loaded)} tensors from {self.source}{random}{extra}"


def load_initial_weights(network: AgeNetwork, source: str) -> Loaded:
    """Put starting weights into a network, as far as names and shapes match.

    Args:
        network: changed in place.
        source: `imagenet` (downloaded by torchvision), `none`, or the path of a state dict
            (`.safetensors`, or anything `torch.load` reads as plain tensors) of torchvision's
            network or of an `AgeNetwork`.

    Raises:
        InitialWeightsError: if the file cannot be read or nothing in it matches.
    """
    own = network.resnet.state_dict()
    if source == "none":
        return Loaded("nowhere", (), tuple(own), ())
    found = _imagenet(network.architecture) if source == "imagenet" else _from_file(Path(source))
    found = {name.removeprefix("resnet."): tensor for name, tensor in found.items()}
    matching = {k: v for k, v in found.items() if k in own and own[k].shape == v.shape}
    if not matching:
        raise InitialWeightsError(
            f"No tensor in {source} matches the names and shapes of {network.architecture}."
        )
    network.resnet.load_state_dict(matching, strict=False)
    _pass_through(network.resnet, matching)
    return Loaded(
        source if source == "imagenet" else Path(source).name,
        tuple(matching),
        # Files without the counters of batches seen are common and complete.
        tuple(k for k in own if k not in matching and not k.endswith("num_batches_tracked")),
        tuple(k for k in found if k not in matching),
    )


def _pass_through(resnet: nn.Module, loaded: dict[str, Tensor]) -> None:
    """Make residual blocks without starting weights pass on their input unchanged.

    A deeper network then starts where a shallower one stopped: the last batch norm of a new block
    is 0 at first (Goyal et al. 2017, arXiv:1706.02677).
    """
    blocks = {n: b for n, b in resnet.named_modules() if isinstance(b, BasicBlock | Bottleneck)}
    for name, block in blocks.items():
        if block.downsample is None and not any(key.startswith(f"{name}.") for key in loaded):
            last = block.bn2 if isinstance(block, BasicBlock) else block.bn3
            nn.init.zeros_(last.weight)


def _imagenet(architecture: str) -> dict[str, Tensor]:
    try:
        weights = torchvision.models.get_model_weights(architecture).DEFAULT
        state: dict[str, Tensor] = weights.get_state_dict(progress=False)
    except (URLError, OSError, RuntimeError) as error:  # RuntimeError: a damaged download
        raise InitialWeightsError(
            f"torchvision's ImageNet weights could not be downloaded ({error}). "
            "Use --init FILE for a local file, or --init none to start from random weights."
        ) from error
    return state


def _from_file(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_weights(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise InitialWeightsError(f"There is no file {path} to start from.") from error
    except OSError as error:
        raise InitialWeightsError(f"{path} cannot be read: {error.strerror}.") from error
    except Exception as error:  # of many types; torch's own text suggests running the file's code
        raise InitialWeightsError(
            f"{path} is not a file of plain weights: a state dict saved by torch, or safetensors."
        ) from error
    if not isinstance(state, dict):
        raise InitialWeightsError(f"{path} holds no named tensors.")
    return {k: v for k, v in state.items() if isinstance(v, Tensor)}
