"""What a batch of photos shows, in a few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from age_model.ages import whole_years
from age_model.evaluation.metrics import age_band
from age_model.predict.id_rule import AskRule, cannot_tell

if TYPE_CHECKING:
    from age_model.predict.results import PhotoResult


@dataclass(frozen=True)
class BatchSummary:
    """A batch in numbers.

    Attributes:
        photos: number of photos.
        without_face: photos that could not be read or have no face.
        faces: number of faces.
        untold: faces whose age cannot be estimated; left out of the median and the bands.
        to_ask: faces that are asked for ID.
        median_age: years; None without an estimated age.
        bands: number of faces in each age band, the youngest band first; ages count as they are
            shown, in whole years.
    """

    photos: int
    without_face: int
    faces: int
    untold: int
    to_ask: int
    median_age: float | None
    bands: pd.Series


def summarise_batch(results: Sequence[PhotoResult], rule: AskRule) -> BatchSummary:
    """Summarise the results of several photos; `rule` determines who is asked for ID."""
    faces = [face for result in results for face in result.faces]
    ages = [face.age for face in faces if not cannot_tell(face)]
    return BatchSummary(
        photos=len(results),
        without_face=sum(not result.faces for result in results),
        faces=len(faces),
        untold=len(faces) - len(ages),
        to_ask=sum(rule.asks(face) for face in faces),
        median_age=float(np.median(ages)) if ages else None,
        bands=pd.Series(age_band(list(map(whole_years, ages)))).value_counts(sort=False),
    )
