"""Fine-tune a face recognition network on ages, and save it as a teacher in TorchScript.

    python -m recipes.teachers --networks FOLDER --name mobilenetv1-vggface2-age \
        --prepared FACES --out teacher.pt --body-lr 3e-4

FOLDER holds networks and a file `load.py` with `load(name) -> (network, side, prepare)`,
`network.features(prepared)` and `network.width`, `NETS` and `with_batch_norm(network, batches)`.
A teacher maps faces, float, shape (B, 3, side, side), RGB, 0..1, to age distributions
(B, AGE_BINS) and features (B, width), the format of `train.py --teacher`. It teaches on the kind of
device that it was made on.
"""

import argparse
import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import trange

from age_model.ages import AGE_BINS
from age_model.data.face_set import FaceSet, load_face_set
from age_model.model.precision import autocast, half_precision
from age_model.training.augment import Augmentation, augment
from age_model.training.distributed import Process, start_process
from age_model.training.faces import TrainingFaces
from age_model.training.losses import make_loss
from age_model.training.schedule import learning_rate
from age_model.training.targets import Targets
from age_model.training.validation import Validator

HEAD_LR = 1e-3
WEIGHT_DECAY = 0.05
CLIP = 5.0
STATISTICS_FACES = 2048  # for the statistics of batch norms
BATCH = 256


class Teacher(nn.Module):
    """A face recognition network with a head for ages.

    Args:
        network: has `features` and `width`.
        prepare: brings faces, uint8-ranged float, shape (B, H, W, 3), to the network's input.
    """

    def __init__(self, network: nn.Module, prepare: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.network, self.prepare = network, prepare
        self.head = nn.Linear(int(network.width), AGE_BINS)  # type: ignore[arg-type]
        self.dropout = nn.Dropout(0.1)

    def features(self, faces: Tensor) -> Tensor:
        """Return the features, shape (B, width), of faces (B, 3, side, side), RGB, 0..1."""
        with faces.device:  # where a loader's own tensors belong
            inputs = self.prepare((faces * 255).permute(0, 2, 3, 1))
        return self.network.features(inputs)  # type: ignore[operator,no-any-return]

    def forward(self, faces: Tensor) -> Tensor:
        """Return logits, shape (B, AGE_BINS)."""
        return self.head(self.dropout(self.features(faces)))  # type: ignore[no-any-return]


class Saved(nn.Module):
    """What is saved of a teacher: distributions and features."""

    def __init__(self, teacher: Teacher) -> None:
        super().__init__()
        self.teacher = teacher

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Return distributions (B, AGE_BINS) and features (B, width)."""
        features = self.teacher.features(faces)
        return F.softmax(self.teacher.head(features), -1), features


def load_teacher(folder: Path, name: str, faces: Tensor, device: torch.device) -> Teacher:
    """Return a teacher before its fine-tuning, with batch norms added back.

    Args:
        folder: of `load.py` and the networks.
        name: of the network.
        faces: uint8, shape (N, 3, side, side), for the statistics of its batch norms.
        device: where it is trained, and where the statistics are measured.
    """
    spec = importlib.util.spec_from_file_location("face_networks", folder / "load.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(folder / "load.py")
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with device:  # where a loader's own tensors belong
        network, _, prepare = module.load(name)
        batches = [prepare(part.to(device).permute(0, 2, 3, 1)) for part in faces.split(BATCH)]
        return Teacher(module.with_batch_norm(network, batches), prepare).to(device)


def fine_tune(
    teacher: Teacher,
    prepared: FaceSet,
    process: Process,
    epochs: int,
    body_lr: float,
    gentle: int,
    seed: int,
) -> None:
    """Fine-tune a whole teacher on labelled faces, in place; it keeps the averaged weights.

    Args:
        teacher: on the process's device.
        prepared: faces with train and valid splits.
        process: this process, alone.
        epochs: passes over the faces.
        body_lr: highest learning rate of all but the head.
        gentle: last epochs, which have half as much augmentation.
        seed: random seed.
    """
    train, device = prepared.select("train"), process.device
    targets, faces = Targets.of(train, None, "", device), TrainingFaces([train], device)
    validator = Validator(prepared.select("valid"), process, half_precision(device))
    loss_of, dtype = make_loss("distribution", 2.0, 0.02, 0.1), half_precision(device)
    head = set(teacher.head.parameters())
    rates = [body_lr, HEAD_LR]
    groups = [[p for p in teacher.parameters() if p not in head], list(head)]
    optimizer = torch.optim.AdamW(
        [{"params": group} for group in groups], weight_decay=WEIGHT_DECAY
    )
    average = torch.optim.swa_utils.AveragedModel(
        teacher, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True
    )
    generator = torch.Generator().manual_seed(seed)
    batch = min(BATCH, len(targets.order))
    steps = len(targets.order) // batch
    for epoch in trange(epochs, unit="epoch"):
        settings = Augmentation(restyle=0.3)
        settings = settings.gentle() if epoch >= epochs - gentle else settings
        indices = list(targets.shuffled(generator)[: steps * batch].split(batch))
        teacher.train()
        for number, pictures in enumerate(faces.batches(indices)):
            share = learning_rate(epoch * steps + number, epochs * steps, steps)
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * share
            seen = augment(pictures, settings, generator)
            with autocast(device, dtype):
                logits = teacher(seen)
            loss = targets.batch(indices[number], []).loss(logits, loss_of, 0.0)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(teacher.parameters(), CLIP)
            optimizer.step()
            average.update_parameters(teacher)
    teacher.load_state_dict(average.module.state_dict())
    print(f"MAE on valid, sources weighted alike: {validator.mae(teacher):.2f} years")


def save(teacher: Teacher, side: int, file: Path) -> None:
    """Save a teacher as TorchScript for faces of `side` pixels."""
    saved = Saved(teacher).eval()
    example = torch.rand((4, 3, side, side), device=teacher.head.weight.device)
    with torch.no_grad():
        torch.jit.freeze(torch.jit.trace(saved, example)).save(file)


def main(arguments: list[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Fine-tune a face network into a teacher.")
    parser.add_argument("--networks", type=Path, required=True, help="folder with load.py")
    parser.add_argument("--name", required=True, help="of the network")
    parser.add_argument(
        "--prepared", type=Path, required=True, help="folder made by `age_model prepare`"
    )
    parser.add_argument("--out", type=Path, required=True, help="TorchScript file")
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--body-lr", type=float, default=1e-3, help="of all but the head")
    parser.add_argument("--gentle", type=int, default=6, help="last epochs: half augmented")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(arguments)
    process, prepared = start_process(), load_face_set(args.prepared)
    torch.manual_seed(args.seed)
    first = next(prepared.select("train").batches(STATISTICS_FACES))
    teacher = load_teacher(args.networks, args.name, first, process.device)
    fine_tune(teacher, prepared, process, args.epochs, args.body_lr, args.gentle, args.seed)
    save(teacher, prepared.spec.size, args.out)


if __name__ == "__main__":
    main()
