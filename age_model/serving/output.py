"""The folder that bulk scoring writes: parts in Parquet, and a manifest of what is in them."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pyarrow import compute, parquet

from age_model import __version__
from age_model.i18n.message import Sentence
from age_model.model.json_files import read_json, write_json
from age_model.serving.rows import Row, as_table

MANIFEST = "manifest.json"
PARTS = "parts"  # the folder of Parquet files in the folder of the results
FORMAT = 1
UNFINISHED = ".unfinished"  # suffix of a part that is being written
_WHAT_COUNTS = ["width", "faces.list.element.age"]


class OutputError(ValueError):
    """A folder cannot take the results; the message is one sentence."""


@dataclass(frozen=True)
class Totals:
    """What is in the parts.

    Attributes:
        photos: all of them: the sum of those with and without faces, and the unreadable.
        with_faces: photos.
        without_face: photos.
        unreadable: files.
        faces: on all photos.
    """

    photos: int = 0
    with_faces: int = 0
    without_face: int = 0
    unreadable: int = 0
    faces: int = 0


@dataclass(frozen=True)
class Run:
    """What made the results: they stay together only if none of it changes.

    Attributes:
        engine: "local" or "ray".
        model_version: of the model that estimates the ages.
    """

    engine: str
    model_version: str


def begin(folder: Path, run: Run, sources: Iterable[str]) -> None:
    """Make a folder ready for results, or for more of them.

    Raises:
        OutputError: it has other results.
    """
    if (folder / MANIFEST).exists():
        _check_same_run(folder, run)
    elif folder.exists() and any(folder.iterdir()):
        raise OutputError(
            Sentence(
                "{folder} has other files than those of “score”: choose another folder.",
                folder=folder,
            )
        )
    (folder / PARTS).mkdir(parents=True, exist_ok=True)
    for part in (folder / PARTS).glob(f".*{UNFINISHED}"):
        part.unlink()
    _write_manifest(folder, run, sources, complete=False, content={})


def finish(folder: Path, run: Run, sources: Iterable[str]) -> Totals:
    """Count what is in the parts, and write the manifest of a complete run."""
    parts, totals = {}, Totals()
    for part in part_files(folder):
        here = _count(part)
        parts[part.name] = here.photos
        totals = Totals(*(sum(pair) for pair in zip(_values(totals), _values(here), strict=True)))
    content = {**asdict(totals), "parts": parts}
    _write_manifest(folder, run, sources, complete=True, content=content)
    return totals


def part_files(folder: Path) -> list[Path]:
    """Return the finished parts."""
    return sorted((folder / PARTS).glob("*.parquet"))


def finished_ids(folder: Path) -> Iterator[str]:
    """Yield the ids of all photos in finished parts."""
    for part in part_files(folder):
        yield from parquet.ParquetFile(part).read(columns=["id"])["id"].to_pylist()


def read_rows(folder: Path) -> Iterator[Row]:
    """Yield all rows, some in memory at a time.

    Raises:
        OutputError: the folder has no results.
    """
    parts = part_files(folder)
    if not (folder / MANIFEST).exists() or not parts:
        raise OutputError(
            Sentence("{folder} has no results: name a folder that “score” wrote.", folder=folder)
        )
    for part in parts:
        for batch in parquet.ParquetFile(part).iter_batches(batch_size=256):
            yield from batch.to_pylist()


def write_part(rows: list[Row], file: Path) -> None:
    """Write a part: it is there as a whole, or not at all."""
    unfinished = file.with_name(f".{file.name}{UNFINISHED}")
    with unfinished.open("wb") as stream:
        parquet.write_table(as_table(rows), stream, compression="zstd")
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(file)


def _check_same_run(folder: Path, run: Run) -> None:
    try:
        manifest = read_json(folder / MANIFEST)
        before = Run(manifest["engine"], manifest["model_version"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise OutputError(
            Sentence("{file} is damaged: choose another folder.", file=folder / MANIFEST)
        ) from error
    if before != run and part_files(folder):
        raise OutputError(
            Sentence(
                "{folder} has results of {engine} with model {version}: go on with these, or "
                "choose another folder.",
                folder=folder,
                engine=f"--engine {before.engine}",
                version=before.model_version,
            )
        )


def _count(part: Path) -> Totals:
    table = parquet.ParquetFile(part).read(columns=_WHAT_COUNTS)
    unreadable = table["width"].null_count
    lengths = compute.list_value_length(table["faces"])
    with_faces = compute.sum(compute.greater(lengths, 0)).as_py() or 0
    return Totals(
        photos=len(table),
        with_faces=with_faces,
        without_face=len(table) - with_faces - unreadable,
        unreadable=unreadable,
        faces=compute.sum(lengths).as_py() or 0,
    )


def _values(totals: Totals) -> tuple[int, ...]:
    return tuple(asdict(totals).values())


def _write_manifest(
    folder: Path, run: Run, sources: Iterable[str], complete: bool, content: dict[str, Any]
) -> None:
    entries = {
        "format": FORMAT,
        "program": f"age-model {__version__}",
        **asdict(run),
        "sources": list(sources),
        "complete": complete,
        **content,
    }
    write_json(folder / MANIFEST, entries)
