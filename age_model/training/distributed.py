"""The processes of a run: one, or several started by `torchrun`."""

import os
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

from age_model.training.config import TrainingError

# The other processes wait while the first aligns the faces, which can take hours.
PROCESS_TIMEOUT = timedelta(days=1)


@dataclass(frozen=True)
class Process:
    """This process among those of `torchrun`; alone by default."""

    rank: int
    world: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        """Whether this process writes files and prints."""
        return self.rank == 0

    def total(self, values: Tensor) -> Tensor:
        """Add up a CPU tensor over all processes."""
        if self.world == 1:
            return values
        values = values.to(self.device)
        dist.all_reduce(values)
        return values.cpu()


def start_process(device: str = "auto") -> Process:
    """Join the processes started by `torchrun`, if any, and choose the device.

    Args:
        device: `auto` (CUDA if present), `cuda` or `cpu`.

    Raises:
        TrainingError: if CUDA is asked for but absent.
    """
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    cuda = torch.cuda.is_available() if device == "auto" else device == "cuda"
    if cuda and not torch.cuda.is_available():
        raise TrainingError("There is no CUDA device on this machine; use --device cpu.")
    local = f"cuda:{os.environ.get('LOCAL_RANK', 0)}"
    chosen = torch.device(local if cuda else "cpu")
    if cuda:
        torch.cuda.set_device(chosen)
    if world > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if cuda else "gloo", timeout=PROCESS_TIMEOUT)
    return Process(rank, world, chosen)
