"""Preparing a data set once: find, align and store the face of every labelled photo.

The result is a folder of compact shards that can be carried to another machine and trained on
there without a face detector.
"""

import hashlib
import json
import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import torch
from PIL import Image
from tqdm import tqdm

from age_model.alignment import FaceSpec, align_face, whole_picture
from age_model.dataset import DatasetError, LabelledPhotos, Problem, ProblemKind
from age_model.detection import (
    BORDER,
    MIN_SCORE,
    SMALLEST_FACE,
    WORKING_SIDE,
    FaceDetector,
    main_face,
)
from age_model.language import mark
from age_model.photos import PhotoError, open_photo
from age_model.splits import assign_splits, conflicting_labels, picture_hash

DEFAULT_CACHE_DIR = Path(".cache/prepared")
PHOTOS_PER_SHARD = 256
# Faces are stored as JPEG without chroma subsampling; at this quality the predicted age of a
# stored face differs from that of the uncompressed one by less than a tenth of a year on average
# (150 UTKFace photos).
JPEG_QUALITY = 95

# What reading a cut off or otherwise damaged file raises.
_DAMAGED = (OSError, EOFError, BadZipFile, KeyError, IndexError, TypeError, ValueError)


class PreparedError(ValueError):
    """A folder of prepared faces cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class PreparedFaces:
    """Aligned faces with their labels.

    Attributes:
        table: one row a face: the label columns, `content_hash`, `face_found`, `left`, `top`,
            `right`, `bottom` (pixels of the photo), `detection_score`.
        jpegs: the aligned faces, JPEG files in memory, in the order of `table`.
        spec: how they were aligned.
        problems: what was wrong with the labels or photos.
    """

    table: pd.DataFrame
    jpegs: tuple[bytes, ...]
    spec: FaceSpec
    problems: tuple[Problem, ...]

    def __len__(self) -> int:
        return len(self.jpegs)

    @property
    def without_face(self) -> int:
        """In how many photos no face was found and the whole picture stands in."""
        return len(self) - int(self.table["face_found"].sum())

    def select(self, split: str) -> "PreparedFaces":
        """Return the faces of one split (`train`, `valid`, `test`), or of `all`.

        Raises:
            PreparedError: if the split has no faces.
        """
        if split == "all":
            return self
        chosen = np.flatnonzero(self.table["split"] == split)
        if not len(chosen):
            raise PreparedError(f"The data set has no photos in its {split} split.")
        return replace(
            self,
            table=self.table.iloc[chosen].reset_index(drop=True),
            jpegs=tuple(self.jpegs[i] for i in chosen),
        )

    def images(self) -> torch.Tensor:
        """Decode all faces: uint8, shape (N, 3, size, size), RGB."""
        images = torch.empty((len(self), 3, self.spec.size, self.spec.size), dtype=torch.uint8)
        for i, jpeg in enumerate(self.jpegs):
            with Image.open(BytesIO(jpeg)) as face:
                images[i] = torch.from_numpy(np.array(face)).permute(2, 0, 1)
        return images


def prepare(
    labelled: LabelledPhotos,
    spec: FaceSpec,
    cache_dir: Path = DEFAULT_CACHE_DIR,
    workers: int | None = None,
) -> PreparedFaces:
    """Find and align the faces of labelled photos, or take them from the cache.

    Photos are worked on in shards, in parallel; an interrupted run goes on where it stopped.

    Args:
        labelled: the label table.
        spec: the crop.
        cache_dir: folder under which the prepared set is kept, in a folder of its own named by
            the photos (name, size, time of change) and by every setting that shapes the faces.
        workers: processes; by default one a core.

    Raises:
        DatasetError: if no photo can be used.
        PreparedError: if the faces cannot be found here, or the cache is damaged.
    """
    folder = prepared_folder(labelled, spec, cache_dir)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [labelled.root / path for path in labelled.table["path"]]
    starts = range(0, len(paths), PHOTOS_PER_SHARD)
    files = [folder / _shard_name(number) for number in range(len(starts))]
    _prepare_shards(
        [
            (file, paths[start : start + PHOTOS_PER_SHARD], spec)
            for file, start in zip(files, starts, strict=True)
            if not file.exists()
        ],
        workers,
    )
    records = pd.DataFrame([record for file in files for record in _read_records(file)])
    problems = [*labelled.problems, *_photo_problems(labelled.table["file_name"], records)]
    readable = (records.pop("error") == "").to_numpy()
    # A further column of the labels may have the name of one that is made here.
    labels = labelled.table.drop(columns=records.columns, errors="ignore").reset_index(drop=True)
    table = labels.join(records)[readable].reset_index(drop=True)
    if table.empty:
        raise DatasetError(f"None of the {len(paths)} photos in {labelled.root} could be read.")
    table = assign_splits(table)
    problems += conflicting_labels(table)
    _write_index(folder, table, np.flatnonzero(readable), spec, problems)
    return load_prepared(folder)


def load_prepared(folder: Path) -> PreparedFaces:
    """Read a folder written by `prepare`.

    Raises:
        PreparedError: if the folder is not a complete prepared set.
    """
    try:
        index = json.loads((folder / "prepared.json").read_text(encoding="utf-8"))
        spec = FaceSpec.from_dict(index["spec"])
        problems = tuple(Problem(ProblemKind(kind), *rest) for kind, *rest in index["problems"])
        table = _read_table(folder / "faces.csv")
        files = sorted(folder.glob("shard-*.npz"))
        if [file.name for file in files] != [_shard_name(number) for number in range(len(files))]:
            raise ValueError("a shard is missing")
        everything = [jpeg for file in files for jpeg in _read_jpegs(file)]
        jpegs = tuple(everything[i] for i in index["rows"])
        if len(jpegs) != len(table):
            raise ValueError(f"{len(jpegs)} faces, but {len(table)} labels")
    except _DAMAGED as error:
        raise PreparedError(
            f"{folder} holds no complete set of prepared faces ({error}). "
            "Make one with: python -m age_model prepare --data-dir DIR"
        ) from error
    return PreparedFaces(table, jpegs, spec, problems)


def prepared_folder(labelled: LabelledPhotos, spec: FaceSpec, cache_dir: Path) -> Path:
    """Return the folder in which `prepare` keeps this set."""
    return cache_dir / _cache_key(labelled, spec)


def _cache_key(labelled: LabelledPhotos, spec: FaceSpec) -> str:
    digest = hashlib.sha256()
    settings = (spec.to_dict(), WORKING_SIDE, SMALLEST_FACE, BORDER, MIN_SCORE, JPEG_QUALITY)
    digest.update(repr(settings).encode())
    for path in labelled.table["path"]:
        stat = (labelled.root / path).stat()
        digest.update(f"{path}\0{stat.st_size}\0{int(stat.st_mtime)}\n".encode())
    return digest.hexdigest()[:16]


# A shard to write, its photos, and how their faces are cut.
Job = tuple[Path, list[Path], FaceSpec]


def _shard_name(number: int) -> str:
    return f"shard-{number:05d}.npz"


def _prepare_shards(jobs: list[Job], workers: int | None) -> None:
    if not jobs:
        return
    if find_spec("facenet_pytorch") is None:
        raise PreparedError(
            "Finding faces needs facenet-pytorch: pip install -r requirements.txt. "
            "Where it cannot be installed, train on faces prepared elsewhere (--prepared)."
        )
    count = min(workers or os.cpu_count() or 1, len(jobs))
    with tqdm(total=sum(len(job[1]) for job in jobs), unit="photo", desc="Finding faces") as bar:
        for done in _in_processes(jobs, count) if count > 1 else _in_this_process(jobs):
            bar.update(done)


def _in_this_process(jobs: list[Job]) -> Iterator[int]:
    detector = FaceDetector()
    return (_prepare_shard(job, detector) for job in jobs)


def _in_processes(jobs: list[Job], count: int) -> Iterator[int]:
    # Spawned, not forked: PyTorch's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(count, context, initializer=_start_worker) as pool:
            yield from pool.map(_prepare_shard_in_worker, jobs)
    except BrokenProcessPool as error:
        raise PreparedError(
            "A process that finds faces was ended, probably because memory ran out. What is done "
            "is kept; go on with: python -m age_model prepare --data-dir DIR --workers 1"
        ) from error


_detector: FaceDetector


def _start_worker() -> None:
    global _detector
    # Ctrl-C ends a worker at once and without a traceback; half a shard is never seen.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    torch.set_num_threads(1)
    _detector = FaceDetector()


def _prepare_shard_in_worker(job: Job) -> int:
    return _prepare_shard(job, _detector)


def _prepare_shard(job: Job, detector: FaceDetector) -> int:
    file, paths, spec = job
    results = [prepare_photo(path, spec, detector) for path in paths]
    jpegs = [jpeg for _, jpeg in results]
    partial = file.with_suffix(".part")
    with partial.open("wb") as out:
        np.savez(
            out,
            jpegs=np.frombuffer(b"".join(jpegs), np.uint8),
            ends=np.cumsum([len(jpeg) for jpeg in jpegs], dtype=np.int64),
            records=np.array(json.dumps([record for record, _ in results])),
        )
    partial.replace(file)
    return len(paths)


def prepare_photo(
    path: Path, spec: FaceSpec, detector: FaceDetector
) -> tuple[dict[str, Any], bytes]:
    """Find and align the labelled face of one photo.

    Args:
        path: the photo.
        spec: the crop.
        detector: finds the faces.

    Returns:
        What `PreparedFaces.table` says of the photo, with `error` (empty, or why the photo could
        not be read), and the aligned face as JPEG (empty if it could not be read). Where no face
        is found the whole picture stands in for it.
    """
    empty = dict.fromkeys(("left", "top", "right", "bottom", "detection_score"))
    try:
        image = open_photo(path)
    except PhotoError as error:
        return {"content_hash": "", "face_found": False, **empty, "error": str(error)}, b""
    record: dict[str, Any] = {"content_hash": picture_hash(image), "face_found": False, **empty}
    face = main_face(detector.detect(image), image)
    if face is None:
        crop = whole_picture(image, spec)
    else:
        crop = align_face(image, face.landmarks, spec)
        box = dict(zip(("left", "top", "right", "bottom"), np.round(face.box, 1), strict=True))
        record |= {"face_found": True, **{k: float(v) for k, v in box.items()}}
        record["detection_score"] = round(face.score, 4)
    buffer = BytesIO()
    crop.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return record | {"error": ""}, buffer.getvalue()


def _photo_problems(names: pd.Series, records: pd.DataFrame) -> Iterable[Problem]:
    for name, error in zip(names, records["error"], strict=True):
        if error:
            yield Problem(ProblemKind.UNREADABLE, name, error)
    for name, error, found in zip(names, records["error"], records["face_found"], strict=True):
        if not error and not found:
            yield Problem(ProblemKind.NO_FACE, name, mark("the whole picture is used as the face"))


def _write_index(
    folder: Path, table: pd.DataFrame, rows: np.ndarray, spec: FaceSpec, problems: list[Problem]
) -> None:
    table.to_csv(folder / "faces.csv", index=False)
    index = {
        "spec": spec.to_dict(),
        "rows": rows.tolist(),
        "problems": [[str(p.kind), p.file_name, p.detail] for p in problems],
    }
    (folder / "prepared.json").write_text(json.dumps(index), encoding="utf-8")


def _read_table(file: Path) -> pd.DataFrame:
    """Read what `_write_index` wrote: only an empty value is a missing one, ages are exact."""
    return pd.read_csv(
        file,
        dtype={"file_name": str, "path": str, "content_hash": str},
        keep_default_na=False,
        na_values=[""],
        float_precision="round_trip",
    )


def _read_records(file: Path) -> list[dict[str, Any]]:
    try:
        with np.load(file) as shard:
            records: list[dict[str, Any]] = json.loads(str(shard["records"]))
    except _DAMAGED as error:
        raise PreparedError(f"{file} cannot be read ({error}): delete it and try again.") from error
    return records


def _read_jpegs(file: Path) -> list[bytes]:
    with np.load(file) as shard:
        blob, ends = shard["jpegs"].tobytes(), shard["ends"].tolist()
    return [blob[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
