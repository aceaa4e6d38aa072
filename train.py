"""Fine-tune a ResNet to estimate ages from faces.

    python train.py --data-dir DATA                       # photos with labels, ImageNet start
    python train.py --data-dir DATA --init weights.safetensors --epochs 20
    python train.py --prepared .cache/prepared/KEY        # faces made by `age_model prepare`
    python train.py --resume runs/NAME                    # resume after an interruption
    torchrun --nproc-per-node 4 train.py --data-dir DATA  # several GPUs

All output of a run is in its folder under runs/: log.csv, TensorBoard events, last.pt,
model/ (what the app needs), evaluation/ (predictions and metrics on the test photos) and data/
(tables that describe the photos).
"""

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path

import torch.distributed as dist

from age_model.data import DEFAULT_CACHE_DIR
from age_model.data.corrections import correct, corrections_file, read_corrections
from age_model.data.face_cache import build_face_set, face_set_folder
from age_model.data.face_set import FaceSet, FaceSetError, load_face_set
from age_model.data.labels import read_labels
from age_model.data.problems import DatasetError
from age_model.data.splits import SPLITS, labels_fingerprint
from age_model.model.json_files import read_json, write_json
from age_model.model.pretrained import InitialWeightsError
from age_model.release import Release
from age_model.reports.console import failure_in_words, format_metrics, format_problems
from age_model.reports.data_set_tables import write_data_tables
from age_model.training.checkpoint import LAST_CHECKPOINT
from age_model.training.config import TrainingConfig, TrainingError
from age_model.training.distributed import Process, start_process
from age_model.training.finish import evaluate_run, save_run_model
from age_model.training.runs import RUN_FILE
from age_model.training.trainer import Trainer
from age_model.vision.alignment import FaceSpec

log = logging.getLogger("train")
# Entries of run.json on where the faces came from.
SOURCE = ("data_dir", "prepared", "corrections", "unlabelled", "cache_dir", "face_size", "licence")
LATER = {"unlabelled": "", "corrections": ""}  # entries that older runs lack


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    args = _arguments(arguments)
    try:
        process = start_process(args.device)
        logging.basicConfig(
            level=logging.INFO if process.is_main else logging.ERROR, format="%(message)s"
        )
        return _train(args, process)
    except (DatasetError, FaceSetError, InitialWeightsError, TrainingError, OSError) as error:
        print(f"train.py: {failure_in_words(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; resume from the last finished epoch with --resume.", file=sys.stderr)
        return 130
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


def _train(args: argparse.Namespace, process: Process) -> int:
    folder, config, source = _run(args)
    prepared = _corrected(_prepared(source, process), source["corrections"])
    photos = labels_fingerprint(prepared.table)
    if source.setdefault("photos", photos) != photos:
        raise TrainingError(
            f"The photos or labels have changed since {folder} was started; start a new run."
        )
    train, valid, _ = (prepared.select(split) for split in SPLITS)  # all three are needed
    if process.is_main:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / RUN_FILE, {"config": asdict(config), "source": source})
        log.info("%d training faces, %d validation faces", len(train), len(valid))
    unlabelled = load_face_set(Path(source["unlabelled"])) if source["unlabelled"] else None
    resumed = bool(args.resume)
    trainer = Trainer(config, train, valid, folder, process, resumed, unlabelled)
    if args.resume:
        trainer.resume()
    log.info("Start: %s", trainer.initial)
    log.info("Run folder: %s", folder)
    trainer.run()
    if process.is_main:
        model, of_valid = save_run_model(trainer, prepared, valid, source["licence"])
        of_test, metrics = evaluate_run(folder, prepared)
        log.info("%s", format_metrics(metrics))
        release = Release(folder)
        predicted = {"valid": of_valid, "test": of_test}
        write_data_tables(model, prepared, release.data_dir, predicted)
        log.info("Model: %s", release.model_dir)
    return 0


def _run(args: argparse.Namespace) -> tuple[Path, TrainingConfig, dict[str, str]]:
    """Return the run's folder, settings and data: new ones, or those of the run to resume."""
    if args.resume:
        if not (args.resume / LAST_CHECKPOINT).exists():
            raise TrainingError(f"{args.resume} holds no checkpoint to resume from.")
        return args.resume, *_read_run(args.resume / RUN_FILE)
    config = TrainingConfig(**{f.name: getattr(args, f.name) for f in fields(TrainingConfig)})
    name = args.name or f"{datetime.now():%Y%m%d-%H%M%S}-{config.architecture}"
    source = {
        "data_dir": str(args.data_dir or ""),
        "prepared": str(args.prepared or ""),
        "corrections": str(args.corrections or _made_for(args.data_dir) or ""),
        "unlabelled": str(args.unlabelled or ""),
        "cache_dir": str(args.cache_dir),
        "face_size": str(args.face_size),
        "licence": args.licence,
    }
    folder = args.runs / name
    if (folder / LAST_CHECKPOINT).exists():
        raise TrainingError(f"There is a run in {folder} already; use --resume or another --name.")
    return folder, config, source


def _made_for(data_dir: Path | None) -> Path | None:
    """Return the table of corrections of a folder of photos, if there is one."""
    file = corrections_file(data_dir) if data_dir else None
    return file if file and file.is_file() else None


def _corrected(prepared: FaceSet, file: str) -> FaceSet:
    """Return the set with what a person decided about its photos; log what that changed."""
    if not file:
        return prepared
    if not Path(file).is_file():
        raise TrainingError(f"{file}, the table of corrections, is not there.")
    corrected, counts = correct(prepared, read_corrections(Path(file)))
    log.info(
        "%s: %d photos relabelled, %d excluded; %d test photos stay as they are, "
        "%d photos are not in this set",
        file,
        counts.relabelled,
        counts.excluded,
        counts.of_test,
        counts.unknown,
    )
    return corrected


def _read_run(file: Path) -> tuple[TrainingConfig, dict[str, str]]:
    """Return settings and data of a run to resume.

    Raises:
        TrainingError: they are missing or damaged.
    """
    try:
        run = read_json(file)
        config = TrainingConfig(**run["config"])
        source: dict[str, str] = LATER | run["source"]
        if not all(isinstance(source[name], str) for name in (*SOURCE, *source)):
            raise TypeError("its source is no text")
        FaceSpec(int(source["face_size"]))
    except (OSError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise TrainingError(f"{file} is missing or damaged.") from error
    return config, source


def _prepared(source: dict[str, str], process: Process) -> FaceSet:
    """Return the face set; under `torchrun` the first process builds it for all."""
    if source["prepared"]:
        return load_face_set(Path(source["prepared"]))
    labelled = read_labels(Path(source["data_dir"]))
    spec, cache_dir = FaceSpec(int(source["face_size"])), Path(source["cache_dir"])
    if process.is_main:
        with _reported_to_others(process):
            prepared = build_face_set(labelled, spec, cache_dir)
        if prepared.problems:
            log.info("%s", format_problems(prepared.problems))
        return prepared
    _wait_for_first()
    return load_face_set(face_set_folder(labelled, spec, cache_dir))


@contextmanager
def _reported_to_others(process: Process) -> Iterator[None]:
    """Signal the processes that wait in `_wait_for_first` when the work is done or fails."""
    done = [False]
    try:
        yield
        done = [True]
    finally:
        if process.world > 1:
            dist.broadcast_object_list(done)


def _wait_for_first() -> None:
    done = [False]
    dist.broadcast_object_list(done)
    if not done[0]:
        raise FaceSetError(
            "The first process could not prepare the faces; its message has the reason."
        )


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = _parser()
    args = parser.parse_args(arguments)
    given = [name for name in vars(args) if getattr(args, name) != parser.get_default(name)]
    ignored = sorted(set(given) - {"resume", "device"})
    if args.resume and ignored:
        flags = ", ".join("--" + name.replace("_", "-") for name in ignored)
        parser.error(f"--resume uses the run's own settings; leave out {flags}")
    return args


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Fine-tune a ResNet to estimate ages from faces.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data-dir", type=Path, help="folder of labelled photos")
    source.add_argument("--prepared", type=Path, help="folder made by `age_model prepare`")
    source.add_argument("--resume", type=Path, metavar="RUN", help="folder of a run to resume")
    parser.add_argument(
        "--unlabelled",
        type=Path,
        help="folder made by `age_model prepare`, learned only from teachers",
    )
    parser.add_argument(
        "--corrections",
        type=Path,
        metavar="CSV",
        help="decisions made on the Data page; by default corrections.csv in the folder of photos",
    )
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where runs are kept")
    parser.add_argument("--name", help="of the run's folder; by default the time of the start")
    parser.add_argument("--device", choices=("auto", "cuda", "cpu"), default="auto", help="device")
    parser.add_argument(
        "--cache-dir", type=Path, default=DEFAULT_CACHE_DIR, help="cache of aligned faces"
    )
    parser.add_argument(
        "--face-size", type=_face_size, default=FaceSpec().size, help="side of aligned faces, px"
    )
    parser.add_argument(
        "--licence",
        default="The licence of the training photos applies to this model too.",
        help="sentence stored with the model: what its photos allow",
    )
    for setting in fields(TrainingConfig):
        flag = "--" + setting.name.replace("_", "-")
        text = setting.metadata["help"]
        if isinstance(setting.default, bool):
            parser.add_argument(flag, action="store_true", help=text)
        else:
            kind = type(setting.default)
            parser.add_argument(flag, type=kind, default=setting.default, help=text)
    return parser


def _face_size(text: str) -> int:
    try:
        return FaceSpec(int(text)).size
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
