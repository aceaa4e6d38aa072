"""A face set: the aligned faces of a data set with their labels, in one folder of files.

It can be carried to another machine and trained on there without a face detector. The faces lie in
shards, NumPy files of some hundred faces each; `build_face_set` makes them.
"""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, overload
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np
import pandas as pd
import torch
from PIL import Image

from age_model.data.problems import Problem, ProblemKind
from age_model.vision.alignment import FaceSpec

# What reading a cut off or otherwise damaged file raises.
DAMAGED = (OSError, EOFError, BadZipFile, LookupError, RecursionError, TypeError, ValueError)
SHARDS = "shard-*.npz"


class FaceSetError(ValueError):
    """A face set cannot be used; the message says why and what to do."""


class StoredFace(NamedTuple):
    """One photo's entry of a shard.

    Attributes:
        digest: of the photo's file and of all that shapes the face; "" if it is not known.
        record: what `FaceSet.table` says of the photo beside its label, with `error`: empty,
            or why the photo could not be read.
        jpeg: the aligned face, a JPEG file; empty if the photo could not be read.
    """

    digest: str
    record: dict[str, Any]
    jpeg: bytes


@dataclass(frozen=True)
class FaceSet:
    """Aligned faces with their labels.

    Attributes:
        table: one row a face: the label columns, `content_hash`, `face_found`, `left`, `top`,
            `right`, `bottom` (pixels of the photo), `detection_score`.
        jpegs: the aligned faces, JPEG files, in the order of `table`; those of a folder are read
            from its shards when they are asked for.
        spec: how they were aligned.
        problems: what was wrong with the labels or photos.
    """

    table: pd.DataFrame
    jpegs: Sequence[bytes]
    spec: FaceSpec
    problems: tuple[Problem, ...]

    def __len__(self) -> int:
        return len(self.jpegs)

    @property
    def without_face(self) -> int:
        """In how many photos no face was found and the whole picture stands in."""
        return len(self) - int(self.table["face_found"].sum())

    def select(self, split: str) -> "FaceSet":
        """Return the faces of one split (`train`, `valid`, `test`), or of `all`.

        Raises:
            FaceSetError: if the split has no faces.
        """
        if split == "all":
            return self
        chosen = self.where(self.table["split"] == split)
        if not len(chosen):
            raise FaceSetError(f"The data set has no photos in its {split} split.")
        return chosen

    def where(self, kept: pd.Series) -> "FaceSet":
        """Return the faces whose rows are marked, perhaps none; bool, indexed as the table."""
        chosen = np.flatnonzero(kept)
        return replace(
            self,
            table=self.table.iloc[chosen].reset_index(drop=True),
            jpegs=_taken(self.jpegs, chosen),
        )

    def image(self, number: int) -> torch.Tensor:
        """Decode one face: uint8, shape (3, size, size), RGB."""
        with Image.open(BytesIO(self.jpegs[number])) as face:
            return torch.from_numpy(np.array(face)).permute(2, 0, 1)

    def images(self) -> torch.Tensor:
        """Decode all faces: uint8, shape (N, 3, size, size), RGB."""
        images = torch.empty((len(self), 3, self.spec.size, self.spec.size), dtype=torch.uint8)
        with ThreadPoolExecutor() as pool:
            for i, image in enumerate(pool.map(self.image, range(len(self)))):
                images[i] = image
        return images

    def batches(self, size: int) -> Iterator[torch.Tensor]:
        """Decode the faces in their order, `size` at a time, so that many need not fit in memory.

        Yields:
            uint8, shape (B, 3, size, size), RGB; the last may have fewer faces.
        """
        for start in range(0, len(self), size):
            end = start + size
            yield replace(self, table=self.table[start:end], jpegs=self.jpegs[start:end]).images()


class StoredJpegs(Sequence[bytes]):
    """JPEG files in shards, each read from the disk when it is asked for.

    Args:
        files: the shards.
        places: of each JPEG the number of its shard, and where in that file it begins and ends,
            int, shape (N, 3).
    """

    def __init__(self, files: Sequence[Path], places: np.ndarray) -> None:
        self._files, self._places = files, places

    @classmethod
    def of(cls, files: Sequence[Path]) -> "StoredJpegs":
        """Find all JPEGs of shards; a damaged file raises one of `DAMAGED`."""
        places = [np.empty((0, 3), int)]
        for number, file in enumerate(files):
            with np.load(file) as shard:
                ends = shard["ends"]
            start = _blob_start(file)
            starts = start + np.concatenate([[0], ends])[:-1]
            places.append(np.stack([np.full(len(ends), number), starts, start + ends], 1))
        return cls(files, np.concatenate(places))

    def take(self, chosen: np.ndarray | slice) -> "StoredJpegs":
        """Return some of the JPEGs, by their numbers."""
        return StoredJpegs(self._files, self._places[chosen])

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> "StoredJpegs": ...
    def __getitem__(self, index: int | slice) -> "bytes | StoredJpegs":
        if isinstance(index, slice):
            return self.take(index)
        file, start, end = self._places[index]
        with self._files[file].open("rb") as shard:
            shard.seek(start)
            return shard.read(end - start)


def _taken(jpegs: Sequence[bytes], chosen: np.ndarray) -> Sequence[bytes]:
    if isinstance(jpegs, StoredJpegs):
        return jpegs.take(chosen)
    return tuple(jpegs[i] for i in chosen)


def _blob_start(file: Path) -> int:
    """Return where the JPEGs of a shard begin in its file, bytes."""
    with ZipFile(file) as archive, archive.open("jpegs.npy") as array:
        np.lib.format.read_magic(array)
        np.lib.format.read_array_header_1_0(array)
        header = array.tell()
        member = archive.getinfo("jpegs.npy")
        if member.compress_type != ZIP_STORED:
            raise ValueError(f"{file.name} is compressed")
    with file.open("rb") as raw:
        raw.seek(member.header_offset + 26)  # after it: lengths of the name and the extra field
        lengths = int.from_bytes(raw.read(2), "little"), int.from_bytes(raw.read(2), "little")
    return member.header_offset + 30 + sum(lengths) + header


def load_face_set(folder: Path) -> FaceSet:
    """Read a folder written by `build_face_set`.

    Raises:
        FaceSetError: if the folder is not a complete face set.
    """
    try:
        index = json.loads((folder / "prepared.json").read_text(encoding="utf-8"))
        spec = FaceSpec.from_dict(index["spec"])
        problems = tuple(Problem(ProblemKind(kind), *rest) for kind, *rest in index["problems"])
        table = _read_table(folder / "faces.csv")
        files = sorted(folder.glob(SHARDS))
        if files != [shard_file(folder, number) for number in range(len(files))]:
            raise ValueError("a shard is missing")
        jpegs = _taken(StoredJpegs.of(files), np.array(index["rows"], dtype=int))
        if len(jpegs) != len(table):
            raise ValueError(f"{len(jpegs)} faces, but {len(table)} labels")
    except DAMAGED as error:
        raise FaceSetError(
            f"{folder} holds no complete set of prepared faces ({error}). "
            "Make one with: python -m age_model prepare --data-dir DIR"
        ) from error
    return FaceSet(table, jpegs, spec, problems)


def write_index(
    folder: Path, table: pd.DataFrame, rows: np.ndarray, spec: FaceSpec, problems: list[Problem]
) -> None:
    """Write what makes a folder of shards a face set.

    Args:
        folder: of the set.
        table: as `FaceSet` has it.
        rows: where the face of each row lies, counted through all shards, int, shape (N,).
        spec: how the faces were aligned.
        problems: what was wrong with the labels or photos.
    """
    table.to_csv(folder / "faces.csv", index=False)
    index = {
        "spec": spec.to_dict(),
        "rows": rows.tolist(),
        "problems": [[str(p.kind), p.file_name, p.detail] for p in problems],
    }
    (folder / "prepared.json").write_text(json.dumps(index), encoding="utf-8")


def shard_file(folder: Path, number: int) -> Path:
    """Return the name of a shard, counted from 0."""
    return folder / f"shard-{number:05d}.npz"


def write_shard(file: Path, faces: list[StoredFace]) -> None:
    """Write a shard in one step: half of one is never seen."""
    partial = file.with_suffix(f".{os.getpid()}.part")  # another process may work on the same set
    with partial.open("wb") as out:
        np.savez(
            out,
            jpegs=np.frombuffer(b"".join(face.jpeg for face in faces), np.uint8),
            ends=np.cumsum([len(face.jpeg) for face in faces], dtype=np.int64),
            records=np.array(json.dumps([face.record for face in faces])),
            digests=np.array([face.digest for face in faces]),
        )
    partial.replace(file)


def read_records(file: Path) -> list[dict[str, Any]]:
    """Read the records of a shard, and no face.

    Raises:
        FaceSetError: if the file is damaged.
    """
    try:
        with np.load(file) as shard:
            records: list[dict[str, Any]] = json.loads(str(shard["records"]))
    except DAMAGED as error:
        raise FaceSetError(f"{file} cannot be read ({error}): delete it and try again.") from error
    return records


def read_jpegs(file: Path) -> list[bytes]:
    """Read the faces of a shard; a damaged file raises one of `DAMAGED`."""
    with np.load(file) as shard:
        blob, ends = shard["jpegs"].tobytes(), shard["ends"].tolist()
    return [blob[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def read_digests(file: Path) -> list[str]:
    """Read the digests of a shard's photos; empty for one written before shards had any."""
    with np.load(file) as shard:
        return shard["digests"].tolist() if "digests" in shard else []


def _read_table(file: Path) -> pd.DataFrame:
    """Read what `write_index` wrote: only an empty value is a missing one, ages are exact."""
    return pd.read_csv(
        file,
        dtype={"file_name": str, "path": str, "content_hash": str},
        keep_default_na=False,
        na_values=[""],
    )
