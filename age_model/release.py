"""A released model: where its files are, and their content.

`released()` is the one that the app shows and the commands use: what ships in assets/, or the
folder that the environment variable AGE_RELEASE names, such as runs/NAME.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from age_model import ASSETS, HOME
from age_model.model.json_files import read_json
from age_model.model.version import CARD_FILE, maker_of, version_of

if TYPE_CHECKING:
    import pandas as pd

    from age_model.model.age_model import AgeModel

VARIABLE = "AGE_RELEASE"
SHIPPED = ASSETS
RUNS = HOME / "runs"


@dataclass(frozen=True)
class Release:
    """A folder with a model and, where it was measured, its evaluation and what it learned from."""

    folder: Path

    @property
    def model_dir(self) -> Path:
        """The folder of the weights and their card."""
        return self.folder / "model"

    @property
    def evaluation_dir(self) -> Path:
        """The folder of its evaluation."""
        return self.folder / "evaluation"

    @property
    def data_dir(self) -> Path:
        """The folder of the tables that describe its photos."""
        return self.folder / "data"

    @property
    def card_file(self) -> Path:
        """The card that the model is loaded from."""
        return self.model_dir / CARD_FILE

    @property
    def text_file(self) -> Path:
        """The model card as Markdown, in English."""
        return self.model_dir / "README.md"

    @property
    def predictions_file(self) -> Path:
        """The predictions table of the test photos."""
        return self.evaluation_dir / "predictions.csv"

    @property
    def metrics_file(self) -> Path:
        """The metrics report of the test photos."""
        return self.evaluation_dir / "metrics.json"

    @property
    def version(self) -> str:
        """The name that the store's record has for the model; without a model, one of none."""
        try:
            card = self.card()
        except (OSError, ValueError):  # a run that is being written
            card = {}
        return version_of(card.get("architecture", ""), card)

    def model(self, device: str = "cpu") -> "AgeModel":
        """Load the model.

        Raises:
            ModelError: it is missing or damaged.
        """
        from age_model.model.saved_model import load_model  # takes seconds: it loads torch

        return load_model(self.model_dir, device)

    def card(self) -> dict[str, Any]:
        """Read the content of `model.json`.

        Raises:
            OSError, ValueError: it is missing or damaged.
        """
        return read_json(self.card_file)

    def metrics(self) -> dict[str, Any]:
        """Read the metrics report of the test photos.

        Raises:
            OSError, ValueError: it is missing or damaged.
        """
        return read_json(self.metrics_file)

    def measured(self) -> bool | None:
        """Tell whether the evaluation is this model's; None if it does not say whose it is."""
        try:
            maker = self.metrics()["model"].get("maker")
            return None if maker is None else bool(maker == maker_of(self.card()))
        except (OSError, ValueError, LookupError, AttributeError):  # missing or damaged
            return None

    def predictions(self) -> "pd.DataFrame":
        """Read the predictions table of the test photos.

        Raises:
            OSError, ValueError: it is missing or damaged.
        """
        import pandas as pd  # the commands' help does without

        # The age of a single twin would otherwise be read as a number.
        return pd.read_csv(self.predictions_file, dtype={"twin_ages": str})


def released() -> Release:
    """Return the model in use: the shipped one, if AGE_RELEASE names no other."""
    return Release(HOME / Path(os.environ.get(VARIABLE) or SHIPPED).expanduser())


def short(path: Path) -> str:
    """Return a path as it is typed where the app and the commands run."""
    return str(path.relative_to(HOME) if path.is_relative_to(HOME) else path)


def releases() -> Iterator[Release]:
    """Yield all models here whose test photos were predicted, the one in use first."""
    first = (released(), Release(SHIPPED))
    yield from dict.fromkeys(first)
    for folder in sorted(RUNS.glob("*")):
        release = Release(folder)
        if (
            release not in first
            and release.predictions_file.exists()
            and release.card_file.exists()
        ):
            yield release


def measurable() -> Iterator[Release]:
    """Yield all models here and all runs with predictions, whether or not they have both."""
    runs = map(Release, sorted(RUNS.glob("*")))
    there = (run for run in runs if run.predictions_file.exists() or run.card_file.exists())
    yield from dict.fromkeys((*releases(), *there))
