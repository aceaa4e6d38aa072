"""Builds a face set once: finds, aligns and stores the face of every labelled photo.

The result is the folder that `load_face_set` reads. Faces that were found before, for any set of
photos under the same cache folder, are taken from there: adding photos costs only the time of the
new.
"""

import hashlib
import os
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from age_model.data import DEFAULT_CACHE_DIR
from age_model.data.face_set import (
    DAMAGED,
    SHARDS,
    FaceSet,
    FaceSetError,
    StoredFace,
    load_face_set,
    read_digests,
    read_jpegs,
    read_records,
    shard_file,
    write_index,
    write_shard,
)
from age_model.data.labels import LabelledPhotos
from age_model.data.problems import DatasetError, Problem, ProblemKind
from age_model.data.splits import assign_splits, conflicting_labels, picture_hash
from age_model.i18n.message import mark
from age_model.vision.alignment import FaceSpec, align_face, whole_picture
from age_model.vision.default_detector import default_detector
from age_model.vision.detector import Detector, DetectorError
from age_model.vision.faces import main_face
from age_model.vision.photos import PhotoError, open_photo
from age_model.vision.workers import worker_context

PHOTOS_PER_SHARD = 256
# Faces are stored as JPEG without chroma subsampling; at this quality the predicted age of a
# stored face differs from that of the uncompressed one by less than a tenth of a year on average
# (150 UTKFace photos).
JPEG_QUALITY = 95

# Where the faces of photos are, by their digest: a shard and the place in it.
Known = dict[str, tuple[Path, int]]


def build_face_set(
    labelled: LabelledPhotos,
    spec: FaceSpec,
    cache_dir: Path = DEFAULT_CACHE_DIR,
    workers: int | None = None,
    detector: Detector | None = None,
) -> FaceSet:
    """Find and align the faces of labelled photos, or take them from the cache.

    Photos are worked on in shards, in parallel; an interrupted run goes on where it stopped. Faces
    that another set under `cache_dir` has are copied from it.

    Args:
        labelled: the label table.
        spec: the crop.
        cache_dir: folder under which the set is kept, in a folder of its own named by
            the photos (name, size, time of change) and by every setting that shapes the faces.
        workers: processes; by default one a core.
        detector: finds the faces; by default the one of `default_detector`.

    Raises:
        DatasetError: if no photo can be used.
        FaceSetError: if the faces cannot be found here, or the cache is damaged.
    """
    detector = detector or default_detector()
    folder = face_set_folder(labelled, spec, cache_dir, detector)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [labelled.root / path for path in labelled.table["path"]]
    starts = range(0, len(paths), PHOTOS_PER_SHARD)
    files = [shard_file(folder, number) for number in range(len(starts))]
    _make_shards(
        [
            (file, paths[start : start + PHOTOS_PER_SHARD], spec)
            for file, start in zip(files, starts, strict=True)
            if not file.exists()
        ],
        detector,
        cache_dir,
        workers,
    )
    records = pd.DataFrame([record for file in files for record in read_records(file)])
    problems = [*labelled.problems, *_photo_problems(labelled.table["file_name"], records)]
    readable = (records.pop("error") == "").to_numpy()
    # A further column of the labels may have the name of one that is made here.
    labels = labelled.table.drop(columns=records.columns, errors="ignore").reset_index(drop=True)
    table = labels.join(records)[readable].reset_index(drop=True)
    if table.empty:
        raise DatasetError(f"None of the {len(paths)} photos in {labelled.root} could be read.")
    table = assign_splits(table)
    problems += conflicting_labels(table)
    write_index(folder, table, np.flatnonzero(readable), spec, problems)
    return load_face_set(folder)


def face_set_folder(
    labelled: LabelledPhotos, spec: FaceSpec, cache_dir: Path, detector: Detector | None = None
) -> Path:
    """Return the folder in which `build_face_set` keeps this set."""
    return cache_dir / _cache_key(labelled, spec, detector or default_detector())


def _cache_key(labelled: LabelledPhotos, spec: FaceSpec, detector: Detector) -> str:
    digest = hashlib.sha256(_settings(spec, detector))
    for path in labelled.table["path"]:
        stat = (labelled.root / path).stat()
        digest.update(f"{path}\0{stat.st_size}\0{int(stat.st_mtime)}\n".encode())
    return digest.hexdigest()[:16]


def _settings(spec: FaceSpec, detector: Detector) -> bytes:
    """Return every setting that shapes a face."""
    return f"({spec.to_dict()}, {detector.cache_key}, {JPEG_QUALITY})".encode()


# A shard to write, its photos, and how their faces are cut.
Job = tuple[Path, list[Path], FaceSpec]


def _make_shards(jobs: list[Job], detector: Detector, cache_dir: Path, workers: int | None) -> None:
    if not jobs:
        return
    known = _known_faces(cache_dir)
    count = min(workers or os.cpu_count() or 1, len(jobs))
    with tqdm(total=sum(len(job[1]) for job in jobs), unit="photo", desc="Finding faces") as bar:
        results = (
            _in_processes(jobs, known, detector, count)
            if count > 1
            else _in_this_process(jobs, known, detector)
        )
        try:
            for done in results:
                bar.update(done)
        except DetectorError as error:
            raise FaceSetError(
                f"{error} Where that is not possible, train on faces prepared elsewhere "
                "(--prepared)."
            ) from error


def _known_faces(cache_dir: Path) -> Known:
    known: Known = {}
    for file in cache_dir.glob(f"*/{SHARDS}"):
        with suppress(*DAMAGED):  # its faces are found again
            known |= {digest: (file, i) for i, digest in enumerate(read_digests(file))}
    known.pop("", None)
    return known


def _in_this_process(jobs: list[Job], known: Known, detector: Detector) -> Iterator[int]:
    return (_make_shard(job, known, detector) for job in jobs)


def _in_processes(jobs: list[Job], known: Known, detector: Detector, count: int) -> Iterator[int]:
    context = worker_context()
    try:
        with ProcessPoolExecutor(count, context, _start_worker, (known, detector)) as pool:
            yield from pool.map(_make_shard_in_worker, jobs)
    except BrokenProcessPool as error:
        raise FaceSetError(
            "A process that finds faces was ended, probably because memory ran out. What is done "
            "is kept; go on with: python -m age_model prepare --data-dir DIR --workers 1"
        ) from error


_detector: Detector
_known: Known


def _start_worker(known: Known, detector: Detector) -> None:
    global _detector, _known
    # Ctrl-C ends a worker at once and without a traceback; half a shard is never seen.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    torch.set_num_threads(1)
    _detector, _known = detector, known


def _make_shard_in_worker(job: Job) -> int:
    return _make_shard(job, _known, _detector)


def _make_shard(job: Job, known: Known, detector: Detector) -> int:
    file, paths, spec = job
    settings = _settings(spec, detector)
    digests = [_digest(path, settings) for path in paths]
    kept = _kept_faces(digests, known)
    faces = [
        kept.get(digest) or StoredFace(digest, *detect_and_align(path, spec, detector))
        for path, digest in zip(paths, digests, strict=True)
    ]
    write_shard(file, faces)
    return len(paths)


def _digest(path: Path, settings: bytes) -> str:
    """Hash a photo's file and the settings (32 hex digits); "" if it cannot be read now."""
    digest = hashlib.sha256(settings)
    try:
        with path.open("rb") as file:
            hashlib.file_digest(file, lambda: digest)
    except OSError:
        return ""
    return digest.hexdigest()[:32]


def _kept_faces(digests: list[str], known: Known) -> dict[str, StoredFace]:
    """Read those of the faces that other shards have, each shard once."""
    places = {digest: known[digest] for digest in digests if digest in known}
    faces = {}
    for file in {file for file, _ in places.values()}:
        with suppress(*DAMAGED):  # as above
            records, jpegs = read_records(file), read_jpegs(file)
            for digest, (other, i) in places.items():
                if other == file:
                    faces[digest] = StoredFace(digest, records[i], jpegs[i])
    return faces


def detect_and_align(
    path: Path, spec: FaceSpec, detector: Detector
) -> tuple[dict[str, Any], bytes]:
    """Find and align the labelled face of one photo.

    Args:
        path: the photo.
        spec: the crop.
        detector: finds the faces.

    Returns:
        The row of `FaceSet.table` for the photo, with `error` (empty, or why the photo could
        not be read), and the aligned face as JPEG (empty if it could not be read). Where no face
        is found the whole picture stands in for it.
    """
    empty = dict.fromkeys(("left", "top", "right", "bottom", "detection_score"))
    try:
        image = open_photo(path)
    except PhotoError as error:
        return {"content_hash": "", "face_found": False, **empty, "error": str(error)}, b""
    record: dict[str, Any] = {"content_hash": picture_hash(image), "face_found": False, **empty}
    (faces,) = detector.detect([image])
    face = main_face(faces, image)
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
