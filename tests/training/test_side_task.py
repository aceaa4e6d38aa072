"""Telling gender and ethnicity as a second task of training."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch.nn import functional as F

from age_model.ages import AGE_BINS
from age_model.model.network import AgeNetwork
from age_model.training.side_task import SideTask, group_labels
from tests.support.synthetic import prepared_faces, use_tiny_network, with_groups
from tests.support.training import FAST, trainer, weights


def test_groups_are_numbered_by_their_names_and_unknown_ones_are_minus_one() -> None:
    table = pd.DataFrame(
        {"gender": ["male", "female", None, "male"], "ethnicity": ["White", "Asian", "Black", None]}
    )
    assert group_labels(table).tolist() == [[1, 2], [0, 0], [-1, 1], [1, -1]]


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"real_age": [20.0, 30.0]}),
        pd.DataFrame({"gender": ["male", "male"]}),  # nothing to tell
        pd.DataFrame({"gender": [None, None]}),
    ],
)
def test_without_groups_there_is_no_second_task(table: pd.DataFrame) -> None:
    assert group_labels(table).shape == (2, 0)


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> SideTask:
    use_tiny_network(monkeypatch)
    return SideTask(AgeNetwork("resnet18"), torch.tensor([[0, 2], [1, 0], [-1, 1]]))


def test_the_age_head_is_not_changed_by_the_groups(task: SideTask) -> None:
    images = torch.rand(5, 3, 32, 32)
    ages, groups = task.eval()(images)
    assert torch.equal(ages, task.network(images)) and ages.shape == (5, AGE_BINS)
    assert groups.shape == (5, 2 + 3)


def test_the_loss_is_the_mean_over_columns_of_the_known_groups(task: SideTask) -> None:
    logits = torch.tensor([[1.0, 0.0, 0.0, 2.0, 0.0], [0.0, 3.0, 1.0, 0.0, 0.0]])
    gender = F.cross_entropy(torch.tensor([[0.0, 3.0]]), torch.tensor([1]))
    ethnicity = F.cross_entropy(
        torch.tensor([[0.0, 2.0, 0.0], [1.0, 0.0, 0.0]]), torch.tensor([1, 0])
    )
    loss = task.loss(logits, torch.tensor([[-1, 1], [1, 0]]))
    assert loss.item() == pytest.approx(((gender + ethnicity) / 2).item())
    assert task.loss(logits, torch.full((2, 2), -1)).item() == 0


def test_the_second_task_is_learned_beside_the_age(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_tiny_network(monkeypatch)
    prepared = with_groups(prepared_faces())
    run = trainer(prepared, tmp_path, replace(FAST, epochs=40, groups=1.0))
    run.run()
    assert isinstance(run.learner, SideTask)
    _, logits = run.learner.eval()(run.images.float() / 255)
    right = logits.argmax(1) == run.groups[:, 0]
    assert right.float().mean() > 0.9
    assert run.best_mae < 15  # an MAE of 19 is guessing
    assert weights(run.best_network()).shape == weights(run.network).shape


def test_its_weight_changes_what_the_trunk_learns(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_tiny_network(monkeypatch)
    prepared = with_groups(prepared_faces())
    ends = []
    for number, weight in enumerate((0.0, 0.1)):
        run = trainer(prepared, tmp_path / str(number), replace(FAST, groups=weight))
        run._step(*next(run._batches(32)))
        ends.append(weights(run.network))
    assert not torch.equal(*ends)
