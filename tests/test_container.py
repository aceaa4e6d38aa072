"""What the Dockerfile copies is there, and enough to run; compose.yaml names what the image has."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

from age_model import HOME
from age_model.access.configuration import FILE_VARIABLE
from age_model.store.record.database import URL_VARIABLE

ALONE = """
import importlib, serve
assert importlib.import_module("age_model.api.server")
from age_model.release import released
assert released().card_file.exists()
print(serve.__file__)
"""


def instructions() -> list[list[str]]:
    """Return the Dockerfile's instructions, as words."""
    text = (HOME / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [line.split() for line in lines]


def copied() -> list[tuple[str, str]]:
    """Return what is copied from the checkout into the image's /app, from and to."""
    found = []
    for name, *words in instructions():
        if name == "COPY" and not words[0].startswith("--") and words[-1] != "/build/":
            *sources, target = words
            found += [(one, f"{target}{one}" if target == "./" else target) for one in sources]
    return found


def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((HOME / "compose.yaml").read_text("utf-8"))
    return content


def test_what_is_copied_is_enough_to_run(tmp_path: Path) -> None:
    for source, target in copied():
        place = tmp_path / target
        place.parent.mkdir(parents=True, exist_ok=True)
        if (HOME / source).is_dir():
            shutil.copytree(HOME / source, place)
        else:
            shutil.copy(HOME / source, place)
    run = subprocess.run(
        [sys.executable, "-c", ALONE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert str(tmp_path) in run.stdout


def test_all_that_is_copied_is_sent_to_the_builder() -> None:
    lines = (HOME / ".dockerignore").read_text("utf-8").split()
    sent = {line[1:] for line in lines if line.startswith("!")}
    needed = {source for source, _ in copied()} | {"requirements.txt", "requirements-cpu.txt"}
    assert lines[0] == "*" and sent == needed
    secret = ("access.toml", ".streamlit/secrets.toml", ".env", "data/store.sqlite")
    assert not any(fnmatch(name, pattern) for name in secret for pattern in sent)


def test_the_image_runs_as_an_ordinary_user_and_watches_its_health() -> None:
    names = [name for name, *_ in instructions()]
    user = instructions()[names.index("USER")][1]
    assert user not in ("root", "0") and names.index("USER") > max(
        number for number, name in enumerate(names) if name in ("RUN", "COPY")
    )
    assert "HEALTHCHECK" in names


def test_the_lines_of_requirements_that_the_image_takes_are_found() -> None:
    """The same expression as in the Makefile, which finds torch and torchvision."""
    (expression,) = re.findall(r"sed -nE '(.+?)'", (HOME / "Dockerfile").read_text("utf-8"))
    found = subprocess.run(
        ["sed", "-nE", expression, "requirements.txt"],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert sorted(name.split("==")[0] for name in found) == ["torch", "torchvision"]


def test_the_chain_has_a_database_and_a_proxy_and_only_that_is_reached() -> None:
    services = compose()["services"]
    assert set(services) == {"app", "database", "proxy"}
    assert [name for name, one in services.items() if "ports" in one] == ["proxy"]
    app = services["app"]
    assert app["environment"].keys() == {FILE_VARIABLE, URL_VARIABLE}
    assert app["environment"][URL_VARIABLE].endswith("@database/ages")
    assert app["command"][:3] == shlex.split("streamlit run serve.py")
    named = {secret for one in services.values() for secret in one.get("secrets", [])}
    assert named == set(compose()["secrets"])
    # Streamlit refuses secrets whose name does not end so.
    (sign_in,) = (word for word in app["command"] if word.startswith("--secrets.files="))
    assert sign_in.removeprefix("--secrets.files=/run/secrets/") in app["secrets"]
    assert sign_in.endswith(".toml")
