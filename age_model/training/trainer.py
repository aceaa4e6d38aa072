"""The training loop: one process or several, CUDA or CPU, resumable to the same numbers."""

import logging
import math
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from age_model.data.face_set import FaceSet
from age_model.model.network import AgeNetwork
from age_model.model.precision import autocast, half_precision
from age_model.model.pretrained import Loaded, load_initial_weights
from age_model.model.tta import resize
from age_model.training.averaging import moving_average
from age_model.training.batches import Batches
from age_model.training.checkpoint import (
    BEST_WEIGHTS,
    LAST_CHECKPOINT,
    RunFolder,
    check_progress,
)
from age_model.training.config import TrainingConfig, TrainingError
from age_model.training.distributed import Process
from age_model.training.faces import TrainingFaces
from age_model.training.losses import LOSSES, make_loss
from age_model.training.optimizer import check_moments, make_optimizer
from age_model.training.schedule import face_size, learning_rate
from age_model.training.student import Student
from age_model.training.targets import Targets
from age_model.training.teachers import TeacherOutput, Teachers
from age_model.training.validation import Validator

log = logging.getLogger(__name__)
FIRST_FACES = 1024  # for the mean and standard deviation of the teachers' features


class Trainer:
    """The state of a training run, and its loop.

    Args:
        config: settings.
        train: faces to learn from, with labels.
        valid: faces that choose the best epoch.
        folder: the run's folder, existing.
        process: this process.
        resumed: whether `resume` will follow: the starting weights are then not needed.
        unlabelled: further faces, learned only from teachers and soft labels.

    Raises:
        TrainingError: if there are unlabelled faces, but neither teachers nor soft labels.
    """

    def __init__(
        self,
        config: TrainingConfig,
        train: FaceSet,
        valid: FaceSet,
        folder: Path,
        process: Process,
        resumed: bool = False,
        unlabelled: FaceSet | None = None,
    ) -> None:
        self.config, self.process, self.files = config, process, RunFolder(folder)
        self.folder = folder
        self.amp = half_precision(process.device) if config.amp == "auto" else None
        self.targets = Targets.of(train, unlabelled, config.soft_labels, process.device)
        self.faces = TrainingFaces([train, *([unlabelled] if unlabelled else [])], process.device)
        self.batches = Batches(config, self.targets, self.faces, process)
        self.validator = Validator(valid, process, self.amp)
        teachers = [name for name in config.teacher.split(",") if name]
        self.teachers = Teachers(teachers, process.device) if teachers else None
        if unlabelled and not teachers and not config.soft_labels:
            raise TrainingError("--unlabelled photos need a --teacher or --soft-labels.")

        self.epoch, self.best_epoch, self.best_mae = 0, -1, math.inf
        torch.manual_seed(config.seed)
        network = AgeNetwork(config.architecture, LOSSES[config.loss].head)
        self.initial: Loaded = load_initial_weights(network, "none" if resumed else config.init)
        self.network = network.to(process.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.learner = Student(self.network, self._first_teacher_outputs()).to(process.device)
        self.average = moving_average(self.network, config.ema)
        self.loss = make_loss(config.loss, config.sigma, config.sigma_growth, config.l1)
        self.optimizer = make_optimizer(self.learner, config)
        self.scaler = torch.amp.GradScaler("cuda", enabled=self.amp == torch.float16)
        self.history: list[dict[str, float]] = []
        self.seconds = 0.0
        self.parallel: nn.Module = self.learner
        if process.world > 1:
            self.parallel = DistributedDataParallel(self.learner)

    def run(self) -> None:
        """Train to the last epoch, or until `patience` runs out.

        Raises:
            TrainingError: if the weights are no longer numbers.
        """
        while self.epoch < self.config.epochs and not self._out_of_patience():
            started = time.monotonic()
            losses = self._train_epoch()
            valid_mae = self._valid_mae()
            self.seconds += time.monotonic() - started
            if not math.isfinite(valid_mae):
                raise TrainingError("The weights are no longer numbers; use a lower --lr.")
            better = valid_mae < self.best_mae
            if better:
                self.best_mae, self.best_epoch = valid_mae, self.epoch
            self.epoch += 1
            self.history.append(
                {"epoch": self.epoch, **losses, "valid_mae": valid_mae, "seconds": self.seconds}
            )
            if self.process.is_main:
                self._write(better)
        if self.process.world > 1:
            dist.barrier()

    def resume(self) -> None:
        """Continue from the folder's last checkpoint.

        Raises:
            TrainingError: if there is none, or it is damaged or of other settings.
        """
        try:
            self._restore(self.files.read_last())
        except Exception as error:  # what damage makes torch raise is of many types
            raise self.files.cannot_go_on(LAST_CHECKPOINT) from error
        if self.best_epoch >= 0:  # rather now than after the last epoch
            self.best_network()

    def best_network(self) -> AgeNetwork:
        """Return the averaged network of the epoch with the lowest MAE on valid, on the CPU.

        Raises:
            TrainingError: its weights are missing or damaged.
        """
        network = AgeNetwork(self.config.architecture, LOSSES[self.config.loss].head)
        try:
            network.load_state_dict(self.files.read_best())
        except Exception as error:  # see resume
            raise self.files.cannot_go_on(BEST_WEIGHTS) from error
        return network.eval()

    def _train_epoch(self) -> dict[str, float]:
        size = self._size()
        self.parallel.train()
        totals = torch.zeros(2, dtype=torch.float64, device=self.process.device)
        progress = tqdm(
            self.epoch_batches(),
            total=self.batches.steps,
            desc=f"Epoch {self.epoch + 1}/{self.config.epochs} ({size} px)",
            unit="step",
            disable=not self.process.is_main,
        )
        for step, faces, index in progress:
            totals += self._step(step, faces, index)
        mean_loss, mean_mae = (
            self.process.total(totals.cpu()) / (self.batches.steps * self.process.world)
        ).tolist()
        return {"train_loss": mean_loss, "train_mae": mean_mae, "lr": self._lr(step)}

    def _step(self, step: int, faces: Tensor, index: Tensor) -> Tensor:
        """Take one optimiser step; return the loss and the MAE of the batch, years: (2,)."""
        for group in self.optimizer.param_groups:
            group["lr"] = self._lr(step)
        taught = self._ask_teachers(faces)
        faces = resize(faces, self._size()).contiguous(memory_format=torch.channels_last)
        with autocast(self.process.device, self.amp):
            output, guesses = self.parallel(faces)
        targets = self.targets.batch(
            index, [distribution for distribution, _ in taught], self.batches.balanced
        )
        loss = targets.loss(output, self.loss, self.config.teacher_weight)
        if guesses:
            loss = loss + self.config.imitation * self.learner.imitation_loss(guesses, taught)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.learner.parameters(), self.config.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.average.update_parameters(self.network)
        return torch.stack([loss.detach(), targets.mae(output.detach())]).double()

    def _first_teacher_outputs(self) -> list[TeacherOutput]:
        """Return the teachers' outputs for the first faces, if their features are learned."""
        if not self.config.imitation:
            return []
        return self._ask_teachers(self.batches.sample(FIRST_FACES))

    def _ask_teachers(self, faces: Tensor) -> list[TeacherOutput]:
        """Return the outputs of all teachers, in float32, for faces at the full side."""
        if self.teachers is None:
            return []
        with autocast(self.process.device, self.amp):
            outputs = self.teachers(faces)
        return [(ages.float(), features.float()) for ages, features in outputs]

    def epoch_batches(self) -> Iterator[tuple[int, Tensor, Tensor]]:
        """Yield (step, faces, their numbers) of this epoch and process, as `Batches.of`.

        With teachers, which are run on the same faces, at the full side.
        """
        return self.batches.of(self.epoch, None if self.teachers else self._size())

    def _size(self) -> int:
        """Return the side of the faces that this epoch learns from, pixels."""
        return face_size(self.epoch, self.config.epochs, self.config.start_size, self.faces.size)

    def _lr(self, step: int) -> float:
        warmup = round(self.config.warmup * self.batches.steps)
        share = learning_rate(step, self.config.epochs * self.batches.steps, warmup)
        return self.config.lr * share

    def _valid_mae(self) -> float:
        """Return the averaged network's MAE on valid, as `Validator.mae`."""
        if self.process.world > 1:
            # Each process has its own running means; those of the first are saved.
            for buffer in self.average.module.buffers():
                dist.broadcast(buffer, 0)
        return self.validator.mae(self.average)

    def _out_of_patience(self) -> bool:
        return self.best_epoch >= 0 and self.epoch - self.best_epoch > self.config.patience

    def _restore(self, state: dict[str, Any]) -> None:
        check_progress(state)
        self.learner.load_state_dict(state["learner"])
        self.average.load_state_dict(state["average"])
        own = self.optimizer.state_dict()["param_groups"]  # the settings are those of the run
        self.optimizer.load_state_dict(state["optimizer"] | {"param_groups": own})
        check_moments(self.optimizer)
        self.scaler.load_state_dict(state["scaler"])
        self.history, self.epoch = state["history"], state["epoch"]
        self.best_epoch, self.best_mae = state["best_epoch"], state["best_mae"]
        self.seconds = state["seconds"]
        self.initial = Loaded(**state["initial"])

    def _write(self, better: bool) -> None:
        state = {
            "learner": self.learner.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "history": self.history,
            "epoch": self.epoch,
            "best_epoch": self.best_epoch,
            "best_mae": self.best_mae,
            "seconds": self.seconds,
            "config": asdict(self.config),
            "initial": asdict(self.initial),
        }
        best = self.average.module.state_dict() if better else None
        self.files.write(state, best, self.history)
        last, mark = self.history[-1], " (best)" if better else ""
        maes = f"train MAE {last['train_mae']:.2f}, valid MAE {last['valid_mae']:.3f}{mark}"
        log.info("Epoch %d: %s", self.epoch, maes)
