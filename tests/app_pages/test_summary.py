"""A batch of photos in numbers."""

from dataclasses import replace

from age_model.predict.id_rule import USUAL_RULE
from age_model.predict.results import PhotoResult
from app_pages.photo.summary import summarise_batch
from app_pages.widgets.downloads import all_results
from app_pages.widgets.settings import Settings
from tests.support.made_up import make_result


def test_batch_in_numbers() -> None:
    unreadable = PhotoResult("b.jpg", None, (), "The file is empty.")
    summary = summarise_batch([make_result(10.0, 20.0), unreadable, make_result(66.0)], USUAL_RULE)
    assert (summary.photos, summary.without_face, summary.faces) == (3, 1, 3)
    assert (summary.median_age, summary.to_ask) == (20.0, 2)
    assert summary.bands["0–12"] == summary.bands["18–24"] == summary.bands["65+"] == 1
    assert summary.bands.sum() == 3
    assert summary.bands.index[0] == "0–12"  # youngest first


def test_ages_that_cannot_be_told_are_left_out_but_asked() -> None:
    told = make_result(30.0, 40.0)
    wide = replace(told.faces[0], age=70.0, age_low=5.0, age_high=95.0)
    summary = summarise_batch([replace(told, faces=(*told.faces, wide))], USUAL_RULE)
    assert (summary.faces, summary.untold, summary.to_ask) == (3, 1, 1)
    assert summary.median_age == 35.0
    assert summary.bands.sum() == 2 and summary.bands["65+"] == 0


def test_an_age_is_counted_in_the_band_of_the_age_that_is_shown() -> None:
    summary = summarise_batch([make_result(34.6)], USUAL_RULE)  # shown as 35 years
    assert summary.bands["35–44"] == 1


def test_batch_without_faces_has_no_median() -> None:
    summary = summarise_batch([PhotoResult("b.jpg", None, (), "x")], USUAL_RULE)
    assert summary.median_age is None
    assert summary.bands.sum() == 0


def test_an_age_that_cannot_be_told_is_in_no_table() -> None:
    told = make_result(30.0, 40.0)
    wide = replace(told.faces[0], age=70.0, age_low=5.0, age_high=95.0)
    results = [replace(told, faces=(*told.faces, wide)), PhotoResult("b.jpg", None, (), "x")]
    table = all_results(results, Settings(USUAL_RULE, 0, 0))
    assert table["age"].isna().tolist() == [False, False, True, True]
    assert table["age_low"].tolist()[2] == 5
    assert table["ask_for_id"].tolist()[:3] == [False, False, True]
