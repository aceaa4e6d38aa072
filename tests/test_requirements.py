"""The requirements files match the lock file, and that matches pyproject.toml."""

import subprocess
from pathlib import Path

import uv

from tools.requirements import ROOT, requirements


def test_the_requirements_are_those_of_the_lock_file() -> None:
    for name, text in requirements().items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, f"{name} is old: run `make lock`"


def test_every_file_of_requirements_is_made_from_the_lock_file() -> None:
    assert {path.name for path in ROOT.glob("requirements*.txt")} == set(requirements())


def test_the_lock_file_fits_the_project(tmp_path: Path) -> None:
    check = subprocess.run(
        [uv.find_uv_bin(), "lock", "--check", "--offline", "--cache-dir", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, f"uv.lock is old: run `make lock`\n{check.stderr}"


def test_a_torch_without_cuda_stays_when_the_rest_is_installed() -> None:
    beside = requirements()["requirements-cpu.txt"]
    assert "facenet-pytorch==" in beside
    assert not any(name in beside for name in ("\ntorch==", "\ntorchvision==", "nvidia", "cuda"))
