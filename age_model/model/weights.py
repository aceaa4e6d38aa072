"""Files of a network's weights: 8 bits for those of convolutions, half precision for the rest."""

from pathlib import Path

import torch
from safetensors.torch import load, load_file, save
from torch import Tensor

LARGEST = 127  # of a signed 8-bit weight
_SCALE = ".scale"


def save_weights(state: dict[str, Tensor], path: Path) -> None:
    """Write a network's state dict in one step: an older file is replaced only by a whole one."""
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(save(_pack(state)))  # readable for others, as `save_file`'s are not
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
