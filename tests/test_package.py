"""The program as an installed package: found files, no library of an extra, one version."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from age_model import ASSETS, HOME, __version__

PREDICT = """
import sys
sys.modules.update(dict.fromkeys({absent}))  # importing them fails
from {module} import {function}
status = {function}(["predict", {photo!r}, "--format", "json"])
assert "torch._dynamo" not in sys.modules, "the compiler was loaded, which takes seconds"
sys.exit(status)
"""
OF_EXTRAS = ("plotly", "streamlit", "psycopg", "tensorboard", "ray", "fastapi", "uvicorn")


def settings() -> dict[str, Any]:
    """Return the content of pyproject.toml."""
    return tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))


def install(folder: Path) -> None:
    """Lay out the packages and the data files as the wheel has them."""
    wheel = settings()["tool"]["hatch"]["build"]["targets"]["wheel"]
    for package in wheel["packages"]:
        shutil.copytree(HOME / package, folder / package)
    for source, target in wheel["force-include"].items():
        shutil.copytree(HOME / source, folder / target)


def python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a folder, with what is installed in its folder site."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "site")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_installed_package_predicts_without_checkout_and_extras(tmp_path: Path) -> None:
    install(tmp_path / "site")
    module, _, function = settings()["project"]["scripts"]["age-model"].partition(":")
    code = PREDICT.format(
        absent=OF_EXTRAS,
        module=module,
        function=function,
        photo=str(ASSETS / "examples" / "ages-25-34.jpg"),
    )
    run = python(code, tmp_path)
    assert run.returncode == 0, run.stderr
    (face,) = json.loads(run.stdout)
    assert 20 < face["age"] < 45


def test_an_installed_package_writes_where_it_runs(tmp_path: Path) -> None:
    install(tmp_path / "site")
    code = "from age_model import ASSETS, HOME; print(ASSETS); print(HOME)"
    run = python(code, tmp_path)
    assert run.stdout.split() == [str(tmp_path / "site/age_model/assets"), str(tmp_path)]


def test_the_package_has_one_version() -> None:
    assert settings()["project"]["version"] == __version__
