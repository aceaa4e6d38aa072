"""What the shipped model says about the example pictures, kept in a file beside them.

A page shows such an answer at once: it needs neither the model nor torch.
"""

import json
from pathlib import Path
from typing import NamedTuple

from age_model import ASSETS
from age_model.release import SHIPPED, Release

EXAMPLES_DIR = ASSETS / "examples"
FILE = "answers.json"


class Answer(NamedTuple):
    """The estimate of an example's first face: ages in years, and a probability."""

    age: float
    age_low: float
    age_high: float
    p_under_18: float


def predict_answers(folder: Path = EXAMPLES_DIR) -> dict[str, Answer]:
    """Return the shipped model's answer to each picture of a folder, by file name."""
    from age_model.predict.predictor import Predictor  # loads torch, which readers do without

    predictor = Predictor.load(Release(SHIPPED).model_dir)
    results = [predictor.predict(path.name, path) for path in sorted(folder.glob("*.jpg"))]
    return {
        result.name: Answer(
            *(round(float(getattr(result.faces[0], name)), 4) for name in Answer._fields)
        )
        for result in results
        if result.faces
    }


def write_answers(folder: Path = EXAMPLES_DIR) -> Path:
    """Write the shipped model's answers into `FILE`; return its path."""
    answers = {name: answer._asdict() for name, answer in predict_answers(folder).items()}
    content = {"model_version": Release(SHIPPED).version, "answers": answers}
    path = folder / FILE
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def read_answer(name: str, version: str, folder: Path = EXAMPLES_DIR) -> Answer | None:
    """Return the answer to an example.

    Args:
        name: of the picture's file.
        version: of the model in use.
        folder: of the examples.

    Returns:
        None without an answer of this version of the model.
    """
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return Answer(**content["answers"][name]) if content["model_version"] == version else None
    except (OSError, ValueError, LookupError, TypeError):
        return None
