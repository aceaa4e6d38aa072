"""Run by test_trainer.py as torchrun does: this process's state after training with another."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist

from age_model.training.distributed import start_process
from age_model.training.trainer import Trainer
from tests.support.synthetic import synthetic_face_set, use_tiny_network
from tests.support.training import FAST, first_gradient, trainer, weights, without_time

PROCESS = start_process("cpu")
CONFIG = replace(FAST, seed=3)


def state(run: Trainer) -> dict[str, Any]:
    return {
        "history": without_time(run.history),
        "parameters": torch.cat([p.detach().ravel() for p in run.learner.parameters()]),
        "average": weights(run.average.module),
    }


def train(folder: Path, epochs: int = CONFIG.epochs, resume: bool = False) -> Trainer:
    # An odd number of faces to choose by: the processes' parts are unequal.
    run = trainer(synthetic_face_set(valid=15), folder, CONFIG, PROCESS)
    if resume:
        run.resume()
    run._out_of_patience = lambda: run.epoch >= epochs  # type: ignore[method-assign]
    run.run()
    return run


def main(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_tiny_network(monkeypatch)
        results = state(train(folder / "whole"))
        train(folder / "parts", epochs=2)
        results["resumed"] = state(train(folder / "parts", resume=True))
        run = trainer(synthetic_face_set(), folder, process=PROCESS)
        results["gradient"] = first_gradient(run, monkeypatch)
    torch.save(results, folder / f"rank{PROCESS.rank}.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
