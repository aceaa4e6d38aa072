"""onnxruntime runs a loaded model on a processor without bf16, and gives the model's ages."""

import sys
from pathlib import Path

import pytest
import torch

from age_model.model import onnx_session, saved_model
from age_model.model.onnx_session import onnx_distributions
from age_model.model.saved_model import load_model
from tests.model.test_onnx_file import faces


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Turn it on, as on an x86 processor without bf16, with a cache of its own."""
    monkeypatch.setattr(saved_model, "onnx_distributions", onnx_distributions)
    monkeypatch.setattr(onnx_session.platform, "machine", lambda: "x86_64")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "age-model"


def test_its_ages_are_those_of_the_networks(model_dir: Path, cache: Path) -> None:
    model = load_model(model_dir)
    assert model.faster is not None
    assert [file.name for file in cache.iterdir()] == [f"{model.version.replace(' ', '-')}.onnx"]
    ages = model.ages(model.distributions(faces(64)))
    model.faster = None
    known = model.ages(model.distributions(faces(64)))
    torch.testing.assert_close(ages, known, atol=0.01, rtol=0)


def test_the_file_is_written_once_and_anew_when_it_is_damaged(model_dir: Path, cache: Path) -> None:
    load_model(model_dir)
    (file,) = cache.iterdir()
    written = file.stat().st_mtime_ns
    load_model(model_dir)
    assert file.stat().st_mtime_ns == written
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    assert load_model(model_dir).faster is not None
    assert file.stat().st_size == len(content)


def test_a_file_of_another_model_is_written_anew(
    model_dir: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(model_dir)
    (file,) = cache.iterdir()
    other = load_model(model_dir)
    other.card = other.card | {"licence": "another"}
    assert onnx_session._opened(model, file) is not None
    assert onnx_session._opened(other, file) is None
    monkeypatch.setattr(model, "ages", lambda seen: torch.arange(len(seen)) * seen.sum())
    with torch.no_grad():
        monkeypatch.setattr(model, "distributions", lambda batch: torch.zeros(len(batch), 1))
    assert onnx_session._opened(model, file) is None


def test_pytorch_answers_with_bf16_and_without_the_extra(
    model_dir: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as bf16:
        bf16.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
        assert load_model(model_dir).faster is None
    for library in ("onnx", "onnxruntime"):
        with monkeypatch.context() as without:
            without.setitem(sys.modules, library, None)
            assert load_model(model_dir).faster is None
    assert not cache.exists() or not list(cache.iterdir())


def test_pytorch_answers_where_no_file_can_be_kept(
    model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert load_model(model_dir).faster is None


def test_it_has_the_threads_of_pytorch_and_keeps_few_files(
    model_dir: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    model = load_model(model_dir)
    (file,) = cache.iterdir()
    session = onnx_session._opened(model, file)
    assert session is not None and session.get_session_options().intra_op_num_threads == 3
    monkeypatch.setattr(onnx_session, "export_onnx", lambda model, file: file.touch())
    for number in range(onnx_session.KEPT):
        onnx_session._write(model, cache / f"{number}.onnx")
    assert len(list(cache.iterdir())) == onnx_session.KEPT and not file.exists()
