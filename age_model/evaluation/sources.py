"""Predictions for photos of several sources, at full and at half resolution, in one table."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from PIL import Image
from tqdm import tqdm

from age_model.ages import AGE_LIMITS, under_column
from age_model.data.face_cache import build_face_set
from age_model.data.face_set import FaceSet
from age_model.data.labels import LabelledPhotos, read_labels
from age_model.data.problems import DatasetError, Problem
from age_model.evaluation.age_gate import fitted_gate
from age_model.evaluation.named_source import Source
from age_model.evaluation.predictions import predict_face_set
from age_model.evaluation.source_metrics import FULL, HALF, source_metrics
from age_model.i18n.message import Sentence
from age_model.model.age_model import AgeModel
from age_model.model.json_files import write_json
from age_model.vision.photos import open_photo

PERSON = "person"  # column of labels.csv: who is on the photo
GREY = "grey"  # column of labels.csv: 1 for a greyscale photo, whatever its tint
COLUMNS = (
    "source", "size", "photo", PERSON, "real_age", "predicted_age", "age_low", "age_high",
    *map(under_column, AGE_LIMITS), "colour", "face_found", "face_size", "sharpness", "light",
)  # fmt: skip


class Measured(NamedTuple):
    """The evaluation of several sources.

    Attributes:
        table: a row for each photo and size, with `COLUMNS`. Photos and people are numbered from 1
            within their source, so that the table can be published where names cannot.
        metrics: of each source and size, see `source_metrics`.
        problems: what was wrong with labels or photos.
    """

    table: pd.DataFrame
    metrics: list[dict[str, Any]]
    problems: tuple[Problem, ...]


def measure_sources(
    model: AgeModel,
    sources: Sequence[Source],
    cache_dir: Path,
    workers: int | None = None,
    table_file: Path | None = None,
    metrics_file: Path | None = None,
) -> Measured:
    """Evaluate a model on several sources, at full and half resolution; write the files given.

    Args:
        model: a trained model.
        sources: with distinct names.
        cache_dir: as of `build_face_set`; the faces of halved photos are cached there too.
        workers: processes that find faces; by default one a core.
        table_file: for the table, CSV.
        metrics_file: for the metrics, JSON: `sources`, a list.

    Raises:
        DatasetError: a name is given twice, or a source has no photo that can be used.
        FaceSetError: as of `build_face_set`, or a split has no photos.
    """
    names = [source.name for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise DatasetError(Sentence("The source {name} is given twice.", name=name))
    measured = [_measure(model, source, cache_dir, workers) for source in sources]
    table = pd.concat([table for table, _ in measured], ignore_index=True)
    metrics = source_metrics(table, fitted_gate(model.card["gate"]).rule)
    if table_file:
        table.to_csv(table_file, index=False)
    if metrics_file:
        write_json(metrics_file, {"sources": metrics})
    return Measured(table, metrics, tuple(problem for _, found in measured for problem in found))


def _measure(
    model: AgeModel, source: Source, cache_dir: Path, workers: int | None
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    labelled = read_labels(source.folder)
    split = source.split or ("test" if labelled.table["split"].notna().any() else "all")
    prepared = build_face_set(labelled, model.spec, cache_dir, workers)
    full = prepared.select(split)
    with tempfile.TemporaryDirectory() as folder:
        halved = _halved(labelled.root, full.table, Path(folder))
        half = build_face_set(halved, model.spec, cache_dir, workers)
    sizes = {FULL: full, HALF: half}
    tables = [_rows(model, source.name, size, faces) for size, faces in sizes.items()]
    return pd.concat(tables, ignore_index=True), prepared.problems


def _halved(root: Path, labels: pd.DataFrame, folder: Path) -> LabelledPhotos:
    """Save the photos of a face set at half their width and height, in the same order.

    Each pixel is the mean of four, as in a camera with fewer, and nothing is lost to compression.
    """
    # The same names and times in every run, so that the cache finds their faces the next time.
    names = labels["content_hash"] + ".png"
    pairs = zip(names, labels["path"], strict=True)
    for name, path in tqdm(pairs, desc="Halving photos", total=len(labels), unit="photo"):
        halved(open_photo(root / path)).save(folder / name)
        os.utime(folder / name, (0, 0))
    return LabelledPhotos(folder, "", labels.assign(path=names), ())


def halved(photo: Image.Image) -> Image.Image:
    """Return a photo of half the width and height, pixels, rounded up."""
    return photo.reduce(2)


def _rows(model: AgeModel, name: str, size: str, faces: FaceSet) -> pd.DataFrame:
    predictions = predict_face_set(model, faces, facts=True)
    labels = faces.table
    rows = predictions.assign(
        source=name,
        size=size,
        photo=range(1, len(predictions) + 1),
        person=list(_people(labels)),
    )
    if GREY in labels:
        marks = pd.to_numeric(labels[GREY], errors="coerce")
        named = marks.map({0: "colour", 1: "grey"})
        rows["colour"] = named.where(named.notna(), predictions["colour"])
    return rows.reindex(columns=list(COLUMNS))  # faces from elsewhere have no size


def _people(labels: pd.DataFrame) -> Iterator[int]:
    """Number the people of photos by first appearance; an unnamed one is a person of its own."""
    numbers: dict[object, int] = {}
    named = labels[PERSON] if PERSON in labels else pd.Series(None, labels.index, dtype=object)
    for i, person in enumerate(named):
        # A tuple is a key that no label can have.
        yield numbers.setdefault((i,) if pd.isna(person) else person, len(numbers) + 1)
