"""The exponential moving average of a network's weights, which is what a run keeps."""

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from age_model.model.network import AgeNetwork

Tensors = tuple[Tensor, ...] | list[Tensor]


def moving_average(network: AgeNetwork, most: float) -> AveragedModel:
    """Return an average to be updated after each step.

    Args:
        network: whose weights and running means are averaged.
        most: decay; early on it is lower, so that the random start is forgotten.
    """

    @torch.no_grad()
    def update(averages: Tensors, current: Tensors, count: Tensor | int) -> None:
        decay = min(most, (1 + int(count)) / (10 + int(count)))
        if averages[0].is_floating_point():  # torch calls this for tensors of one type at a time
            torch._foreach_lerp_(list(averages), list(current), 1 - decay)
        else:
            torch._foreach_copy_(list(averages), list(current))

    return AveragedModel(network, multi_avg_fn=update, use_buffers=True)
