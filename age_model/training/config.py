"""The settings of a training run; each is an option of train.py and is stored with the model."""

import math
from dataclasses import dataclass, field, fields
from typing import TypeVar

from age_model.model.network import ARCHITECTURES
from age_model.training.losses import LOSSES

T = TypeVar("T")


class TrainingError(ValueError):
    """A run cannot start or go on; the message says why and what to do."""


def _option(default: T, text: str) -> T:
    return field(default=default, metadata={"help": text})


_LOSSES_IN_WORDS = ", ".join(f"{name} ({kind.text})" for name, kind in LOSSES.items())


def _check_type(name: str, value: object, kind: type) -> None:
    """Raise for a value of another type than its default's, as a damaged run.json has."""
    kinds = (int, float) if kind is float else (kind,)
    fits = isinstance(value, kinds) and not isinstance(value, bool)
    if not fits or (isinstance(value, float) and not math.isfinite(value)):
        raise TrainingError(f"--{name.replace('_', '-')} cannot be {value!r:.50}.")


@dataclass(frozen=True)
class TrainingConfig:
    """Settings of a run.

    Raises:
        TrainingError: for a value that cannot be used.
    """

    architecture: str = _option("resnet18", ", ".join(ARCHITECTURES))
    loss: str = _option("distribution", _LOSSES_IN_WORDS)
    init: str = _option("imagenet", "starting weights: imagenet, none, or a file")
    epochs: int = _option(14, "passes over the training photos")
    batch_size: int = _option(64, "faces a step, over all processes")
    lr: float = _option(1e-3, "highest learning rate")
    weight_decay: float = _option(0.05, "AdamW's, for weights of convolutions and the head")
    warmup: float = _option(1.0, "epochs over which the learning rate rises")
    clip: float = _option(5.0, "largest norm of the gradient")
    sigma: float = _option(2.0, "width of the label distribution at age 0, years")
    sigma_growth: float = _option(0.02, "years of width that each year of age adds")
    l1: float = _option(0.1, "weight of the decoded age's absolute error")
    teacher: str = _option("", "TorchScript files, comma-separated: their mean is learned too")
    soft_labels: str = _option("", "CSV table of age distributions to learn, a row a photo")
    teacher_weight: float = _option(0.5, "share of the loss for teachers and soft labels, 0 to 1")
    imitation: float = _option(0.0, "weight of the loss on the teachers' features")
    balanced_share: float = _option(
        0.0, "share of a batch sampled evenly over ages and augmented as old photographs, 0 to 1"
    )
    ema: float = _option(0.998, "decay of the averaged weights, a step")
    start_size: int = _option(0, "side of the faces in the first epoch, px; grows; 0: full size")
    restyle: float = _option(0.6, "share of faces given the tone and sharpness of another, 0 to 1")
    augmentation: str = _option("full", "full, or light: fewer epochs needed, less robust")
    gentle_epochs: int = _option(0, "epochs at the end with half as much augmentation")
    patience: int = _option(6, "stop after this many epochs without a better MAE on valid")
    seed: int = _option(0, "random seed")
    amp: str = _option("auto", "auto (half precision where the device supports it) or off")

    def __post_init__(self) -> None:
        for setting in fields(self):
            _check_type(setting.name, getattr(self, setting.name), type(setting.default))
        choices = {
            "architecture": ARCHITECTURES,
            "loss": tuple(LOSSES),
            "augmentation": ("full", "light"),
            "amp": ("auto", "off"),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise TrainingError(
                    f"--{name} {getattr(self, name)} is unknown; use {', '.join(allowed)}."
                )
        for name in ("epochs", "batch_size", "lr", "sigma"):
            if not getattr(self, name) > 0:
                raise TrainingError(f"--{name.replace('_', '-')} must be above 0.")
        for name in ("teacher_weight", "restyle", "balanced_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise TrainingError(f"--{name.replace('_', '-')} must be from 0 to 1.")
        distributions = [name for name, kind in LOSSES.items() if kind.head == "distribution"]
        for name in ("teacher", "soft_labels"):
            if getattr(self, name) and self.loss not in distributions:
                flag = name.replace("_", "-")
                raise TrainingError(
                    f"--{flag} works only with --loss {' or '.join(distributions)}."
                )
        if self.imitation and not self.teacher:
            raise TrainingError("--imitation needs a --teacher to imitate.")
