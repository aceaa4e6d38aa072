"""What a run writes: checkpoints to resume from, the best weights, the log."""

import csv
import math
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from age_model.training.config import TrainingError
from age_model.training.runs import LOG_FILE

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

LAST_CHECKPOINT = "last.pt"
BEST_WEIGHTS = "best.pt"


class RunFolder:
    """The files of a run's folder.

    Args:
        path: existing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read_last(self) -> dict[str, Any]:
        """Return the last checkpoint.

        Raises:
            Exception: of many types: there is none, or it is damaged.
        """
        state = torch.load(self.path / LAST_CHECKPOINT, map_location="cpu", weights_only=True)
        if not isinstance(state, dict):
            raise ValueError("not a checkpoint")
        return state

    def cannot_go_on(self, name: str) -> TrainingError:
        """Return the error for a file of the run that cannot be used."""
        path = self.path / name
        return TrainingError(
            f"{path} cannot be resumed: it is missing, damaged or of other settings."
        )

    def read_best(self) -> dict[str, Any]:
        """Return the weights of the best epoch."""
        state: dict[str, Any] = torch.load(
            self.path / BEST_WEIGHTS, map_location="cpu", weights_only=True
        )
        return state

    def write(
        self, state: dict[str, Any], best: dict[str, Any] | None, history: list[dict[str, float]]
    ) -> None:
        """Write the checkpoint, the best weights if they are new, log.csv and TensorBoard's log."""
        if best is not None:
            save_atomically(best, self.path / BEST_WEIGHTS)
        save_atomically(state, self.path / LAST_CHECKPOINT)
        with (self.path / LOG_FILE).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, history[0].keys())
            writer.writeheader()
            writer.writerows(history)
        for name, value in history[-1].items():
            self._board.add_scalar(name, value, len(history))
        self._board.flush()

    @cached_property
    def _board(self) -> "SummaryWriter":
        from torch.utils.tensorboard import SummaryWriter  # only those who train have it

        return SummaryWriter(str(self.path))  # each writer opens a file of its own


def save_atomically(state: object, path: Path) -> None:
    """Write with `torch.save` to a temporary name, then rename: never half a file."""
    partial = path.with_name(path.name + ".part")
    try:
        torch.save(state, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def check_progress(state: dict[str, Any]) -> None:
    """Check what a checkpoint holds of how far a run is.

    Raises:
        LookupError, TypeError, ValueError: it is none.
    """
    history, epoch, best = state["history"], state["epoch"], state["best_epoch"]
    if not (isinstance(epoch, int) and isinstance(best, int) and -1 <= best < epoch):
        raise ValueError(f"epoch {epoch!r}, the best one {best!r}")
    rows_fit = len(history) == epoch and all(row.keys() == history[0].keys() for row in history)
    figures = [state["seconds"], *(value for row in history for value in row.values())]
    if not rows_fit or not all(math.isfinite(figure) for figure in figures):
        raise ValueError("the log is damaged")
    if not isinstance(state["best_mae"], float):
        raise TypeError("the best error is no number")
