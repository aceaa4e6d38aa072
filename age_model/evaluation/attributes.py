"""What a photo can be told apart by, and the errors of each combination of two of these."""

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from age_model.evaluation.metrics import age_band
from age_model.i18n.message import mark

SOURCE = "source"
AGE_BAND = "age_band"
QUARTERED = MappingProxyType({"face_size": 0, "sharpness": 2, "light": 0})
"""Measurements that are divided into quarters, each with the decimals of their ends."""

TITLES: Mapping[str, str] = MappingProxyType(
    {
        AGE_BAND: mark("Real age"),
        "gender": mark("Gender"),
        "ethnicity": mark("Ethnicity in the labels"),
        SOURCE: mark("Source"),
        "face_size": mark("Face size, pixels"),
        "sharpness": mark("Sharpness"),
        "light": mark("Light, 0 to 255"),
        "colour": mark("Colour"),
    }
)
"""The attributes by their columns in a table of `with_attributes`."""

FEW = 20  # photos: the error of fewer says little


def with_attributes(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return a predictions table in which every attribute has few values.

    Args:
        predictions: the predictions table.

    Returns:
        The table with `age_band`, and with a column such as `light band` for each measurement of
        `QUARTERED` that it has: the quarter of all photos in which the photo is, named by its
        ends, in the order of the quarters; missing where the measurement is.
    """
    bands = {
        band_column(name): _quarters(predictions[name], decimals)
        for name, decimals in QUARTERED.items()
        if name in predictions
    }
    return predictions.assign(**{AGE_BAND: age_band(predictions["real_age"])}, **bands)


def band_column(attribute: str) -> str:
    """Return the column that has an attribute's few values."""
    return f"{attribute} band" if attribute in QUARTERED else attribute


def values_of(table: pd.DataFrame, attribute: str) -> list[str]:
    """Return the values of an attribute that photos of the table have, in their order.

    Args:
        table: of `with_attributes`.
        attribute: one of `TITLES`.
    """
    column = band_column(attribute)
    if column not in table:
        return []
    values = table[column]
    there = set(values.dropna().unique())
    if isinstance(values.dtype, pd.CategoricalDtype):
        return [value for value in values.cat.categories if value in there]
    return sorted(there)


def error_cells(table: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame:
    """Return the errors of each combination of two attributes' values that photos have.

    Args:
        table: of `with_attributes`.
        rows: an attribute of `TITLES`.
        columns: another one.

    Returns:
        `row`, `column`, `n` photos, `mae` and `bias` in years.
    """
    error = table["predicted_age"] - table["real_age"]
    facts = pd.DataFrame(
        {
            "row": table[band_column(rows)],
            "column": table[band_column(columns)],
            "mae": error.abs(),
            "bias": error,
        }
    )
    cells = facts.groupby(["row", "column"], observed=True)
    return cells.agg(n=("mae", "size"), mae=("mae", "mean"), bias=("bias", "mean")).reset_index()


def _quarters(values: pd.Series, decimals: int) -> pd.Series:
    """Return the quarter of each value, named by its ends; of equal quarters one is left."""
    quarters = pd.qcut(values.astype(float), 4, duplicates="drop")
    ends = [(max(one.left, values.min()), one.right) for one in quarters.cat.categories]
    for digits in (decimals, decimals + 4):  # more where quarters would have the same name
        names = [f"{low:.{digits}f}–{high:.{digits}f}" for low, high in ends]
        if len(set(names)) == len(names):
            return quarters.cat.rename_categories(names)
    return pd.Series(pd.NA, values.index, dtype="category")  # hardly any two values differ
