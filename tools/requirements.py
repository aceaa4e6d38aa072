"""Writes requirements*.txt, for pip, from uv.lock: `python -m tools.requirements`.

Beside the lock file these are what `make` installs: every package of one version, with the hashes
of all its files, so that nothing else can take its place.
"""

import re
import subprocess
from pathlib import Path

import uv

ROOT = Path(__file__).parents[1]
HEADER = "# {about}\n# Made from uv.lock by `make lock`; pyproject.toml decides what it holds.\n"
EXTRAS = ("app", "serve", "store", "train")


def requirements() -> dict[str, str]:
    """Return what each file of requirements holds, by the file's name."""
    base = _export()
    present = re.findall(r"^([\w.-]+)==", base, re.MULTILINE)
    texts = {
        "requirements.txt": ("The app, the store's record and training.", base),
        "requirements-cpu.txt": (
            "The same beside a torch and torchvision that are installed: no CUDA.",
            _export("--prune", "torch", "--prune", "torchvision"),
        ),
        "requirements-dev.txt": (
            "What developers need beside requirements.txt.",
            _export("--extra", "dev", *(f"--no-emit-package={name}" for name in present)),
        ),
    }
    return {name: HEADER.format(about=about) + text for name, (about, text) in texts.items()}


def _export(*options: str) -> str:
    extras = (word for extra in EXTRAS for word in ("--extra", extra))
    form = ("--no-emit-project", "--no-header", "--no-annotate", "--quiet")
    command = [uv.find_uv_bin(), "export", "--frozen", "--offline", *form, *extras, *options]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    for name, text in requirements().items():
        (ROOT / name).write_text(text, encoding="utf-8")
