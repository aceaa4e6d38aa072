"""Several sources of photos, measured beside each other."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from age_model.data import face_cache
from age_model.data.problems import DatasetError
from age_model.evaluation.named_source import Source, parse_source
from age_model.evaluation.source_metrics import source_metrics
from age_model.evaluation.sources import COLUMNS, measure_sources
from age_model.model.age_model import AgeModel
from age_model.predict.id_rule import AskRule
from age_model.vision.faces import DetectedFace
from tests.support.bar_reader import CARD, ReadsTheBar
from tests.support.synthetic import NoFaces, face

pytestmark = pytest.mark.usefixtures("no_faces")


@pytest.fixture
def model() -> AgeModel:
    return AgeModel([ReadsTheBar()], CARD)


def make_source(folder: Path, header: str, *rows: str, side: int = 64) -> Path:
    """Write labelled photos, each with its age drawn on it; columns: file_name, real_age, more."""
    (folder / "final_files").mkdir(parents=True)
    for row in rows:
        name, age, *_ = row.split(",")
        face(float(age)).resize((side, side)).save(folder / "final_files" / name)
    (folder / "labels.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    return folder


@pytest.fixture
def family(tmp_path: Path) -> Path:
    return make_source(
        tmp_path / "family",
        "file_name,real_age,person,grey",
        "anna-1.png,10,Anna,0", "anna-2.png,30,Anna,1", "boris.png,50,Boris,", "who.png,60,,0",
    )  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    rows = ("a.png,20,train", "b.png,40,test", "c.png,50,test")
    return make_source(tmp_path / "shop", "file_name,real_age,split", *rows)


def test_every_photo_stands_in_one_table_twice_without_any_name(
    model: AgeModel, family: Path, shop: Path, tmp_path: Path
) -> None:
    sources = [Source("family", family), Source("shop", shop)]
    file, metrics = tmp_path / "sources.csv", tmp_path / "sources.json"
    measured = measure_sources(model, sources, tmp_path / "cache", 1, file, metrics)
    table = pd.read_csv(file)
    assert list(table) == list(COLUMNS)
    assert table[["source", "size"]].value_counts(sort=False).to_dict() == {
        ("family", "full"): 4, ("family", "half"): 4, ("shop", "full"): 2, ("shop", "half"): 2,
    }  # fmt: skip
    assert table[["sharpness", "light"]].notna().all(axis=None)
    for _, rows in table.groupby(["source", "size"]):
        assert rows["photo"].tolist() == list(range(1, len(rows) + 1))
    assert table["person"].tolist() == [1, 1, 2, 3] * 2 + [1, 2] * 2
    assert not any(name in file.read_text() for name in ("nna", "oris", "who", ".png"))
    assert ((table["predicted_age"] - table["real_age"]).abs() < 3).all()
    assert json.loads(metrics.read_text()) == {"sources": measured.metrics}
    assert [(entry["source"], entry["size"], entry["people"]) for entry in measured.metrics] == [
        ("family", "full", 3), ("family", "half", 3), ("shop", "full", 2), ("shop", "half", 2),
    ]  # fmt: skip


def test_only_test_photos_count_where_the_labels_name_splits(
    model: AgeModel, shop: Path, tmp_path: Path
) -> None:
    table = measure_sources(model, [Source("shop", shop)], tmp_path / "cache", 1).table
    assert table["real_age"].tolist() == [40, 50] * 2
    everything = [Source("shop", shop, "all")]
    table = measure_sources(model, everything, tmp_path / "cache", 1).table
    assert table["real_age"].tolist() == [20, 40, 50] * 2


def test_a_label_of_grey_is_believed_and_a_missing_one_measured(
    model: AgeModel, family: Path, tmp_path: Path
) -> None:
    table = measure_sources(model, [Source("family", family)], tmp_path / "cache", 1).table
    assert table["colour"].tolist() == ["colour", "grey", "colour", "colour"] * 2


def test_faces_are_looked_for_in_photos_of_half_the_size(
    model: AgeModel, family: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[tuple[int, int]] = []

    class Watches(NoFaces):
        def detect(self, photos: Sequence[Image.Image]) -> list[list[DetectedFace]]:
            sizes.extend(photo.size for photo in photos)
            return super().detect(photos)

    monkeypatch.setattr(face_cache, "default_detector", Watches)
    sources = [Source("family", family)]
    first = measure_sources(model, sources, tmp_path / "cache", 1).table
    time.sleep(1)  # a file that is saved again has another modification time, in whole seconds
    assert sizes == [(64, 64)] * 4 + [(32, 32)] * 4
    again = measure_sources(model, sources, tmp_path / "cache", 1).table
    assert len(sizes) == 8  # the cache has all of them
    assert len(list((tmp_path / "cache").iterdir())) == 2  # and has no copy of them
    pd.testing.assert_frame_equal(first, again)


def test_a_name_given_twice_is_refused(
    model: AgeModel, family: Path, shop: Path, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match="The source family is given twice"):
        measure_sources(model, [Source("family", family), Source("family", shop)], tmp_path)


@pytest.mark.parametrize("text", ["family", "=folder", "family=", " = "])
def test_a_source_needs_a_name_and_a_folder(text: str) -> None:
    with pytest.raises(ValueError, match="is not NAME=FOLDER"):
        parse_source(text)


def test_a_folder_may_hold_the_sign_of_equality() -> None:
    assert parse_source("a b=c=d") == Source("a b", Path("c=d"))


def made_up(people: list[int], real: list[float], predicted: list[float]) -> pd.DataFrame:
    ages = np.array(predicted)
    return pd.DataFrame(
        {
            "source": "family",
            "size": "full",
            "person": people,
            "real_age": real,
            "predicted_age": ages,
            "age_low": ages - 5,
            "age_high": ages + 5,
            "p_under_18": (ages < 18).astype(float),
            "colour": "colour",
            "face_found": True,
        }
    )


def test_a_person_with_several_photos_counts_once() -> None:
    table = made_up([1, 1, 1, 2], [20, 20, 20, 40], [30, 32, 22, 38])
    (metrics,) = source_metrics(table, AskRule())
    assert (metrics["photos"], metrics["people"]) == (4, 2)
    assert metrics["mae"] == (8 + 2) / 2
    assert metrics["bias"] == (8 - 2) / 2
    assert metrics["inside_90"] == pytest.approx((1 / 3 + 1) / 2, abs=1e-4)


def test_intervals_are_of_redrawn_people() -> None:
    random = np.random.default_rng(0)
    own = random.normal(0, 5, 20)  # each person's error, the same on all ten photos
    people = np.repeat(np.arange(20), 10)
    real = np.full(200, 40.0)
    (many,) = source_metrics(
        made_up(people.tolist(), real.tolist(), (real + own[people]).tolist()), AskRule()
    )
    (once,) = source_metrics(made_up(list(range(20)), [40] * 20, (40 + own).tolist()), AskRule())
    ends = ("mae_low", "mae_high", "bias_low", "bias_high", "inside_90_low", "inside_90_high")
    assert [many[end] for end in ends] == [once[end] for end in ends]
    assert many["bias_high"] - many["bias_low"] > 3


def test_teens_read_as_adults_are_counted_by_photo() -> None:
    real = [13.99, 14, 17.99, 17, 18, 30]
    table = made_up([1, 1, 1, 2, 3, 4], real, [40, 25, 24.99, 31, 40, 30])
    (metrics,) = source_metrics(table, AskRule())
    assert (metrics["teens"], metrics["teens_read_adult"]) == (3, 2)


def test_the_gate_counts_each_person_once() -> None:
    real = [14, 15, 16, 17.5, 30, 31, 30]
    table = made_up([1, 1, 1, 2, 3, 3, 4], real, [26, 20, 19, 27, 24, 26, 26])
    gate = source_metrics(table, AskRule(25, 0.5))[0]["gate"]
    assert (gate["n_minors"], gate["n_minors_16"], gate["n_adults"]) == (2, 2, 2)
    assert gate["false_pass"] == pytest.approx((1 / 3 + 1) / 2, abs=1e-4)
    assert gate["false_pass_16"] == (0 + 1) / 2
    assert gate["false_challenge"] == (1 / 2 + 0) / 2
    assert gate["false_pass_low"] < 0.3 and gate["false_pass_high"] > 0.9  # of two people


def test_bands_weigh_people_too() -> None:
    table = made_up([1, 1, 2, 2], [14, 15, 16, 30], [16, 19, 17, 30])
    (metrics,) = source_metrics(table, AskRule())
    assert [(b["band"], b["photos"], b["people"], b["bias"]) for b in metrics["bands"]] == [
        ("13–17", 3, 2, 2.0), ("25–34", 1, 1, 0.0),
    ]  # fmt: skip
    assert metrics["bands"][1]["bias_low"] is None  # of one person


def test_sources_and_sizes_are_kept_apart_in_their_order() -> None:
    table = made_up([1, 2, 1, 2], [20, 40, 20, 40], [21, 41, 25, 45])
    table["size"] = ["full", "full", "half", "half"]
    other = table.assign(source="another")
    metrics = source_metrics(pd.concat([table, other]), AskRule())
    assert [(f["source"], f["size"], f["bias"]) for f in metrics] == [
        ("family", "full", 1.0), ("family", "half", 5.0),
        ("another", "full", 1.0), ("another", "half", 5.0),
    ]  # fmt: skip
