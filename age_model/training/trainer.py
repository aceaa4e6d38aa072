"""The training loop: one process or several, CUDA or CPU, resumable to the same numbers."""

import csv
import logging
import math
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from age_model.data.face_set import PreparedFaces
from age_model.model.distributions import age_quantile
from age_model.model.network import ARCHITECTURES, AgeNetwork
from age_model.model.precision import autocast, half_precision
from age_model.model.pretrained import Loaded, load_initial_weights
from age_model.model.saved_model import ModelError, load_model
from age_model.model.tta import resize
from age_model.training.augment import Augmentation, augment
from age_model.training.losses import LOSSES, distillation_loss, head_for, make_loss
from age_model.training.side_task import SideTask, group_labels

log = logging.getLogger(__name__)
LAST_CHECKPOINT = "last.pt"
BEST_WEIGHTS = "best.pt"
T = TypeVar("T")
Tensors = tuple[Tensor, ...] | list[Tensor]
# The other processes wait while the first prepares the faces, which can take hours.
PROCESS_TIMEOUT = timedelta(days=1)


class TrainingError(ValueError):
    """A run cannot start or go on; the message says why and what to do."""


def _option(default: T, text: str) -> T:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class TrainingConfig:
    """Settings of a run; each is an option of train.py and is stored with the model.

    Raises:
        TrainingError: for a value that cannot be used.
    """

    architecture: str = _option("resnet18", "resnet18, resnet34 or resnet50")
    loss: str = _option("distribution", "distribution (best), or mse or l1 for comparison")
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
    teacher: str = _option("", "folders of saved models, commas between: their mean is learned too")
    teacher_weight: float = _option(0.5, "share of the loss for the teacher's predictions, 0 to 1")
    groups: float = _option(0.0, "weight of telling gender and ethnicity, where labels have them")
    ema: float = _option(0.998, "decay of the averaged weights, a step")
    start_size: int = _option(0, "side of the faces in the first epoch, px; grows; 0: full size")
    restyle: float = _option(0.6, "share of faces that take tone and sharpness of another, 0 to 1")
    augmentation: str = _option("full", "full, or light: learned faster, less sturdy")
    gentle_epochs: int = _option(0, "epochs at the end with half as much augmentation")
    patience: int = _option(6, "stop after so many epochs without a better MAE on valid")
    seed: int = _option(0, "of everything random")
    amp: str = _option("auto", "auto, off: half precision where the processor has it")
    compile: bool = _option(False, "torch.compile the network")

    def __post_init__(self) -> None:
        choices = {
            "architecture": ARCHITECTURES,
            "loss": LOSSES,
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
        for name in ("teacher_weight", "restyle"):
            if not 0 <= getattr(self, name) <= 1:
                raise TrainingError(f"--{name.replace('_', '-')} must be from 0 to 1.")
        if self.teacher and self.loss != "distribution":
            raise TrainingError("--teacher goes only with --loss distribution.")


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


def learning_rate(step: int, steps: int, warmup_steps: int) -> float:
    """Return the share of the highest learning rate: linear rise, then half a cosine to 0."""
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    progress = (step - warmup_steps) / max(1, steps - warmup_steps)
    return 0.5 * (1 + math.cos(math.pi * progress))


def face_size(epoch: int, epochs: int, start: int, full: int) -> int:
    """Return the side of the faces in an epoch: from `start` to `full` by multiples of 16 px.

    The last third of the epochs sees the full size.
    """
    growing = math.ceil(epochs * 2 / 3)
    if not start or start >= full or epoch >= growing:
        return full
    side = start + (full - start) * epoch / growing
    return min(full, max(start, round(side / 16) * 16))


class Trainer:
    """State of a run, and the loop that moves it on.

    Args:
        config: settings.
        train: faces to learn from.
        valid: faces that choose the best epoch.
        folder: the run's folder, existing.
        process: this process.
        resumed: whether `resume` will follow: the starting weights are then not needed.
    """

    def __init__(
        self,
        config: TrainingConfig,
        train: PreparedFaces,
        valid: PreparedFaces,
        folder: Path,
        process: Process,
        resumed: bool = False,
    ) -> None:
        self.config, self.folder, self.process = config, folder, process
        self.images, self.ages = train.images(), _ages(train)
        self.valid_images, self.valid_ages = valid.images(), _ages(valid)
        self.size = train.spec.size
        torch.manual_seed(config.seed)
        network = AgeNetwork(config.architecture, head_for(config.loss))
        self.initial: Loaded = load_initial_weights(network, "none" if resumed else config.init)
        self.network = network.to(process.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.groups = group_labels(train.table)
        self.learner: nn.Module = self.network
        if config.groups and self.groups.shape[1]:
            self.learner = SideTask(self.network, self.groups).to(process.device)
        self.average = AveragedModel(self.network, multi_avg_fn=self._average, use_buffers=True)
        self.loss = make_loss(config.loss, config.sigma, config.sigma_growth, config.l1)
        self.optimizer = _optimizer(self.learner, config)
        self.amp = half_precision(process.device) if config.amp == "auto" else None
        self.scaler = torch.amp.GradScaler("cuda", enabled=self.amp == torch.float16)
        self.batch = max(1, min(config.batch_size, len(self.images)) // process.world)
        self.steps = max(1, len(self.images) // (self.batch * process.world))
        self.epoch, self.best_epoch, self.best_mae = 0, -1, math.inf
        self.history: list[dict[str, float]] = []
        self.seconds = 0.0
        self.parallel = self.learner
        if process.world > 1:
            self.parallel = DistributedDataParallel(self.learner)
        if config.compile:
            self.parallel = torch.compile(self.parallel)

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
        path = self.folder / LAST_CHECKPOINT
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            if not isinstance(state, dict):
                raise ValueError("not a checkpoint")
            self._restore(state)
        except (OSError, EOFError, UnpicklingError, RuntimeError, LookupError, ValueError) as error:
            raise TrainingError(
                f"{path} cannot be gone on from: it is missing, damaged or of other settings."
            ) from error

    def _restore(self, state: dict[str, Any]) -> None:
        self.learner.load_state_dict(state["learner"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.history, self.epoch = state["history"], state["epoch"]
        self.best_epoch, self.best_mae = state["best_epoch"], state["best_mae"]
        self.seconds = state["seconds"]
        self.initial = Loaded(**state["initial"])

    def best_network(self) -> AgeNetwork:
        """Return the averaged network of the epoch with the lowest MAE on valid, on the CPU."""
        network = AgeNetwork(self.config.architecture, head_for(self.config.loss))
        weights = torch.load(self.folder / BEST_WEIGHTS, map_location="cpu", weights_only=True)
        network.load_state_dict(weights)
        return network.eval()

    @cached_property
    def _teacher_says(self) -> Tensor | None:
        """What the teachers predict for each training face; asked when first needed."""
        if not self.config.teacher:
            return None
        said = [_taught(teacher, self.images) for teacher in self.config.teacher.split(",")]
        return torch.stack(said).mean(0)

    def _train_epoch(self) -> dict[str, float]:
        size = face_size(self.epoch, self.config.epochs, self.config.start_size, self.size)
        self.parallel.train()
        totals = torch.zeros(2, dtype=torch.float64)
        progress = tqdm(
            self._batches(size),
            total=self.steps,
            desc=f"Epoch {self.epoch + 1}/{self.config.epochs} ({size} px)",
            unit="step",
            disable=not self.process.is_main,
        )
        for done, (step, faces, index) in enumerate(progress, 1):
            totals += torch.tensor(self._step(step, faces, index), dtype=torch.float64)
            mean_loss, mean_mae = (totals / done).tolist()
            progress.set_postfix(loss=f"{mean_loss:.3f}", MAE=f"{mean_mae:.2f}", refresh=False)
        mean_loss, mean_mae = (self._sum(totals) / (self.steps * self.process.world)).tolist()
        return {"train_loss": mean_loss, "train_mae": mean_mae, "lr": self._lr(step)}

    def _batches(self, size: int) -> Iterator[tuple[int, Tensor, Tensor]]:
        """Yield (step, faces, their index) of this process; the same for one seed and epoch."""
        order = torch.randperm(len(self.images), generator=self._generator(self.epoch))
        world, rank, device = self.process.world, self.process.rank, self.process.device
        for i in range(self.steps):
            step = self.epoch * self.steps + i
            whole = order[i * self.batch * world : (i + 1) * self.batch * world]
            index = whole[rank::world]
            generator = self._generator(1_000_003 + step * world + rank)
            faces = self.images[index].to(device, non_blocking=True)
            faces = augment(faces, self._augmentation(), generator, size)
            yield step, faces, index

    def _augmentation(self) -> Augmentation:
        augmentation = Augmentation(restyle=self.config.restyle)
        if self.config.augmentation == "light":
            augmentation = augmentation.light()
        gentle = self.epoch >= self.config.epochs - self.config.gentle_epochs
        return augmentation.gentle() if gentle else augmentation

    def _generator(self, offset: int) -> torch.Generator:
        # Seeded anew for each step, so that a resumed run draws what an uninterrupted one would.
        return torch.Generator().manual_seed(self.config.seed * 1_000_000_007 + offset)

    def _step(self, step: int, faces: Tensor, index: Tensor) -> tuple[float, float]:
        """Take one optimiser step; return the loss and the MAE of the batch, years."""
        for group in self.optimizer.param_groups:
            group["lr"] = self._lr(step)
        faces = faces.contiguous(memory_format=torch.channels_last)
        with autocast(self.process.device, self.amp):
            output = self.parallel(faces)
        output, groups = output if isinstance(output, tuple) else (output, None)
        ages = self.ages[index].to(faces.device)
        loss = self.loss(output, ages)
        if self._teacher_says is not None:
            taught = distillation_loss(output, self._teacher_says[index].to(faces.device))
            loss = torch.lerp(loss, taught, self.config.teacher_weight)
        if isinstance(self.learner, SideTask):
            labels = self.groups[index].to(faces.device)
            loss = loss + self.config.groups * self.learner.loss(groups, labels)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.learner.parameters(), self.config.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.average.update_parameters(self.network)
        mae = (_decoded(_answers(output.detach())) - ages).abs().mean()
        return loss.item(), mae.item()

    def _lr(self, step: int) -> float:
        warmup = round(self.config.warmup * self.steps)
        share = learning_rate(step, self.config.epochs * self.steps, warmup)
        return self.config.lr * share

    @torch.no_grad()
    def _average(self, averages: Tensors, current: Tensors, count: Tensor | int) -> None:
        """Move the averaged weights; early on faster, so that the random start is forgotten."""
        decay = min(self.config.ema, (1 + int(count)) / (10 + int(count)))
        for average, value in zip(averages, current, strict=True):
            if average.is_floating_point():
                average.lerp_(value.to(average.dtype), 1 - decay)
            else:
                average.copy_(value)

    @torch.inference_mode()
    def _valid_mae(self) -> float:
        """Return the averaged network's MAE on valid, over all processes, each with its part.

        As in use, it looks at a face and its mirror image, in half precision where that is faster.
        """
        self.average.eval()
        if self.process.world > 1:
            # Each process has its own running means; those of the first are the ones saved.
            for buffer in self.average.module.buffers():
                dist.broadcast(buffer, 0)
        part = slice(self.process.rank, None, self.process.world)
        images, ages = self.valid_images[part], self.valid_ages[part]
        totals = torch.zeros(2, dtype=torch.float64)
        for faces, truth in zip(images.split(128), ages.split(128), strict=True):
            inputs = faces.to(self.process.device).float() / 255
            both = torch.cat([inputs, inputs.flip(-1)])
            with autocast(self.process.device, self.amp):
                output = self.average(both.contiguous(memory_format=torch.channels_last))
            predicted = _decoded(torch.stack(_answers(output).chunk(2)).mean(0)).cpu()
            totals += torch.tensor([(predicted - truth).abs().sum().item(), len(truth)])
        totals = self._sum(totals)
        return (totals[0] / totals[1]).item()

    def _sum(self, totals: Tensor) -> Tensor:
        """Add up a CPU tensor over all processes."""
        if self.process.world == 1:
            return totals
        totals = totals.to(self.process.device)
        dist.all_reduce(totals)
        return totals

    def _out_of_patience(self) -> bool:
        return self.best_epoch >= 0 and self.epoch - self.best_epoch > self.config.patience

    @cached_property
    def _board(self) -> SummaryWriter:
        return SummaryWriter(str(self.folder))  # each writer opens a file of its own

    def _write(self, better: bool) -> None:
        """Write the checkpoint, the best weights, the CSV and the TensorBoard log."""
        if better:
            save_atomically(self.average.module.state_dict(), self.folder / BEST_WEIGHTS)
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
        save_atomically(state, self.folder / LAST_CHECKPOINT)
        with (self.folder / "log.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self.history[0].keys())
            writer.writeheader()
            writer.writerows(self.history)
        last = self.history[-1]
        for name, value in last.items():
            self._board.add_scalar(name, value, self.epoch)
        self._board.flush()
        log.info(
            "Epoch %d: train MAE %.2f, valid MAE %.2f%s",
            self.epoch,
            last["train_mae"],
            last["valid_mae"],
            " (best)" if better else "",
        )


def save_atomically(state: object, path: Path) -> None:
    """Write with `torch.save` to a temporary name, then rename: never half a file."""
    partial = path.with_name(path.name + ".part")
    try:
        torch.save(state, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _ages(prepared: PreparedFaces) -> Tensor:
    return torch.tensor(prepared.table["real_age"].to_numpy(), dtype=torch.float32)


def _taught(teacher: str, images: Tensor) -> Tensor:
    """Return what a saved model predicts for faces: (N, AGE_BINS)."""
    try:
        model = load_model(Path(teacher))
    except ModelError as error:
        raise TrainingError(f"--teacher: {error}") from error
    size = model.spec.size
    if size > images.shape[-1]:
        raise TrainingError(
            f"--teacher {teacher} takes faces of {size} px, and these have only "
            f"{images.shape[-1]}; prepare the photos with --face-size {size} or more."
        )
    parts = tqdm(images.split(256), desc="Asking the teacher", unit="batch")
    return torch.cat([model.distributions(shrink_faces(part, size)) for part in parts]).clone()


def shrink_faces(faces: Tensor, size: int) -> Tensor:
    """Shrink faces, uint8, shape (B, 3, side, side), to a side of `size` pixels, at most theirs."""
    return resize(faces.float(), size).round().clamp(0, 255).to(torch.uint8)


def _answers(output: Tensor) -> Tensor:
    """Return ages (B,), or the distributions that logits (B, AGE_BINS) stand for."""
    return output.float() if output.dim() == 1 else torch.softmax(output.float(), -1)


def _decoded(answers: Tensor) -> Tensor:
    """Return the ages (B,) that `_answers` told."""
    return answers if answers.dim() == 1 else age_quantile(answers, 0.5)


def _optimizer(network: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    """AdamW; batch norms and biases are not decayed."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.lr)
