"""The training loop, mostly with a tiny network: schedules, resuming, stopping, checkpoints."""

import json
import math
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from age_model.ages import AGE_BINS
from age_model.data.face_set import FaceSet
from age_model.evaluation.calibration import uncalibrated
from age_model.evaluation.predictions import predict_face_set
from age_model.model.distributions import DECODINGS, age_quantile
from age_model.model.saved_model import load_model
from age_model.training import batches as batches_module
from age_model.training import trainer as trainer_module
from age_model.training.augment import Augmentation
from age_model.training.checkpoint import save_atomically
from age_model.training.config import TrainingConfig, TrainingError
from age_model.training.distributed import Process, start_process
from age_model.training.faces import TrainingFaces
from age_model.training.finish import PRIOR_RATIOS, evaluate_run, save_run_model
from age_model.training.schedule import face_size, learning_rate
from age_model.training.teachers import TeacherOutput
from age_model.training.trainer import Trainer
from age_model.training.validation import sample_weights
from tests.support.serving import free_port
from tests.support.synthetic import VIEWS, synthetic_face_set, use_tiny_network
from tests.support.training import CPU, FAST, first_gradient, trainer, weights, without_time

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def prepared() -> FaceSet:
    return synthetic_face_set()


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny_network(monkeypatch)


# Schedules and settings


def test_the_learning_rate_rises_in_a_line_and_falls_as_half_a_cosine() -> None:
    rates = [learning_rate(step, 110, 10) for step in range(110)]
    assert rates[0] == pytest.approx(0.1) and rates[4] == pytest.approx(0.5)
    assert rates[9] == rates[10] == 1.0
    assert rates[35] == pytest.approx(0.5 * (1 + math.cos(math.pi / 4)))
    assert rates[60] == pytest.approx(0.5)
    assert 0 < rates[109] < 0.001


def test_without_a_warm_up_training_starts_at_the_highest_rate() -> None:
    assert learning_rate(0, 100, 0) == 1.0


def test_a_warm_up_longer_than_the_run_never_falls() -> None:
    assert [learning_rate(step, 2, 4) for step in range(2)] == [0.25, 0.5]


@pytest.mark.parametrize(
    ("epochs", "start", "full", "sizes"),
    [
        (8, 96, 128, [96, 96, 112, 112, 112, 128, 128, 128]),
        (3, 64, 128, [64, 96, 128]),
        (3, 0, 128, [128, 128, 128]),
        (2, 160, 128, [128, 128]),
        (3, 100, 128, [100, 112, 128]),  # never below the start
        (3, 4, 100, [4, 48, 100]),
    ],
)
def test_faces_grow_to_full_size(epochs: int, start: int, full: int, sizes: list[int]) -> None:
    assert [face_size(epoch, epochs, start, full) for epoch in range(epochs)] == sizes


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"architecture": "vgg16"}, "--architecture vgg16 is unknown; use resnet18, resnet34"),
        ({"loss": "huber"}, "--loss huber is unknown; use distribution, mse, l1"),
        ({"augmentation": "none"}, "--augmentation none is unknown; use full, light"),
        ({"amp": "fp8"}, "--amp fp8 is unknown; use auto, off"),
        ({"epochs": 0}, "--epochs must be above 0"),
        ({"batch_size": -1}, "--batch-size must be above 0"),
        ({"lr": float("nan")}, "--lr cannot be nan"),
        ({"sigma": 0.0}, "--sigma must be above 0"),
        ({"teacher_weight": 1.5}, "--teacher-weight must be from 0 to 1"),
        ({"restyle": -0.1}, "--restyle must be from 0 to 1"),
        ({"teacher": "model", "loss": "l1"}, "--teacher works only with --loss distribution"),
        ({"soft_labels": "t.csv", "loss": "mse"}, "--soft-labels works only with --loss"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        TrainingConfig(**setting)


def test_a_process_alone_is_the_main_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    process = start_process()
    assert process == CPU and process.is_main
    with pytest.raises(TrainingError, match="no CUDA device"):
        start_process("cuda")


# Learning


def test_a_small_set_is_learnt(tmp_path: Path) -> None:
    """The real network, from random weights: it beats guessing, an MAE of 19, by far."""
    config = replace(FAST, batch_size=8, epochs=5, lr=0.003)
    run = trainer(synthetic_face_set(train=32), tmp_path, config)
    run.run()
    assert run.history[0]["train_mae"] > 10
    assert run.history[-1]["train_mae"] < 8
    assert run.best_mae < 6


@pytest.mark.parametrize("loss", ["distribution", "mse", "l1"])
def test_each_loss_trains_a_model_that_can_be_used(
    tiny: None, prepared: FaceSet, tmp_path: Path, loss: str
) -> None:
    run = trainer(prepared, tmp_path, replace(FAST, loss=loss, epochs=12, lr=0.05))
    run.run()
    model, of_valid = save_run_model(run, prepared, prepared.select("valid"), "none")
    assert model.networks[0].head == ("distribution" if loss == "distribution" else "regression")

    table = predict_face_set(model, prepared.select("valid"))
    pd.testing.assert_frame_equal(of_valid, table[of_valid.columns])
    mae = (table["predicted_age"] - table["real_age"]).abs().mean()
    assert mae < 10
    # The card's MAE is that of the model as saved, with the decoding that was the better one.
    assert model.card["metrics"]["valid"]["mae"] == pytest.approx(mae, abs=0.01)
    # The same holds for the views and the shift of the prior.
    errors = model.card["metrics"]["valid_mae_by_choice"]
    assert len(errors) == 2 * len(PRIOR_RATIOS) * len(DECODINGS)  # of two sets of views
    best = min(errors, key=lambda choice: choice["mae"])
    for choice in ("looks", "prior_ratio", "decoding"):
        assert best[choice] == model.card[choice]
    assert best["mae"] == pytest.approx(mae, abs=0.01)
    inside = table["real_age"].between(table["age_low"], table["age_high"])
    assert inside.mean() >= 0.9  # these photos are those that it was calibrated on
    assert ((table["age_high"] - table["age_low"]) > 1).all()
    # The loop measured nearly the same.
    plain = {"looks": VIEWS, "prior_ratio": 1.0, "decoding": "median"}
    (error,) = (choice["mae"] for choice in errors if choice.items() >= plain.items())
    assert error == pytest.approx(run.best_mae, abs=0.8)
    if loss != "distribution":  # the width of the bell was measured too
        errors_squared = (table["predicted_age"] - table["real_age"]) ** 2
        sigma = model.card["interval"]["regression_sigma"]
        assert sigma == pytest.approx(math.sqrt(errors_squared.mean()), rel=0.1)


def test_the_end_of_a_run_says_everything_about_the_model(
    tiny: None, prepared: FaceSet, tmp_path: Path
) -> None:
    run = trainer(prepared, tmp_path, replace(FAST, seed=7))
    run.run()
    save_run_model(run, prepared, prepared.select("valid"), "only for this test")
    metrics = evaluate_run(tmp_path, prepared).metrics
    card = load_model(tmp_path / "model").card
    assert card["licence"] == "only for this test"
    assert card["data"]["photos"] == {"train": 48, "valid": 16, "test": 12}
    train_ages = prepared.select("train").table["real_age"]
    assert card["data"]["train_median_age"] == pytest.approx(train_ages.median())
    assert card["data"]["train_ages"] == [train_ages.min(), train_ages.max()]
    assert card["data"]["label"] == "real_age" and card["data"]["fingerprint"]
    assert card["training"][0]["seed"] == 7 and card["training"][0]["epochs_run"] == 4
    assert card["training"][0]["best_epoch"] == run.best_epoch + 1
    assert card["versions"]["torch"] == torch.__version__.split("+")[0]
    assert card["interval"]["90"] != uncalibrated()["interval"]["90"]
    assert card["gate"]["rule"] == metrics["gate"]["rule"]
    assert card["metrics"]["test"] == metrics["overall"]
    assert metrics["overall"]["n"] == 12 and metrics["split"] == "test"
    assert metrics == json.loads((tmp_path / "evaluation/metrics.json").read_text())


def test_each_epoch_sees_each_face_once_in_a_new_order(
    tiny: None, prepared: FaceSet, tmp_path: Path
) -> None:
    run = trainer(prepared, tmp_path)
    orders = []
    for run.epoch in range(2):
        batches = list(run.epoch_batches())
        assert [step for step, *_ in batches] == [run.epoch * 3 + i for i in range(3)]
        orders.append(torch.cat([index for *_, index in batches]))
    assert not torch.equal(*orders)
    assert torch.equal(orders[0].sort().values, orders[1].sort().values)
    assert torch.equal(orders[0].sort().values, torch.arange(len(run.faces)))


def test_the_seed_decides_everything(tiny: None, prepared: FaceSet, tmp_path: Path) -> None:
    results = []
    for number, seed in enumerate((1, 1, 2)):
        run = trainer(prepared, tmp_path / str(number), replace(FAST, epochs=1, seed=seed))
        start, (_, faces, _) = weights(run.network), next(run.epoch_batches())
        run.run()
        results.append((start, faces, weights(run.network)))
    for first, same, other in zip(*results, strict=True):
        assert torch.equal(first, same)
        assert not torch.equal(first, other)


def test_faces_have_the_size_of_their_epoch(
    tiny: None, prepared: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trainer(prepared, tmp_path, replace(FAST, start_size=16))
    sizes = []

    def remember(step: int, faces: Tensor, ages: Tensor) -> Tensor:
        sizes.append(faces.shape[-1])
        return torch.zeros(2)

    monkeypatch.setattr(run, "_step", remember)
    run.run()
    assert sizes == [16] * 3 + [16] * 3 + [32] * 6


@pytest.mark.parametrize(
    ("augmentation", "expected"),
    [("full", Augmentation(restyle=0.2)), ("light", Augmentation(restyle=0.2).light())],
)
def test_the_last_epochs_are_gentle(
    tiny: None,
    prepared: FaceSet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    augmentation: str,
    expected: Augmentation,
) -> None:
    settings = []

    def recorded(faces: Tensor, setting: Augmentation, *rest: Any) -> Tensor:  # noqa: ANN401
        settings.append(setting)
        return faces.float() / 255

    monkeypatch.setattr(batches_module, "augment", recorded)
    config = replace(FAST, epochs=3, gentle_epochs=1, restyle=0.2, augmentation=augmentation)
    run = trainer(prepared, tmp_path, config)
    run.run()
    full, gentle = 2 * run.batches.steps, run.batches.steps
    assert settings == [expected] * full + [expected.gentle()] * gentle


def test_only_weight_matrices_decay(tiny: None, prepared: FaceSet, tmp_path: Path) -> None:
    run = trainer(prepared, tmp_path, replace(FAST, weight_decay=0.03))
    decayed, others = run.optimizer.param_groups
    assert decayed["weight_decay"] == 0.03 and others["weight_decay"] == 0
    assert [p.ndim for p in decayed["params"]] == [4, 2]
    assert [p.ndim for p in others["params"]] == [1, 1, 1]


def test_gradients_are_clipped(tiny: None, prepared: FaceSet, tmp_path: Path) -> None:
    run = trainer(prepared, tmp_path, replace(FAST, clip=0.01))
    run._step(*next(run.epoch_batches()))
    gradients = [p.grad.ravel() for p in run.network.parameters() if p.grad is not None]
    assert torch.cat(gradients).norm().item() == pytest.approx(0.01, rel=1e-3)


def test_the_steps_follow_the_learning_rate(tiny: None, prepared: FaceSet, tmp_path: Path) -> None:
    run = trainer(prepared, tmp_path, replace(FAST, lr=0.1, warmup=1.0))
    for step, faces, index in run.epoch_batches():
        run._step(step, faces, index)
        rates = [group["lr"] for group in run.optimizer.param_groups]
        assert rates == pytest.approx([0.1 * (step + 1) / 3] * 2)


class Linear(nn.Module):
    """A teacher made up of one line: distributions and features from the mean of each channel."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.line, self.features = nn.Linear(3, AGE_BINS), nn.Linear(3, 5)

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        mean = faces.mean((2, 3))
        return torch.softmax(self.line(mean), -1), self.features(mean)


def saved_teacher(folder: Path, seed: int) -> str:
    folder.mkdir(exist_ok=True)
    file = folder / f"{seed}.pt"
    torch.jit.script(Linear(seed)).save(file)
    return str(file)


@pytest.fixture
def teacher(tmp_path: Path) -> str:
    """Return the file of a teacher that was never trained."""
    return saved_teacher(tmp_path / "teachers", 1)


def first_step(prepared: FaceSet, folder: Path, config: TrainingConfig) -> Tensor:
    run = trainer(prepared, folder, config)
    run._step(*next(run.epoch_batches()))
    return weights(run.network)


def test_with_a_teacher_alone_the_labels_do_not_matter(
    tiny: None, prepared: FaceSet, teacher: str, tmp_path: Path
) -> None:
    other = replace(prepared, table=prepared.table.assign(real_age=50.0))
    folder = tmp_path / "run"
    taught = replace(FAST, teacher=teacher, teacher_weight=1.0)
    assert torch.equal(first_step(prepared, folder, taught), first_step(other, folder, taught))
    half = replace(taught, teacher_weight=0.5)
    assert not torch.equal(first_step(prepared, folder, half), first_step(other, folder, half))
    # Nor does the teacher without a share of the loss.
    none = replace(taught, teacher_weight=0.0)
    assert torch.equal(first_step(prepared, folder, none), first_step(prepared, folder, FAST))


def test_teachers_see_the_augmented_face_at_full_size(
    tiny: None,
    prepared: FaceSet,
    teacher: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = trainer(prepared, tmp_path, replace(FAST, teacher=teacher, start_size=16))
    seen: list[Tensor] = []

    def asked(faces: Tensor) -> list[Any]:
        seen.append(faces)
        return []

    monkeypatch.setattr(run, "teachers", asked)
    student: list[Tensor] = []
    run.learner.register_forward_pre_hook(lambda _, faces: student.append(faces[0]))
    step, faces, index = next(run.epoch_batches())
    run._step(step, faces, index)
    assert seen[0] is faces and faces.shape[-1] == 32 and student[0].shape[-1] == 16
    assert not torch.equal(faces, run.faces._kept[index].float() / 255)  # type: ignore[index]


def test_teachers_are_asked_in_half_precision_and_answer_in_full(
    tiny: None,
    prepared: FaceSet,
    teacher: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = trainer(prepared, tmp_path, replace(FAST, teacher=teacher))
    halved: list[bool] = []

    def asked(faces: Tensor) -> list[TeacherOutput]:
        halved.append(torch.is_autocast_enabled("cpu"))
        rest = faces[:, :, 0, 0].bfloat16()
        return [(torch.softmax(rest, -1), rest)]

    monkeypatch.setattr(run, "teachers", asked)
    for precision in (None, torch.bfloat16):
        run.amp = precision
        ((distributions, features),) = run._ask_teachers(run.batches.sample(4))
        assert distributions.dtype == features.dtype == torch.float32
    assert halved == [False, True]


def test_several_teachers_teach_their_mean(
    tiny: None, prepared: FaceSet, teacher: str, tmp_path: Path
) -> None:
    files = [teacher, saved_teacher(tmp_path / "teachers", 2)]
    run = trainer(prepared, tmp_path / "run", replace(FAST, teacher=",".join(files)))
    assert run.teachers is not None
    faces = torch.rand((4, 3, 32, 32))
    said = [distribution for distribution, _ in run.teachers(faces)]
    taught = run.targets.batch(torch.arange(4), said).soft
    assert taught is not None and torch.allclose(taught, (said[0] + said[1]) / 2)
    assert not torch.allclose(said[0], said[1])


def test_a_file_that_is_no_teacher_is_refused(
    tiny: None, prepared: FaceSet, tmp_path: Path
) -> None:
    (tmp_path / "broken.pt").write_bytes(b"no network")
    for name in ("broken.pt", "missing.pt"):
        with pytest.raises(TrainingError, match=rf"--teacher: .*{name}"):
            trainer(prepared, tmp_path / "run", replace(FAST, teacher=str(tmp_path / name)))


def test_features_of_teachers_are_imitated(
    tiny: None, prepared: FaceSet, teacher: str, tmp_path: Path
) -> None:
    config = replace(FAST, teacher=teacher, imitation=5.0, epochs=8, teacher_weight=0.0)
    run = trainer(prepared, tmp_path, config)
    assert run.teachers is not None

    _, faces, _ = next(run.epoch_batches())

    def distance() -> float:
        said = run.teachers(faces)  # type: ignore[misc]
        run.learner.eval()
        with torch.no_grad():
            _, guesses = run.learner(faces)
        return run.learner.imitation_loss(guesses, said).item()

    before = distance()
    run.run()
    assert distance() < 0.5 * before
    card = save_run_model(run, prepared, prepared.select("valid"), "for this test").model.card
    assert card["training"][0]["teacher"] == Path(teacher).name  # not where it lay
    # What is saved is the age network alone.
    assert run.best_network().state_dict().keys() == run.network.state_dict().keys()
    with pytest.raises(TrainingError, match="--imitation needs a --teacher"):
        replace(FAST, imitation=1.0)


def soft_table(file: Path, names: list[str], age: int) -> str:
    """Write a table that is sure of one age."""
    columns = [f"age_{year}" for year in range(AGE_BINS)]
    table = pd.DataFrame(0.0, index=range(len(names)), columns=columns)
    table[f"age_{age}"] = 1.0
    table.assign(file_name=names).to_csv(file, index=False)
    return str(file)


def test_soft_labels_are_learned_where_the_table_has_the_photo(
    tiny: None, prepared: FaceSet, tmp_path: Path
) -> None:
    names = prepared.select("train").table["file_name"].tolist()
    table = soft_table(tmp_path / "soft.csv", names[:3] + names[:3], 20)
    run = trainer(prepared, tmp_path / "run", replace(FAST, soft_labels=table))
    taught = run.targets.batch(torch.tensor([0, 2, 3]), []).soft
    assert taught is not None
    assert taught[0, 20] == taught[1, 20] == 1 and taught[:2].sum() == 2
    assert taught[2].isnan().all()


def test_unlabelled_faces_are_learned_from_soft_labels_alone(
    tiny: None, prepared: FaceSet, tmp_path: Path
) -> None:
    """All faces are without a label but one split; what is learned is the table's one age."""
    train, valid = prepared.select("train"), prepared.select("valid")
    unlabelled = replace(train, table=train.table.assign(file_name="u" + train.table["file_name"]))
    table = soft_table(tmp_path / "soft.csv", unlabelled.table["file_name"].tolist(), 60)
    config = replace(FAST, soft_labels=table, epochs=1)
    run = Trainer(config, train, valid, tmp_path, CPU, unlabelled=unlabelled)
    assert len(run.targets.order) == 96 and run.targets.ages[48:].isnan().all()
    targets = run.targets.batch(torch.tensor([0, 50]), [])
    logits = torch.zeros((2, AGE_BINS)).requires_grad_()
    targets.loss(logits, run.loss, 0.5).backward()
    assert logits.grad is not None and logits.grad[1].argmin() == 60
    run.run()
    with pytest.raises(TrainingError, match="--unlabelled photos need a --teacher"):
        Trainer(FAST, train, valid, tmp_path / "none", CPU, unlabelled=unlabelled)


def test_a_photo_is_shown_as_often_as_its_weight(
    tiny: None, prepared: FaceSet, tmp_path: Path
) -> None:
    weight = np.where(prepared.table.index < 5, 3, 1)
    run = trainer(replace(prepared, table=prepared.table.assign(weight=weight)), tmp_path)
    shown = run.targets.shuffled(torch.Generator().manual_seed(1)).bincount()
    assert shown.tolist() == [3] * 5 + [1] * 43


def test_sources_and_people_count_alike_in_validation() -> None:
    table = pd.DataFrame(
        {"source": ["a", "a", "a", "b", "b"], "person": ["x", "x", "y", None, None]}
    )
    assert sample_weights(table).tolist() == [0.125, 0.125, 0.25, 0.25, 0.25]
    assert sample_weights(table[[]]).tolist() == pytest.approx([0.2] * 5)


def test_faces_read_from_the_disk_are_those_kept(prepared: FaceSet) -> None:
    train, valid = prepared.select("train"), prepared.select("valid")
    kept = TrainingFaces([train, valid], torch.device("cpu"))
    read = TrainingFaces([train, valid], torch.device("cpu"), kept_bytes=0)
    indices = list(torch.randperm(64, generator=torch.Generator().manual_seed(1)).split(9))
    assert len(read) == 64 and read._kept is None
    for first, second in zip(kept.batches(indices), read.batches(indices), strict=True):
        assert torch.equal(first, second)


def test_averaged_weights_lag_behind(tiny: None, prepared: FaceSet, tmp_path: Path) -> None:
    run = trainer(prepared, tmp_path / "a", replace(FAST, ema=0.0))
    run.run()
    assert torch.equal(weights(run.network), weights(run.average.module))

    run = trainer(prepared, tmp_path / "b", replace(FAST, ema=0.5))
    batches = list(run.epoch_batches())
    run._step(*batches[0])
    first = weights(run.network)
    assert torch.equal(weights(run.average.module), first)
    run._step(*batches[1])
    # The second of n steps moves the average with a decay of (1 + 1) / (10 + 1).
    expected = first + (weights(run.network) - first) * 9 / 11
    counter = torch.isclose(first, torch.ones_like(first))  # batches seen are counted, not averaged
    assert torch.allclose(weights(run.average.module)[~counter], expected[~counter], atol=1e-6)


def test_half_precision_on_a_processor_that_has_it(
    tiny: None, prepared: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    run = trainer(prepared, tmp_path / "half", replace(FAST, amp="auto"))
    run.run()
    full = trainer(prepared, tmp_path / "full", FAST)
    full.run()
    assert run.amp is torch.bfloat16
    assert run.history[0]["train_loss"] != full.history[0]["train_loss"]
    assert run.history[0]["train_loss"] == pytest.approx(full.history[0]["train_loss"], rel=0.02)


# Going on and stopping


def test_a_resumed_run_gives_the_same_numbers(
    tiny: None, prepared: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(FAST, start_size=16, seed=3)
    whole = trainer(prepared, tmp_path / "whole", config)
    whole.run()

    first = trainer(prepared, tmp_path / "parts", config)
    interrupt(first, monkeypatch, after=2)
    with pytest.raises(KeyboardInterrupt):
        first.run()
    assert first.epoch == 2
    second = trainer(prepared, tmp_path / "parts", config)
    torch.manual_seed(999)  # plays no part
    second.resume()
    assert second.epoch == 2 and second.history == first.history
    second.run()

    assert without_time(second.history) == without_time(whole.history)
    assert torch.equal(weights(second.learner), weights(whole.learner))
    assert torch.equal(weights(second.average), weights(whole.average))
    assert torch.equal(weights(second.best_network()), weights(whole.best_network()))
    assert (second.best_epoch, second.best_mae) == (whole.best_epoch, whole.best_mae)
    assert second.seconds > first.seconds


def interrupt(run: Trainer, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Make `run` stop, as by Ctrl-C, amid the epoch after so many."""
    batches = run.epoch_batches

    def interrupted() -> Iterator[tuple[int, Tensor, Tensor]]:
        for number, batch in enumerate(batches()):
            if run.epoch == after and number == 1:
                raise KeyboardInterrupt
            yield batch

    monkeypatch.setattr(run, "epoch_batches", interrupted)


def test_there_must_be_something_to_go_on_from(
    tiny: None, prepared: FaceSet, tmp_path: Path
) -> None:
    run = trainer(prepared, tmp_path)
    with pytest.raises(TrainingError, match=r"last\.pt cannot be resumed: it is missing"):
        run.resume()
    run.run()
    checkpoint = (tmp_path / "last.pt").read_bytes()
    other = trainer(prepared, tmp_path, replace(FAST, loss="mse"))
    buffer = BytesIO()
    torch.save([1, 2], buffer)
    for content in (checkpoint, checkpoint[:1000], b"garbage" * 100, b"", buffer.getvalue()):
        (tmp_path / "last.pt").write_bytes(content)
        with pytest.raises(TrainingError, match="damaged or of other settings"):
            other.resume()


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("epoch", "two"),
        ("epoch", 9),
        ("best_epoch", 4),
        ("best_mae", None),
        ("seconds", math.nan),
        ("history", [5] * 4),
        ("history", [{}, {"epoch": 1}, {}, {}]),
        ("learner", 5),
        ("average", {}),
        ("optimizer", {"state": {}}),
        ("optimizer", {"state": {0: {"step": "x"}}, "param_groups": []}),
        ("initial", [1]),
        ("initial", {"nothing": 1}),
    ],
)
def test_a_damaged_entry_of_the_checkpoint_gives_a_sentence(
    tiny: None, prepared: FaceSet, tmp_path: Path, entry: str, value: object
) -> None:
    trainer(prepared, tmp_path).run()
    state = torch.load(tmp_path / "last.pt", weights_only=True)
    torch.save(state | {entry: value}, tmp_path / "last.pt")
    with pytest.raises(TrainingError, match="damaged or of other settings"):
        trainer(prepared, tmp_path).resume()


def test_an_optimizer_of_other_shapes_or_settings_is_not_taken(
    tiny: None, prepared: FaceSet, tmp_path: Path
) -> None:
    trainer(prepared, tmp_path).run()
    state = torch.load(tmp_path / "last.pt", weights_only=True)
    state["optimizer"]["param_groups"][0]["betas"] = "x"  # the run's own settings count
    torch.save(state, tmp_path / "last.pt")
    trainer(prepared, tmp_path).resume()
    state["optimizer"]["state"][0]["exp_avg"] = torch.zeros(1)
    torch.save(state, tmp_path / "last.pt")
    with pytest.raises(TrainingError, match="damaged or of other settings"):
        trainer(prepared, tmp_path).resume()


def valid_maes(run: Trainer, monkeypatch: pytest.MonkeyPatch, values: list[float]) -> None:
    remaining = iter(values)
    monkeypatch.setattr(run, "_valid_mae", lambda: next(remaining))


def test_validation_averages_faces_and_their_mirror_images(
    tiny: None, prepared: FaceSet, tmp_path: Path
) -> None:
    run = trainer(prepared, tmp_path)
    noise = torch.Generator().manual_seed(0)
    images = torch.randint_like(run.validator._images, 256, generator=noise)
    run.validator._images = images
    run.average.eval()

    def mae(*pictures: Tensor) -> float:
        with torch.inference_mode():
            answers = [torch.softmax(run.average.module(x.float() / 255), -1) for x in pictures]
        ages = age_quantile(torch.stack(answers).mean(0), 0.5)
        return (ages - run.validator._ages).abs().mean().item()

    assert run._valid_mae() == pytest.approx(mae(images, images.flip(-1)), abs=1e-4)
    assert abs(mae(images) - mae(images, images.flip(-1))) > 1e-3


def test_training_stops_when_valid_gets_no_better(
    tiny: None, prepared: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(FAST, epochs=9, patience=2)
    run = trainer(prepared, tmp_path, config)
    averages: list[Tensor] = []
    write = run._write

    def remember(better: bool) -> None:
        averages.append(weights(run.average.module))
        write(better)

    monkeypatch.setattr(run, "_write", remember)
    valid_maes(run, monkeypatch, [9.0, 7.0, 8.0, 6.0, 6.0, 6.5])
    run.run()
    assert run.epoch == 6  # two epochs without a better one after the fourth
    assert (run.best_epoch, run.best_mae) == (3, 6.0)
    assert torch.equal(weights(run.best_network()), averages[3])

    again = trainer(prepared, tmp_path, config)
    again.resume()
    again.run()
    assert again.epoch == 6  # it stays stopped


def test_weights_that_are_no_numbers_end_the_run_and_keep_the_checkpoint(
    tiny: None, prepared: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trainer(prepared, tmp_path)
    valid_maes(run, monkeypatch, [9.0, math.nan])
    with pytest.raises(TrainingError, match="use a lower --lr"):
        run.run()
    assert torch.load(tmp_path / "last.pt", weights_only=True)["epoch"] == 1


def test_the_log_has_a_row_an_epoch(tiny: None, prepared: FaceSet, tmp_path: Path) -> None:
    trainer(prepared, tmp_path).run()
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert lines[0] == "epoch,train_loss,train_mae,lr,valid_mae,seconds"
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "3", "4"]
    assert len(list(tmp_path.glob("events.out.tfevents.*"))) == 1
    assert not list(tmp_path.glob("*.part"))


def test_an_interrupted_write_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "last.pt"
    save_atomically({"epoch": 1}, path)

    def half(state: object, file: Path) -> None:
        file.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(KeyboardInterrupt):
        save_atomically({"epoch": 2}, path)
    assert torch.load(path, weights_only=True) == {"epoch": 1}
    assert list(tmp_path.iterdir()) == [path]


# Several processes


def test_processes_share_each_batch(
    tiny: None, prepared: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer_module, "DistributedDataParallel", lambda network: network)
    alone = [index for *_, index in trainer(prepared, tmp_path).epoch_batches()]
    parts = [
        [index for *_, index in trainer(prepared, tmp_path, process=part).epoch_batches()]
        for part in (Process(0, 2, CPU.device), Process(1, 2, CPU.device))
    ]
    for whole, *halves in zip(alone, *parts, strict=True):
        assert [len(half) for half in halves] == [8, 8]
        assert torch.equal(whole.sort().values, torch.cat(halves).sort().values)


@pytest.fixture(scope="module")
def two_processes(
    tmp_path_factory: pytest.TempPathFactory, quick_python: list[str]
) -> list[dict[str, Any]]:
    """What `two_processes.py` found in each of two processes; slow, for whoever asks first."""
    folder = tmp_path_factory.mktemp("two")
    command = [*quick_python, "-m", "tests.support.two_processes", str(folder)]
    group = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2"}
    group |= {"OMP_NUM_THREADS": "1"}  # all as torchrun sets it
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=os.environ | group | {"RANK": str(rank)})
        for rank in range(2)
    ]
    assert [process.wait() for process in processes] == [0, 0]
    return [torch.load(folder / f"rank{rank}.pt", weights_only=True) for rank in range(2)]


@pytest.mark.slow
def test_processes_hold_the_same_weights(two_processes: list[dict[str, Any]]) -> None:
    first, second = two_processes
    assert first["history"] == second["history"]
    assert torch.equal(first["parameters"], second["parameters"])
    assert torch.equal(first["average"], second["average"])
    assert not torch.equal(first["parameters"], first["average"])


@pytest.mark.slow
def test_two_processes_resume_to_the_same_numbers(two_processes: list[dict[str, Any]]) -> None:
    for result in two_processes:
        assert [epoch["epoch"] for epoch in result["history"]] == [1, 2, 3, 4]
        assert result["resumed"]["history"] == result["history"]
        assert torch.equal(result["resumed"]["parameters"], result["parameters"])
        assert torch.equal(result["resumed"]["average"], result["average"])


@pytest.mark.slow
def test_the_gradient_is_that_of_the_whole_batch(
    tiny: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, two_processes: list[dict[str, Any]]
) -> None:
    alone = first_gradient(trainer(synthetic_face_set(), tmp_path), monkeypatch)
    for result in two_processes:
        assert torch.allclose(result["gradient"], alone, atol=1e-5)
    assert alone.abs().max() > 0.1


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_card_trains_and_resumes(prepared: FaceSet, tmp_path: Path) -> None:
    config = replace(FAST, amp="auto", epochs=2)
    process = start_process()
    assert process.device.type == "cuda"
    trainer(prepared, tmp_path, config, process).run()
    run = trainer(prepared, tmp_path, replace(config, epochs=3), process)
    run.resume()
    run.run()
    assert run.epoch == 3 and math.isfinite(run.history[-1]["train_loss"])
    assert next(run.network.parameters()).is_cuda
