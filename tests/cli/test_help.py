"""What the command line has before a command runs: help, version, options, wrong usage."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from age_model import __version__
from age_model.cli import main as cli
from tests.support.commands import group, parse

ROOT = Path(__file__).parents[2]
CODE = [*ROOT.glob("app_pages/**/*.py"), *ROOT.glob("age_model/**/*.py")]
PHOTOS = {"--data-dir", "--workers", "--cache-dir"}
OPTIONS = {  # that scripts of people may use
    "predict": {"--format", "--model"},
    "score": {"--out", "--engine", "--device", "--workers", "--model"},
    "record": {"--store"},
    "evaluate": PHOTOS | {"--source", "--split", "--model", "--out", "--json"},
    "calibrate": PHOTOS | {"--model"},
    "combine": PHOTOS | {"--out"},
    "robustness": PHOTOS | {"--split", "--photos", "--model", "--json"},
    "report": PHOTOS | {"--portraits", "--source"},
    "verification": {"--workers", "--cache-dir", "--source", "--learn-from", "--reference"},
    "prepare": {"--data-dir", "--workers", "--out", "--face-size"},
    "examples": PHOTOS | {"--out"},
    "answer-examples": set(),
    "describe": PHOTOS | {"--model", "--out"},
    "crossfit": PHOTOS | {"--folds", "--epochs", "--init", "--out", "--work-dir"},
    "demo-data": {"--seed", "--visits", "--out", "--remove"},
    "forget": {"--days"},
    "retention": {"--dry-run"},
    "export-record": set(),
    "cashier": set(),
    "import": set(),  # its own commands are in test_store.py, as those of cashier
    "key": set(),  # likewise, in tests/store/tills/test_keys.py
    "export": {"--model"},
    "serve": {"--host", "--port", "--workers"},
    "score-folder": {"--store", "--model"},
    "weekly-report": {"--out", "--store", "--week", "--language"},
    "alerts": {"--store", "--days", "--last-day", "--json", "--language"},
}
LIGHT = """
import sys
from age_model.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print({"torch", "streamlit", "pandas"} & sys.modules.keys())
"""


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["predict", "-h"],
        ["crossfit", "--help"],
        ["report", "--oops"],
        ["evaluate"],
        ["evaluate", "--data-dir", "x", "--source", "name=x"],
        ["evaluate", "--source", "x"],
        ["report", "--data-dir", "x", "--portraits", "x", "--source", "x"],
    ],
)
def test_nothing_large_is_loaded_before_a_command_runs(arguments: list[str]) -> None:
    done = python("-c", LIGHT, *arguments)
    assert done.stdout.splitlines()[-1:] == ["set()"], done.stderr


def test_version() -> None:
    done = python("-m", "age_model", "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{__version__}\n", "")


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("/opt/venv/bin/age-model", "age-model"),
        ("/home/me/age_model/__main__.py", "python -m age_model"),
    ],
)
def test_help_and_refusals_name_the_program_as_it_was_called(
    called: str, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [called])
    assert cli.main(["forget", "--help"]) == 0
    assert f"Usage: {name} forget [OPTIONS]" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        cli.main([])
    assert f"Commands: {name} --help; options: {name} COMMAND --help" in capsys.readouterr().err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    names = re.findall(r"^  ([a-z][\w-]+)  +\w", shown.partition("Commands:")[2], re.MULTILINE)
    assert set(names) == OPTIONS.keys() == group().commands.keys()
    assert "..." not in shown.partition("Commands:")[2]  # each sentence has room in its line


@pytest.mark.parametrize("command", OPTIONS)
def test_commands_keep_their_options_and_explain_each(command: str) -> None:
    params = group().commands[command].params
    assert OPTIONS[command] <= {name for param in params for name in param.opts}
    assert all(getattr(param, "help", "") for param in params)


def test_messages_name_commands_that_exist() -> None:
    seen = set()
    for path in CODE:
        text = re.sub(r"\\+\n\s*", " ", path.read_text(encoding="utf-8"))
        for line in re.findall(r"python -m age_model ([a-z][\w-]* [^\n`\"#>]+)", text):
            words = line.replace(" N", " 3").split()
            try:
                parse(words)
            except Exception as error:
                raise AssertionError(f"{path.name}: {line}") from error
            seen.add(words[0])
    assert "prepare" in seen


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Missing command."),
        (["predikt"], "No such command 'predikt'. Did you mean 'predict'?"),
        (["predict"], "Missing argument 'PATH'."),
        (["report", "--data-dir", "x"], "Missing option '--portraits'."),
        (["forget", "--dais", "3"], "No such option: --dais (Possible options: --days)"),
        (
            ["forget", "--days", "0"],
            "Invalid value for '--days': 0 is not a whole number of at least 1",
        ),
        (
            ["predict", "x", "--format", "xml"],
            "Invalid value for '--format': 'xml' is not one of 'table', 'csv', 'json'.",
        ),
        (
            ["crossfit", "--data-dir", "x", "--folds", "2"],
            "Invalid value for '--folds': 2 is not a whole number of at least 3",
        ),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    shown = capsys.readouterr()
    first, where = shown.err.splitlines()
    assert first == f"age_model: {sentence}"
    assert where.endswith("COMMAND --help") and shown.out == ""


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_a_reader_that_has_left_is_no_error_to_report(option: str, unbuffered: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "age_model", option],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")
