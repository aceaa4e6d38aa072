"""The batches of augmented faces that a run learns from, in the same order for the same seed."""

from collections.abc import Iterator

import torch
from torch import Tensor

from age_model.training.augment import Augmentation, augment
from age_model.training.config import TrainingConfig
from age_model.training.distributed import Process
from age_model.training.faces import TrainingFaces
from age_model.training.targets import Targets


class Batches:
    """The batches of one process.

    Args:
        config: settings.
        targets: of all faces; they know how often an epoch shows each.
        faces: to learn from.
        process: this process.
    """

    def __init__(
        self, config: TrainingConfig, targets: Targets, faces: TrainingFaces, process: Process
    ) -> None:
        self._config, self._targets, self._faces, self._process = config, targets, faces, process
        shown = len(targets.order)
        size = max(1, min(config.batch_size, shown) // process.world)
        self.balanced = int(size * config.balanced_share)
        self._natural = size - self.balanced
        self.steps = max(1, shown // (self._natural * process.world))

    def of(self, epoch: int, side: int | None) -> Iterator[tuple[int, Tensor, Tensor]]:
        """Yield (step of the run, faces, their numbers) of an epoch.

        Args:
            epoch: counted from 0.
            side: of the faces, pixels; None leaves them at their full side.

        Yields:
            faces: float, shape (B, 3, side, side), RGB, 0..1; the last `balanced` of them sampled
            evenly over ages and augmented as old photographs.
        """
        world, rank = self._process.world, self._process.rank
        indices = self._targets.batches(
            self._natural, self.balanced, self.steps, rank, world, self._generator(epoch)
        )
        augmentation = self._augmentation(epoch)
        for i, faces in enumerate(self._faces.batches(indices)):
            step = epoch * self.steps + i
            generator = self._generator(1_000_003 + step * world + rank)
            parts = [augment(faces[: self._natural], augmentation, generator, side)]
            if self.balanced:
                old = Augmentation().old_photographs()
                parts.append(augment(faces[self._natural :], old, generator, side))
            yield step, torch.cat(parts), indices[i]

    def sample(self, count: int) -> Tensor:
        """Return `count` faces as the first epoch augments them, the same for all processes."""
        chosen = self._targets.shuffled(self._generator(-1))[:count]
        faces = next(self._faces.batches([chosen]))
        return augment(faces, self._augmentation(0), self._generator(-1))

    def _augmentation(self, epoch: int) -> Augmentation:
        augmentation = Augmentation(restyle=self._config.restyle)
        if self._config.augmentation == "light":
            augmentation = augmentation.light()
        gentle = epoch >= self._config.epochs - self._config.gentle_epochs
        return augmentation.gentle() if gentle else augmentation

    def _generator(self, offset: int) -> torch.Generator:
        # Seeded for each step, so that a resumed run draws what an uninterrupted one would.
        return torch.Generator().manual_seed(self._config.seed * 1_000_000_007 + offset)
