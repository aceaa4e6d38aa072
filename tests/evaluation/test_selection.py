import pandas as pd
import pytest

from age_model.evaluation.selection import (
    Area,
    area_from,
    area_of_cell,
    choose,
    inside,
    worst_errors,
)
from age_model.reports.wording import area_in_words


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "file_name": ["a", "b", "c", "d"],
            "real_age": [5.0, 17.9, 18.0, 70.0],
            "predicted_age": [9.0, 16.9, 30.0, 58.0],
            "gender": ["male", "female", "male", None],
            "ethnicity": ["Asian", "Black", "Black", "White"],
        }
    )


def names(table: pd.DataFrame) -> str:
    return "".join(table["file_name"])


def test_nothing_chosen_is_everything(table: pd.DataFrame) -> None:
    assert names(choose(table)) == names(choose(table, [], {"gender": []})) == "abcd"


def test_bands_and_groups_narrow_each_other(table: pd.DataFrame) -> None:
    assert names(choose(table, ["0–12", "18–24"])) == "ac"
    assert names(choose(table, [], {"gender": ["male", "female"]})) == "abc"
    assert names(choose(table, ["13–17", "18–24"], {"ethnicity": ["Black"]})) == "bc"
    assert names(choose(table, ["65+"], {"ethnicity": ["Black"]})) == ""


def test_ends_of_an_area_belong_to_it(table: pd.DataFrame) -> None:
    assert names(inside(table, Area((18, 70), (30, 58)))) == "cd"
    assert names(inside(table, Area((18.1, 70), (30, 57)))) == ""


def test_worst_errors_come_first_with_their_sign(table: pd.DataFrame) -> None:
    worst = worst_errors(table, 3)
    assert names(worst) == "cda"  # of equal ones the first in the table
    assert worst["error"].tolist() == [12.0, -12.0, 4.0]
    assert "error" not in table


def test_areas_are_written_and_read() -> None:
    for area in (Area((0, 7), (0, 116)), Area((24, 25.99), (30, 31.99))):
        assert area_from(area.in_short()) == area
    for text in (
        "",
        "20-30",
        "30-20_1-2",
        "1-2_4-3",
        "a-b_c-d",
        "1.2.3-4_5-6",
        "1-2_3-4_5-6",
        "..-2_3-4",
    ):
        assert area_from(text) is None


def test_a_cell_holds_what_its_name_says() -> None:
    cell = area_of_cell(25, 31)
    assert area_in_words(cell) == "real age 24 to 26, predicted age 30 to 32"
    ages = [(24.0, 30.0), (25.99, 31.99), (26.0, 31.0), (25.0, 32.0), (23.99, 31.0)]
    table = pd.DataFrame(ages, columns=["real_age", "predicted_age"])
    assert inside(table, cell).index.tolist() == [0, 1]
