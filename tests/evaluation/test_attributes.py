"""Attributes of photos with few values each, and the errors by two of them."""

import pandas as pd
import pytest

from age_model.evaluation.attributes import (
    AGE_BAND,
    TITLES,
    band_column,
    error_cells,
    values_of,
    with_attributes,
)


@pytest.fixture
def table() -> pd.DataFrame:
    return with_attributes(
        pd.DataFrame(
            {
                "real_age": [5.0, 6.0, 30.0, 31.0, 70.0],
                "predicted_age": [8.0, 5.0, 30.0, 26.0, 60.0],
                "gender": ["male", "female", "male", "male", None],
                "light": [10.0, 20.0, 30.0, 40.0, float("nan")],
                "sharpness": [0.1] * 5,
            }
        )
    )


def test_measurements_are_quartered_and_named_by_their_ends(table: pd.DataFrame) -> None:
    assert values_of(table, "light") == ["10–18", "18–25", "25–32", "32–40"]
    assert table[band_column("light")].isna().tolist() == [False] * 4 + [True]
    assert values_of(table, AGE_BAND) == ["0–12", "25–34", "65+"]
    assert values_of(table, "gender") == ["female", "male"]
    assert values_of(table, "source") == []
    assert values_of(table, "sharpness") == []  # all are the same


def test_each_cell_has_its_errors_and_what_lacks_a_value_has_none(table: pd.DataFrame) -> None:
    cells = error_cells(table, AGE_BAND, "gender").set_index(["row", "column"])
    assert cells.loc[("25–34", "male")].tolist() == [2, 2.5, -2.5]
    assert cells.loc[("0–12", "female")].tolist() == [1, 1, -1]
    assert cells["n"].sum() == 4 and len(cells) == 3


def test_every_attribute_has_a_title(table: pd.DataFrame) -> None:
    assert {"light", "sharpness", "gender", AGE_BAND} <= set(TITLES)
