"""The commands that measure and calibrate models and make ensembles of them."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from age_model.cli.options import (
    CacheDir,
    DataDir,
    JsonFile,
    ModelDir,
    Sources,
    Split,
    Workers,
    count,
    print_problems,
    read_sources,
)

if TYPE_CHECKING:
    import pandas as pd

    from age_model.data.face_set import FaceSet
    from age_model.model.age_model import AgeModel

CORRUPTED_PHOTOS = 1000  # a sample: each corruption needs a prediction for all its faces
app = typer.Typer()


@app.command("evaluate")
def evaluate(
    *,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="folder of labelled photos")
    ] = None,
    source: Sources,
    workers: Workers = None,
    split: Split = "test",
    model_dir: ModelDir,
    out: Annotated[
        Path | None, typer.Option(metavar="CSV", help="file for the predictions table")
    ] = None,
    json: JsonFile = None,
    cache_dir: CacheDir,
) -> int:
    """Evaluate a model on labelled photos or sources."""
    sources = read_sources(source)
    if bool(sources) == bool(data_dir):
        raise typer.BadParameter("give either --data-dir or --source", param_hint="--data-dir")

    from age_model.data.face_cache import build_face_set
    from age_model.data.labels import read_labels
    from age_model.evaluation.age_gate import fitted_gate
    from age_model.evaluation.predictions import evaluate_split
    from age_model.evaluation.sources import measure_sources
    from age_model.model.saved_model import load_model
    from age_model.reports.console import format_metrics, format_sources

    for file in filter(None, (out, json)):
        file.parent.mkdir(
            parents=True, exist_ok=True
        )  # a wrong path fails before the long computation
    model = load_model(model_dir)
    fitted_gate(model.card["gate"])
    if data_dir is None:
        measured = measure_sources(model, sources, cache_dir, workers, out, json)
        print_problems(measured.problems)
        print(format_sources(measured.metrics))
        return 0
    prepared = build_face_set(read_labels(data_dir), model.spec, cache_dir, workers)
    print_problems(prepared.problems)
    print(format_metrics(evaluate_split(model, prepared, split, out, json).metrics))
    return 0


@app.command("calibrate")
def calibrate_model(
    *, data_dir: DataDir, workers: Workers = None, model_dir: ModelDir, cache_dir: CacheDir
) -> int:
    """Calibrate a model's intervals and probabilities.

    They, and its age gate, are fitted on the validation photos and written to its `model.json`.
    """
    from age_model.data.face_cache import build_face_set
    from age_model.data.labels import read_labels
    from age_model.evaluation.calibration import calibrate
    from age_model.evaluation.predictions import predict_distributions
    from age_model.model.json_files import write_json
    from age_model.model.saved_model import load_model
    from age_model.model.version import CARD_FILE

    model = load_model(model_dir)
    prepared = build_face_set(read_labels(data_dir), model.spec, cache_dir, workers)
    valid = prepared.select("valid")
    entries = calibrate(model, valid.table, predict_distributions(model, valid))
    write_json(model_dir / CARD_FILE, model.card | entries)
    print_problems(prepared.problems)
    print(f"Calibrated on {len(valid)} validation photos: {model_dir / CARD_FILE}")
    return 0


@app.command("combine")
def make_ensemble(
    folders: Annotated[list[Path], typer.Argument(metavar="MODEL", help="a model's folder")],
    *,
    data_dir: DataDir,
    workers: Workers = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="folder for the ensemble")],
    cache_dir: CacheDir,
) -> int:
    """Save an ensemble: one model that averages several."""
    from age_model.data.face_cache import build_face_set
    from age_model.data.labels import read_labels
    from age_model.model.saved_model import load_model
    from age_model.training.ensemble import save_ensemble

    models = [load_model(folder) for folder in folders]
    prepared = build_face_set(read_labels(data_dir), models[0].spec, cache_dir, workers)
    model = save_ensemble(out, models, prepared)
    mae = model.card["metrics"]["valid"]["mae"]
    print(f"{len(model.networks)} networks, MAE on valid {mae:.2f}: {out}")
    return 0


@app.command("robustness")
def robustness(
    *,
    data_dir: DataDir,
    workers: Workers = None,
    split: Split = "test",
    photos: Annotated[
        int,
        typer.Option(
            parser=partial(count, least=0), metavar="N", help="size of the sample; 0 for all"
        ),
    ] = CORRUPTED_PHOTOS,
    model_dir: ModelDir,
    json: JsonFile = None,
    cache_dir: CacheDir,
) -> int:
    """Measure the errors on corrupted photos."""
    from age_model.data.face_cache import build_face_set
    from age_model.data.labels import read_labels
    from age_model.evaluation.robustness import sample_faces
    from age_model.model.saved_model import load_model

    if json:
        json.parent.mkdir(parents=True, exist_ok=True)  # see evaluate
    model = load_model(model_dir)
    labelled = read_labels(data_dir)
    prepared = build_face_set(labelled, model.spec, cache_dir, workers)
    _robustness(model, sample_faces(prepared.select(split), photos), labelled.root, json)
    return 0


@app.command("report")
def report(
    *,
    data_dir: DataDir,
    workers: Workers = None,
    portraits: Annotated[
        Path, typer.Option(metavar="DIR", help="labelled photos of another source")
    ],
    source: Sources,
    cache_dir: CacheDir,
) -> int:
    """Evaluate the released model.

    Writes every number that the app, the README and the model card show.
    """
    further = read_sources(source)

    from age_model.data.face_cache import build_face_set
    from age_model.data.labels import read_labels
    from age_model.evaluation.age_gate import fitted_gate
    from age_model.evaluation.named_source import Source
    from age_model.evaluation.predictions import evaluate_split
    from age_model.evaluation.robustness import sample_faces
    from age_model.evaluation.sources import measure_sources
    from age_model.release import released
    from age_model.reports.card_sources import (
        PORTRAITS_SOURCE,
        SOURCES_FILE,
        SOURCES_TABLE,
        TEST_SOURCE,
    )
    from age_model.reports.console import format_metrics, format_sources
    from age_model.reports.data_set_tables import write_data_tables
    from age_model.reports.model_card import (
        PORTRAITS_FILE,
        PORTRAITS_ROBUSTNESS_FILE,
        ROBUSTNESS_FILE,
        TEST_FILE,
    )
    from age_model.reports.readme import write_texts

    model = released().model()
    fitted_gate(model.card["gate"])
    out = released().evaluation_dir
    sources = (
        (data_dir, "test", TEST_FILE, ROBUSTNESS_FILE, released().predictions_file),
        (portraits, "all", PORTRAITS_FILE, PORTRAITS_ROBUSTNESS_FILE, None),
    )
    predicted: dict[str, pd.DataFrame] = {}
    for folder, split, metrics_file, robustness_file, table in sources:
        labelled = read_labels(folder)
        prepared = build_face_set(labelled, model.spec, cache_dir, workers)
        of_split = evaluate_split(model, prepared, split, table, out / metrics_file)
        print(format_metrics(of_split.metrics))
        predicted.setdefault(split, of_split.predictions)
        sample = sample_faces(prepared.select(split), CORRUPTED_PHOTOS)
        _robustness(model, sample, labelled.root, out / robustness_file)
    beside = (
        Source(TEST_SOURCE, data_dir, "test"),
        Source(PORTRAITS_SOURCE, portraits, "all"),
        *further,
    )
    files = out / SOURCES_TABLE, out / SOURCES_FILE
    measured = measure_sources(model, beside, cache_dir, workers, *files)
    print(format_sources(measured.metrics))
    photos = build_face_set(read_labels(data_dir), model.spec, cache_dir, workers)
    write_data_tables(model, photos, released().data_dir, predicted)
    write_texts()
    return 0


def _robustness(model: "AgeModel", faces: "FaceSet", photos: Path, file: Path | None) -> None:
    from age_model.evaluation.robustness import robustness_report
    from age_model.model.json_files import write_json
    from age_model.reports.console import format_robustness
    from age_model.vision.default_detector import default_detector

    metrics = robustness_report(model, default_detector(), faces, photos)
    print(format_robustness(metrics))
    if file:
        write_json(file, metrics)
