"""A run with a tiny network."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from age_model.data.face_set import FaceSet
from age_model.training import batches
from age_model.training.config import TrainingConfig
from age_model.training.distributed import Process
from age_model.training.trainer import Trainer

CPU = Process(0, 1, torch.device("cpu"))
FAST = TrainingConfig(init="none", amp="off", epochs=4, batch_size=16, lr=0.01, ema=0.9)


def trainer(
    prepared: FaceSet, folder: Path, config: TrainingConfig = FAST, process: Process = CPU
) -> Trainer:
    folder.mkdir(exist_ok=True)
    return Trainer(config, prepared.select("train"), prepared.select("valid"), folder, process)


def weights(network: nn.Module) -> Tensor:
    """Return all weights and running means as one vector."""
    return torch.cat([v.detach().double().ravel() for v in network.state_dict().values()])


def without_time(history: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{k: v for k, v in epoch.items() if k != "seconds"} for epoch in history]


def first_gradient(run: Trainer, monkeypatch: pytest.MonkeyPatch) -> Tensor:
    """Return the first step's gradient of the faces as they are, without batch statistics."""
    monkeypatch.setattr(batches, "augment", lambda faces, *_: faces.float() / 255)
    run.parallel.eval()
    run._step(*next(run.epoch_batches()))
    return torch.cat([p.grad.ravel() for p in run.network.parameters() if p.grad is not None])
