"""AdamW for a run, and whether what a checkpoint remembers of it fits."""

import torch
from torch import nn

from age_model.training.config import TrainingConfig


def make_optimizer(network: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    """Return AdamW; batch norms and biases are not decayed."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.lr)


def check_moments(optimizer: torch.optim.Optimizer) -> None:
    """Check that what an optimiser remembers of each parameter fits to it.

    Raises:
        LookupError, TypeError, ValueError: it does not.
    """
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            for name in ("exp_avg", "exp_avg_sq"):
                if optimizer.state[parameter][name].shape != parameter.shape:
                    raise ValueError(f"{name} is of another shape")
