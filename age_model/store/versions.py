"""What is known of a model's errors, by the version that each visit remembers.

Errors belong to the model that made an estimate. Those of a released model were measured on its
test photos; those of any other source, ages from elsewhere among them, are not known.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from age_model.model_version import version_of
from age_model.store.mixture import MeasuredErrors, measure_errors

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "assets"
RUNS = ROOT / "runs"
CARD, PREDICTIONS = Path("model", "model.json"), Path("evaluation", "predictions.csv")

Lookup = Callable[[str], MeasuredErrors | None]


def errors(model_version: str) -> MeasuredErrors | None:
    """Return the measured errors of a model, or None where nobody has measured them.

    Known are the model that ships and those under runs/ whose test photos were predicted.

    Args:
        model_version: as a visit remembers it.
    """
    for folder in _releases():
        if _version(folder) == model_version:
            return _measured(folder, model_version)
    return None


def shipped_version() -> str:
    """Return the version of the model that ships."""
    return _version(SHIPPED)


@cache
def shipped_predictions() -> pd.DataFrame:
    """Return what the model that ships says of its test photos."""
    return pd.read_csv(SHIPPED / PREDICTIONS)


def _releases() -> Iterator[Path]:
    """Yield the folders that hold a model and its predictions, that of the shipped one first."""
    yield SHIPPED
    for predictions in sorted(RUNS.glob(f"*/{PREDICTIONS}")):
        folder = predictions.parents[1]
        if (folder / CARD).exists():
            yield folder


def _version(folder: Path) -> str:
    card = _card(folder)
    return version_of(card.get("architecture", ""), card)


def _card(folder: Path) -> dict[str, Any]:
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a run that is being written
        return {}
    return card if isinstance(card, dict) else {}


@cache  # a version's errors stay what they are
def _measured(folder: Path, model_version: str) -> MeasuredErrors:
    """Return the errors of the model in a folder, which is of this version."""
    photos = pd.read_csv(folder / PREDICTIONS)
    real, predicted = photos["real_age"].to_numpy(float), photos["predicted_age"].to_numpy(float)
    widths = [(net["sigma"], net["sigma_growth"]) for net in _card(folder)["training"]]
    return measure_errors(real, predicted, widths)
