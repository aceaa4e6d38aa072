"""Threads of torch wait for each other asleep: they share the machine with other work."""

import os
import subprocess
import sys

import pytest

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
SAID = "import age_model, os, sys; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"


@pytest.mark.parametrize(
    ("own", "used"), [({}, "passive"), ({"OMP_WAIT_POLICY": "active"}, "active")]
)
def test_they_sleep_unless_told_otherwise(own: dict[str, str], used: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAID],
        env=ENVIRONMENT | own, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [used, "False"]  # set before torch is loaded, which reads it
