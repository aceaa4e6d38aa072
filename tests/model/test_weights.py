"""Saved weights: small, near to what was saved, and the same again once they were saved."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from age_model.model.weights import load_weights, save_weights


def state() -> dict[str, Tensor]:
    torch.manual_seed(0)
    kernels = torch.randn(4, 3, 5, 5) * torch.tensor([1.0, 0.01, 100.0, 0.0]).view(4, 1, 1, 1)
    return {"conv.weight": kernels, "fc.weight": torch.randn(7, 4), "seen": torch.tensor(12)}


def test_kernels_keep_their_shape_channel_by_channel(tmp_path: Path) -> None:
    save_weights(state(), tmp_path / "w.safetensors")
    kernels, saved = state()["conv.weight"], load_weights(tmp_path / "w.safetensors")["conv.weight"]
    steps = kernels.abs().amax((1, 2, 3)) / 127
    errors = (saved - kernels).abs().amax((1, 2, 3))
    assert (errors <= 0.501 * steps).all() and errors[2] > 0.2 * steps[2]
    assert torch.equal(saved[3], torch.zeros(3, 5, 5))


def test_who_runs_the_app_may_read_what_another_user_trained(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    save_weights(state(), tmp_path / "w.safetensors")
    modes = {file.name: file.stat().st_mode for file in tmp_path.iterdir()}
    assert modes["w.safetensors"] == modes["usual"]


def test_other_weights_are_halves_and_counters_whole(tmp_path: Path) -> None:
    save_weights(state(), tmp_path / "w.safetensors")
    saved = load_weights(tmp_path / "w.safetensors")
    assert set(saved) == set(state())
    assert torch.equal(saved["fc.weight"], state()["fc.weight"].half())
    assert saved["seen"] == 12 and saved["seen"].dtype == torch.int64


def test_a_number_takes_one_byte(tmp_path: Path) -> None:
    save_weights({"conv.weight": torch.randn(64, 64, 3, 3)}, tmp_path / "w.safetensors")
    assert (tmp_path / "w.safetensors").stat().st_size < 1.05 * 64 * 64 * 9


def test_saving_again_loses_nothing(tmp_path: Path) -> None:
    first, second = tmp_path / "1.safetensors", tmp_path / "2.safetensors"
    save_weights(state(), first)
    save_weights(load_weights(first), second)
    once, twice = load_file(first), load_file(second)
    assert all(torch.equal(once[name], twice[name]) for name in once if "scale" not in name)
    assert torch.allclose(once["conv.weight.scale"], twice["conv.weight.scale"], rtol=1e-6)
