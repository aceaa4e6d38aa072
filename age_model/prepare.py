"""Preparing a data set once: find, align and store the face of every labelled photo.

The result is a folder of compact shards that can be carried to another machine and trained on
there without a face detector.
"""

import hashlib
import json
import logging
import multiprocessing
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image
from tqdm import tqdm

from age_model.alignment import FaceSpec, align_face, whole_picture
from age_model.dataset import DatasetError, LabelledPhotos, Problem, ProblemKind
from age_model.detection import MIN_SCORE, SMALLEST_FACE, WORKING_SIDE, FaceDetector, main_face
from age_model.photos import PhotoError, open_photo
from age_model.splits import assign_splits, conflicting_labels, picture_hash

DEFAULT_CACHE_DIR = Path(".cache/prepared")
PHOTOS_PER_SHARD = 256
# Faces are stored as JPEG without chroma subsampling; at this quality the predicted age of a
# stored face differs from that of the uncompressed one by a few hundredths of a year.
JPEG_QUALITY = 95

log = logging.getLogger(__name__)


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
    """
    folder = cache_dir / _cache_key(labelled, spec)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [labelled.root / path for path in labelled.table["path"]]
    shards = [
        (folder / f"shard-{start // PHOTOS_PER_SHARD:05d}.npz", paths[start : start + PHOTOS_PER_SHARD])
        for start in range(0, len(paths), PHOTOS_PER_SHARD)
    ]
    _prepare_shards([(file, part, spec) for file, part in shards if not file.exists()], workers)
    records = pd.DataFrame([row for file, _ in shards for row in _read_records(file)])
    table = pd.concat([labelled.table.reset_index(drop=True), records], axis=1)
    problems = [*labelled.problems, *_photo_problems(table)]
    readable = (table["error"] == "").to_numpy()
    table = table.drop(columns="error")[readable].reset_index(drop=True)
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
        table = pd.read_csv(folder / "faces.csv", dtype={"file_name": str, "content_hash": str})
        shards = [_read_jpegs(file) for file in sorted(folder.glob("shard-*.npz"))]
        everything = [jpeg for shard in shards for jpeg in shard]
        jpegs = tuple(everything[i] for i in index["rows"])
    except (OSError, KeyError, IndexError, ValueError) as error:
        raise PreparedError(
            f"{folder} holds no complete set of prepared faces ({error}). "
            "Make one with: python -m age_model prepare --data-dir DIR"
        ) from error
    problems = tuple(
        Problem(ProblemKind(kind), name, detail) for kind, name, detail in index["problems"]
    )
    return PreparedFaces(table, jpegs, FaceSpec.from_dict(index["spec"]), problems)


def prepared_folder(labelled: LabelledPhotos, spec: FaceSpec, cache_dir: Path) -> Path:
    """Return the folder in which `prepare` keeps this set."""
    return cache_dir / _cache_key(labelled, spec)


def _cache_key(labelled: LabelledPhotos, spec: FaceSpec) -> str:
    digest = hashlib.sha256()
    settings = (spec.to_dict(), WORKING_SIDE, SMALLEST_FACE, MIN_SCORE, JPEG_QUALITY)
    digest.update(repr(settings).encode())
    for path in labelled.table["path"]:
        stat = (labelled.root / path).stat()
        digest.update(f"{path}\0{stat.st_size}\0{int(stat.st_mtime)}\n".encode())
    return digest.hexdigest()[:16]


def _prepare_shards(jobs: list[tuple[Path, list[Path], FaceSpec]], workers: int | None) -> None:
    if not jobs:
        return
    count = min(workers or os.cpu_count() or 1, len(jobs))
    total = sum(len(paths) for _, paths, _ in jobs)
    # Spawned, not forked: PyTorch's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with (
        context.Pool(count, initializer=_start_worker) as pool,
        tqdm(total=total, unit="photo", desc="Finding faces") as progress,
    ):
        for done in pool.imap_unordered(_prepare_shard, jobs):
            progress.update(done)


_detector: FaceDetector


def _start_worker() -> None:
    global _detector
    torch.set_num_threads(1)
    _detector = FaceDetector()


def _prepare_shard(job: tuple[Path, list[Path], FaceSpec]) -> int:
    file, paths, spec = job
    results = [prepare_photo(path, spec, _detector) for path in paths]
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


def _photo_problems(table: pd.DataFrame) -> Iterable[Problem]:
    for row in table[table["error"] != ""].itertuples():
        yield Problem(ProblemKind.UNREADABLE, row.file_name, row.error)
    for row in table[(table["error"] == "") & ~table["face_found"].astype(bool)].itertuples():
        yield Problem(ProblemKind.NO_FACE, row.file_name, "the whole picture is used as the face")


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


def _read_records(file: Path) -> list[dict[str, Any]]:
    with np.load(file) as shard:
        records: list[dict[str, Any]] = json.loads(str(shard["records"]))
    return records


def _read_jpegs(file: Path) -> list[bytes]:
    with np.load(file) as shard:
        blob, ends = shard["jpegs"].tobytes(), shard["ends"].tolist()
    return [blob[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
