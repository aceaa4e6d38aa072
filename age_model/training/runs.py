"""Training runs, as their folders tell of them while they run and afterwards, without torch."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd

from age_model.i18n.message import mark
from age_model.model.json_files import read_json
from age_model.release import Release

RUN_FILE, LOG_FILE = "run.json", "log.csv"
LOG_COLUMNS = ("epoch", "train_loss", "train_mae", "lr", "valid_mae", "seconds")
FIRST_EPOCH = 3600  # seconds that finding the faces and one epoch may take without any news
LATE = 3  # an epoch that takes so many times as long as the others does not run any more


class RunState(StrEnum):
    """What a run is doing, in words to be shown by `tr`."""

    RUNNING = mark("running")
    FINISHED = mark("finished")
    STOPPED = mark("stopped")


@dataclass(frozen=True)
class TrainingRun:
    """A run, as far as its folder tells.

    Attributes:
        folder: of the run.
        settings: of `TrainingConfig`, by name.
        photos: the folder of photos or of prepared faces that it learns from.
        log: a row for each finished epoch, `LOG_COLUMNS`: errors in years, seconds since the start.
        changed: when something was last written, seconds since 1970.
    """

    folder: Path
    settings: dict[str, Any]
    photos: str
    log: pd.DataFrame
    changed: float

    @property
    def release(self) -> Release:
        """Its model, which is there once the run has finished."""
        return Release(self.folder)

    @property
    def epochs(self) -> int:
        """How many epochs it has at most."""
        return int(self.settings["epochs"])

    @property
    def best(self) -> pd.Series | None:
        """The epoch with the lowest error on the validation photos; None before the first."""
        return None if self.log.empty else self.log.loc[self.log["valid_mae"].idxmin()]

    @property
    def epoch_seconds(self) -> float | None:
        """How long an epoch takes on average; None before the first."""
        return None if self.log.empty else float(self.log["seconds"].iloc[-1]) / len(self.log)

    def state(self, now: float) -> RunState:
        """Return what the run is doing; a run that was killed cannot say so, but falls silent.

        Args:
            now: seconds since 1970.
        """
        if self.release.card_file.exists():
            return RunState.FINISHED
        patience = FIRST_EPOCH if self.epoch_seconds is None else LATE * self.epoch_seconds + 60
        return RunState.RUNNING if now - self.changed < patience else RunState.STOPPED

    def seconds_left(self, now: float) -> float | None:
        """Return how long the epochs left will take, at most; None if that is not known.

        Args:
            now: seconds since 1970.
        """
        if self.epoch_seconds is None:
            return None
        left = (self.epochs - len(self.log)) * self.epoch_seconds
        return max(0.0, left - (now - self.changed))


def training_runs(folder: Path) -> list[TrainingRun]:
    """Return the runs in a folder, the one that was last written to first; damaged ones are not."""
    found = _readable(path.parent for path in folder.glob(f"*/{RUN_FILE}"))
    return sorted(found, key=lambda run: run.changed, reverse=True)


def _readable(folders: Iterable[Path]) -> Iterator[TrainingRun]:
    for folder in folders:
        try:
            yield read_training_run(folder)
        except (OSError, ValueError, LookupError, TypeError):
            continue


def read_training_run(folder: Path) -> TrainingRun:
    """Read what the folder of a run tells.

    Raises:
        OSError, ValueError, LookupError, TypeError: it is none, or damaged.
    """
    run = read_json(folder / RUN_FILE)
    settings, source = dict(run["config"]), run["source"]
    int(settings["epochs"])
    photos = str(source["data_dir"] or source["prepared"])
    files = (folder / RUN_FILE, folder / LOG_FILE)
    changed = max(file.stat().st_mtime for file in files if file.exists())
    return TrainingRun(folder, settings, photos, _read_log(folder / LOG_FILE), changed)


def _read_log(file: Path) -> pd.DataFrame:
    """Read the finished epochs; those that can be read of a log that is just being written."""
    try:
        log = pd.read_csv(file)[list(LOG_COLUMNS)]
    except (OSError, ValueError, LookupError):  # there is none yet, or it is empty for a moment
        log = pd.DataFrame(columns=list(LOG_COLUMNS))
    numbers = log.apply(pd.to_numeric, errors="coerce").astype(float)
    return numbers.dropna().reset_index(drop=True)
