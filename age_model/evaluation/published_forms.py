"""Errors in the forms in which others publish theirs, for comparison.

NIST's evaluation of age estimation (FATE AEV) averages the MAE of 26 cells, two sexes by the ages
18 to 30, each with the same weight. Yoti's reports give the share of people aged 13 to 17 who are
predicted under 25. Their photos are of other kinds.
"""

from typing import Any

import numpy as np
import pandas as pd

from age_model.ages import CHALLENGE_AGE, LEGAL_AGE
from age_model.evaluation.groups import members
from age_model.evaluation.metrics import share
from age_model.i18n.message import mark

NIST_AGES = range(18, 31)
SEXES = ("female", "male")
YOTI_FROM = 13  # years
EVERYBODY = mark("all")


def published_forms(predictions: pd.DataFrame) -> dict[str, Any]:
    """Return `nist` and `yoti`, from the two functions below."""
    return {"nist": nist_form(predictions), "yoti": yoti_form(predictions)}


def nist_form(predictions: pd.DataFrame) -> dict[str, Any]:
    """Average the MAE over two sexes and the ages 18 to 30.

    Args:
        predictions: the predictions table.

    Returns:
        `mae`, the mean of the cells that have photos (None if none has), `n` photos in them,
        `filled`, how many of the 26 these are, and `cells`: `gender`, `age`, `n`, `mae` of each.
    """
    if "gender" not in predictions:
        return {"mae": None, "n": 0, "filled": 0, "cells": []}
    years = np.floor(predictions["real_age"])
    errors = (predictions["predicted_age"] - predictions["real_age"]).abs()
    cells: list[dict[str, Any]] = []
    for gender in SEXES:
        for age in NIST_AGES:
            cell = errors[(predictions["gender"] == gender) & (years == age)]
            mae = float(cell.mean()) if len(cell) else None
            cells.append({"gender": gender, "age": age, "n": len(cell), "mae": mae})
    filled = [cell["mae"] for cell in cells if cell["n"]]
    return {
        "mae": float(np.mean(filled)) if filled else None,
        "n": sum(cell["n"] for cell in cells),
        "filled": len(filled),
        "cells": cells,
    }


def yoti_form(predictions: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the share of people aged 13 to 17 who are predicted under 25.

    Args:
        predictions: the predictions table.

    Returns:
        One entry for all (`group` "all"), and one each gender and each ethnicity of the table: `by`
        (None for all), `group`, `n`, `under_25` with the ends of its 95 % Wilson interval.
    """
    real = predictions["real_age"]
    minors = predictions[(real >= YOTI_FROM) & (real < LEGAL_AGE)]
    groups: list[tuple[str | None, str, pd.DataFrame]] = [(None, EVERYBODY, minors)]
    groups += [
        (by, group, rows) for by in ("gender", "ethnicity") for group, rows in members(minors, by)
    ]
    return [
        {
            "by": by,
            "group": group,
            "n": len(rows),
            **share("under_25", rows["predicted_age"] < CHALLENGE_AGE),
        }
        for by, group, rows in groups
    ]
