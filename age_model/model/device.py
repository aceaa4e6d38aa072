"""Where networks run."""

import os

import torch

from age_model.i18n.message import Sentence
from age_model.model.card import ModelError

AUTO = "auto"  # the graphics card, if there is one


def processes_for(name: str) -> int:
    """Return how many processes make good use of a device: one a graphics card, or one a core.

    Args:
        name: as `usable_device` takes it.
    """
    cards = torch.cuda.device_count() if name == AUTO and torch.cuda.is_available() else 0
    if name.startswith("cpu") or (name == AUTO and not cards):
        return os.cpu_count() or 1
    return max(1, cards)


def usable_device(name: str, number: int = 0) -> str:
    """Return the device of a name, made sure that it can be used.

    Args:
        name: as PyTorch has it, such as "cpu" or "cuda:1"; or `AUTO`.
        number: of the process that asks: with `AUTO`, processes share out the graphics cards.

    Raises:
        ModelError: it cannot be used here.
    """
    if name == AUTO:
        cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
        return f"cuda:{number % cards}" if cards else "cpu"
    try:
        torch.empty(1, device=name).cpu()
    except (AssertionError, NotImplementedError, RuntimeError) as error:
        raise ModelError(
            Sentence(
                "The device {device} cannot be used here: use “cpu”, or “auto”, which takes a "
                "graphics card where there is one.",
                device=name,
            )
        ) from error
    return name
