"""Errors in the forms of NIST and of Yoti, counted by hand."""

import pandas as pd
import pytest

from age_model.evaluation.metrics import wilson
from age_model.evaluation.published_forms import nist_form, published_forms, yoti_form


def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "real_age": [12.0, 13.0, 17.9, 18.0, 18.0, 18.9, 30.0, 30.9, 31.0],
            "predicted_age": [30.0, 24.9, 25.0, 19.0, 21.0, 28.9, 36.0, 30.9, 90.0],
            "gender": ["male", "male", "female", "male", "male", "male", "female", "male", "male"],
        }
    )


def test_each_cell_of_sex_and_age_weighs_the_same() -> None:
    form = nist_form(people())
    cells = {(cell["gender"], cell["age"]): cell for cell in form["cells"]}
    assert len(cells) == 26
    assert cells["male", 18]["n"] == 3
    assert cells["male", 18]["mae"] == pytest.approx((1 + 3 + 10) / 3)
    assert (cells["female", 18]["n"], cells["female", 18]["mae"]) == (0, None)
    # The three of 18 count once; 31 and minors do not.
    assert (form["n"], form["filled"]) == (5, 3)
    assert form["mae"] == pytest.approx(((1 + 3 + 10) / 3 + 6 + 0) / 3)


def test_without_sexes_or_ages_there_is_no_average() -> None:
    assert nist_form(people().drop(columns="gender"))["mae"] is None
    assert nist_form(people()[:2])["mae"] is None


def test_minors_read_as_under_25() -> None:
    everybody, female, male = yoti_form(people())
    assert (everybody["group"], everybody["n"], everybody["under_25"]) == ("all", 2, 1 / 2)
    assert (everybody["under_25_low"], everybody["under_25_high"]) == wilson(1, 2)
    assert (female["group"], female["n"], female["under_25"]) == ("female", 1, 0)
    assert (male["by"], male["n"], male["under_25"]) == ("gender", 1, 1)


def test_both_forms_are_in_one_entry() -> None:
    assert list(published_forms(people())) == ["nist", "yoti"]
