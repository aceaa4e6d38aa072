"""Damaged model files and checkpoints: a model that answers with numbers, or one sentence."""

import json
import math
import shutil
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from age_model.model.card import ModelError
from age_model.model.network import AgeNetwork
from age_model.model.saved_model import load_model, save_model
from age_model.training.config import TrainingConfig, TrainingError
from tests.hostile.conftest import Campaign
from tests.model.test_saved_model import card
from tests.support.synthetic import synthetic_face_set, use_tiny_network
from tests.support.training import FAST, trainer

ODD: list[Any] = [
    None, True, 0, -1, 1e308, math.nan, math.inf, 10**400, "", "x", "NaN", [], {}, [[]], [None],
    {"a": 1}, "\x00", [0.5] * 5, [[0.5, 0.5]] * 5, [[1e308, -1e308]] * 5, [{}] * 1000, 2**31,
]  # fmt: skip


def damaged(random: Random, value: Any) -> Any:  # noqa: ANN401
    """A copy of a JSON value with something odd somewhere in it."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        name = random.choice(list(value))
        if random.random() < 0.1:
            return {key: entry for key, entry in value.items() if key != name}
        return value | {name: damaged(random, value[name])}
    if isinstance(value, list) and value and random.random() < 0.9:
        place = random.randrange(len(value))
        return [*value[:place], damaged(random, value[place]), *value[place + 1 :]]
    return random.choice(ODD)


def damaged_text(random: Random, text: str) -> str:
    """A JSON text with something odd in it, or that is no JSON any more."""
    kind = random.random()
    if kind < 0.1:
        depth = random.choice([49, 60, 990, 20_000])
        nested = "[" * depth + "]" * depth
        return random.choice([nested, text.rstrip()[:-1] + f', "data": {nested}}}'])
    if kind < 0.2:
        place = random.randrange(len(text))
        return text[:place] + random.choice(["", "\x00", "9" * 5000, '"']) + text[place + 1 :]
    return json.dumps(damaged(random, json.loads(text)))


def damage_weights(random: Random, file: Path) -> None:
    """Change bytes of a file, or tensors in it."""
    if random.random() < 0.5:
        content = bytearray(file.read_bytes())
        for _ in range(random.choice([1, 20])):
            place = random.randrange(random.choice([8, 2000, len(content)]))
            content[place] = random.randrange(256)
        file.write_bytes(content[: random.choice([len(content), random.randrange(len(content))])])
        return
    tensors = load_file(file)
    name = random.choice(list(tensors))
    odd = [torch.tensor(math.nan), torch.zeros(0), torch.zeros(3, 3, dtype=torch.int64)]
    odd += [tensors[name].flatten().contiguous(), torch.full_like(tensors[name].float(), math.inf)]
    odd += [tensors[name].bool(), tensors[name].flatten()[:1].contiguous()]
    odd += [tensors[name].double() * 1e300]
    save_file(tensors | {name: random.choice(odd)}, file)


def test_models(campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny_network(monkeypatch)
    save_model(tmp_path / "good", [AgeNetwork()], card(prior_ratio=0.9))
    faces = torch.zeros(1, 3, 32, 32, dtype=torch.uint8)

    def attempt(random: Random) -> None:
        folder = tmp_path / "bad"
        shutil.copytree(tmp_path / "good", folder, dirs_exist_ok=True)
        file = folder / "model.json"
        text = file.read_text(encoding="utf-8")
        if random.random() < 0.3:
            damage_weights(random, folder / "model.safetensors")
            content = json.loads(text)
            content.pop("weights")
            text = json.dumps(content)
        else:
            text = damaged_text(random, text)
        file.write_text(text, encoding="utf-8")
        try:
            model = load_model(folder)
        except ModelError as error:
            assert "\n" not in str(error) and str(error)
            return
        distributions = model.distributions(faces)
        low, high = model.intervals(distributions)
        figures = (model.ages(distributions), low, high, model.probability_under(distributions, 18))
        assert all(figure.isfinite().all() for figure in figures)
        assert model.version

    campaign("damaged models", attempt)


def test_settings_of_runs(campaign: Campaign) -> None:
    def attempt(random: Random) -> None:
        settings = vars(TrainingConfig()) | {}
        try:
            TrainingConfig(**damaged(random, settings))
        except (TrainingError, TypeError) as error:  # TypeError: a name that is none
            assert "\n" not in str(error)

    campaign("settings of runs", attempt)


def test_checkpoints(campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny_network(monkeypatch)
    faces = synthetic_face_set(16, 8, 4)
    trainer(faces, tmp_path).run()
    good = torch.load(tmp_path / "last.pt", weights_only=True)
    run = trainer(faces, tmp_path)

    def attempt(random: Random) -> None:
        if random.random() < 0.3:
            torch.save(good, tmp_path / "last.pt")
            content = bytearray((tmp_path / "last.pt").read_bytes())
            for _ in range(random.choice([1, 20])):
                content[random.randrange(len(content))] = random.randrange(256)
            (tmp_path / "last.pt").write_bytes(content)
        else:
            state = deepcopy(good)
            torch.save(damaged(random, state), tmp_path / "last.pt")
        try:
            run.resume()
        except TrainingError as error:
            assert "\n" not in str(error)
        else:
            assert 0 <= run.epoch <= FAST.epochs and run.best_epoch < run.epoch

    campaign("damaged checkpoints", attempt)
