"""What the predictions table says of each picture: its face's quality, and its twins."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from age_model.quality import CropQuality


def picture_facts(table: pd.DataFrame, qualities: Sequence[CropQuality]) -> pd.DataFrame:
    """Gather what was measured of the faces of a prepared set.

    Args:
        table: of the set.
        qualities: of its faces, in the order of the table.

    Returns:
        One row a photo, in the order of the set, with the columns that can be had: `face_found`;
        `face_size` (shorter side of the face's box, pixels of the photo) and `detection_score`,
        missing where no face was found; and those of `quality.crop_quality`, with four decimals.
    """
    facts = table[["face_found"]].astype(bool)
    if {"left", "top", "right", "bottom", "detection_score"} <= set(table):
        sides = np.minimum(table["right"] - table["left"], table["bottom"] - table["top"])
        facts = facts.assign(
            face_size=sides.astype(float).round(1),
            detection_score=table["detection_score"].astype(float).round(4),
        )
    measured = pd.DataFrame([asdict(quality) for quality in qualities], index=table.index)
    return facts.join(measured.round(4))


def twin_ages(table: pd.DataFrame) -> pd.Series:
    """Tell which other ages the labels give to the very same picture.

    Args:
        table: of a whole data set, with `content_hash` and `real_age`.

    Returns:
        Text such as "5, 7.5" (years), empty where there is no such label; indexed as the table.
    """
    ages = table.groupby("content_hash")["real_age"].agg(lambda group: sorted(set(group)))
    others = [
        ", ".join(f"{other:g}" for other in ages.get(content, []) if other != age)
        for content, age in zip(table["content_hash"], table["real_age"], strict=True)
    ]
    return pd.Series(others, index=table.index, dtype=object)
