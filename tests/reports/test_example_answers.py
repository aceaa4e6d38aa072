import json
import subprocess
import sys
from pathlib import Path

import pytest

from age_model.release import SHIPPED, Release
from age_model.reports.example_answers import (
    EXAMPLES_DIR,
    FILE,
    predict_answers,
    read_answer,
    write_answers,
)

EXAMPLE = "ages-18-24.jpg"


def test_the_answers_are_those_of_the_shipped_model() -> None:
    version = Release(SHIPPED).version
    for name, answer in predict_answers().items():
        kept = read_answer(name, version)
        assert kept is not None
        # The last digits depend on the machine.
        assert tuple(kept) == pytest.approx(tuple(answer), abs=0.1), name


def test_another_model_and_an_unknown_picture_have_no_answer(tmp_path: Path) -> None:
    version = Release(SHIPPED).version
    assert read_answer(EXAMPLE, version) is not None
    assert read_answer(EXAMPLE, "another") is None
    assert read_answer("holiday.jpg", version) is None
    assert read_answer(EXAMPLE, version, tmp_path) is None


def test_the_command_writes_the_file_that_is_shipped(tmp_path: Path) -> None:
    (tmp_path / EXAMPLE).write_bytes((EXAMPLES_DIR / EXAMPLE).read_bytes())
    written = json.loads(write_answers(tmp_path).read_text("utf-8"))
    shipped = json.loads((EXAMPLES_DIR / FILE).read_text("utf-8"))
    assert written["model_version"] == shipped["model_version"]
    assert written["answers"][EXAMPLE] == pytest.approx(shipped["answers"][EXAMPLE], abs=0.1)


def test_an_answer_is_read_without_torch() -> None:
    code = "import sys; import age_model.reports.example_answers; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
