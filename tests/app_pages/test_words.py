import json
from pathlib import Path

import pytest

from age_model.ages import whole_years
from age_model.release import VARIABLE
from app_pages.widgets import words as words_module


@pytest.mark.parametrize(
    ("age", "words"),
    [(0.4, "Under 1 year"), (0.6, "1 year"), (1.4, "1 year"), (1.6, "2 years"), (31.7, "32 years")],
)
def test_age_in_words(age: float, words: str) -> None:
    assert words_module.age_in_words(age) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "a few seconds left"),
        (31, "about 40 seconds left"),
        (70, "about 1 minute left"),
        (600, "about 10 minutes left"),
    ],
)
def test_time_left_in_words(seconds: float, words: str) -> None:
    assert words_module.time_left_in_words(seconds) == words


def test_who_is_17_and_most_of_a_year_is_not_called_18() -> None:
    assert words_module.interval_in_words(17.9, 37.9) == "Likely 17 to 38"
    assert words_module.range_in_words(17.9, 37.9) == "17 to 38 years"


@pytest.mark.parametrize("age", [25.44, 25.46, 25.5, 25.54, 26.5])
def test_cards_round_as_the_downloads_do(age: float) -> None:
    assert whole_years(age) == whole_years(round(age, 1))


def test_file_names_keep_their_signs() -> None:
    assert words_module.plain("_a_*b*:red[c]–ü.jpg") == r"\_a\_\*b\*\:red\[c\]–ü\.jpg"


MEASURED = {"90": {"coverage": 0.874}}


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        (
            {"split": "test", "intervals": {"90": {"coverage": 0.874}}},
            "about 87 of 100 test photos",
        ),
        ({"split": "valid", "intervals": {"90": {"coverage": 0.874}}}, ""),
        ({"split": "test", "intervals": {}}, ""),
        ({"split": "test", "intervals": None}, ""),
        (None, ""),
    ],
)
def test_what_a_range_means_is_as_measured(
    metrics: object, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    if metrics:
        (tmp_path / "evaluation").mkdir()
        (tmp_path / "evaluation" / "metrics.json").write_text(json.dumps(metrics))
    text = words_module.about_ranges()
    assert said in text and ("test photos" in text) == bool(said)
    assert "The wider the range" in text
