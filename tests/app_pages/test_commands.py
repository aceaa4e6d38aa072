"""The commands on the pages: all are written by one module, and work when pasted."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from age_model import HOME
from age_model.release import SHIPPED, VARIABLE, Release
from app_pages.widgets.commands import python_command, show_report_command
from tests.support.commands import group

PAGES = Path(__file__).parents[2] / "app_pages"
BARE = re.compile(r"\bpython -|\bpython train|\bstreamlit run|`age_model |\bAGE_\w+=")


def test_a_pasted_command_runs_in_the_programs_folder_with_its_python(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd(), sys.prefix, os.environ['NAMED'], *sys.argv[1:])"
    command = python_command("-c", code, Path("/my photos"), "it's $5", NAMED="a b")
    ran = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=True)
    assert ran.stdout.decode().strip() == f"{HOME} {sys.prefix} a b /my photos it's $5"


def test_only_the_model_in_use_is_reported_on(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setattr(st, "code", lambda command, **_: shown.append(command))
    show_report_command(Release(HOME / "runs" / "mine"))  # its figures are not the README's
    assert not shown
    show_report_command(Release(SHIPPED))
    assert shown[0].endswith(" -m age_model report --data-dir DIR --portraits OTHER")


def test_no_page_writes_a_command_itself() -> None:
    bare = [
        f"{file.relative_to(PAGES)}:{line}: {text}"
        for file in sorted(PAGES.rglob("*.py"))
        for line, text in texts(file)
        if BARE.search(text)
    ]
    assert not bare


def test_pages_name_commands_and_options_that_exist() -> None:
    commands, named = group().commands, set()
    for words in filter(None, map(words_of_command, functions())):
        name = next(word for word in words if word in commands)
        known = {option for param in commands[name].params for option in param.opts}
        assert {word for word in words if word.startswith("--")} <= known
        named.add(name)
    assert named == {"crossfit", "describe", "evaluate", "report"}


def functions() -> Iterator[ast.FunctionDef]:
    """Yield all functions of the pages."""
    for file in PAGES.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def words_of_command(function: ast.FunctionDef) -> list[str]:
    """Return the texts in a function that writes a command of `age_model`; of another one, none."""
    inside = [node for statement in function.body for node in ast.walk(statement)]
    names = {node.id for node in inside if isinstance(node, ast.Name)}
    values = [node.value for node in inside if isinstance(node, ast.Constant)]
    words = [value for value in values if isinstance(value, str)]
    return words if "python_command" in names and "age_model" in words else []


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the texts in a file's code, with their lines; what explains the code is none."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    explained = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    for node in constants:
        if isinstance(node.value, str) and id(node) not in explained:
            yield node.lineno, node.value
