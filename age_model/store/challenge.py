"""What another challenge age would change: questions asked, and minors who would pass."""

import numpy as np
import pandas as pd

from age_model.gate import gate_figures
from age_model.store.alcohol import AlcoholSales, redrawn_chances


def what_if(sales: AlcoholSales, photos: pd.DataFrame) -> pd.DataFrame:
    """Tell what would happen if all who look under a challenge age were asked, and nobody else.

    Args:
        sales: at least one.
        photos: the predictions table of the test photos of the model that will ask.

    Returns:
        One row each of `gate.CHALLENGE_AGES`: `age`, `questions` (share of these sales) and
        `minors` (expected number among them who would pass unasked) with `minors_low` and
        `minors_high` (95 % interval of that expectation), and as measured on the photos
        `false_pass` (share of those under age who pass) and `false_challenge` (share of the clearly
        adult who are asked), each with the ends of its 95 % interval.
    """
    chances = sales.table["p_minor"].to_numpy()
    age = sales.table["age"].to_numpy()
    redrawn = redrawn_chances(chances, sales.odds)
    rows = []
    for measured in gate_figures(photos, {})["challenge_ages"]:
        passing = age >= measured["age"]
        low, high = np.quantile(redrawn[:, passing].sum(axis=1), [0.025, 0.975])
        rows.append(
            {
                "age": measured["age"],
                "questions": float(1 - passing.mean()),
                "minors": float(chances[passing].sum()),
                "minors_low": float(low),
                "minors_high": float(high),
                **{
                    f"{error}{end}": measured[f"{error}{end}"]
                    for error in ("false_pass", "false_challenge")
                    for end in ("", "_low", "_high")
                },
            }
        )
    return pd.DataFrame(rows)
