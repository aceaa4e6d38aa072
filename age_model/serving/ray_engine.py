"""Bulk scoring on Ray Data, by as many machines as a cluster has (the extra `scale`).

The photos are listed once, into a Parquet file, and read by the actors that score them. With Ray's
own reader of files, a resumed run would read all finished photos again to learn their ids, one
file that is missing would end the run, and there would be no ZIP files.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

from age_model.i18n.message import mark
from age_model.serving.local_engine import Settings
from age_model.serving.output import PARTS, OutputError
from age_model.serving.rows import as_table
from age_model.serving.sources import Place

if TYPE_CHECKING:
    from ray.data import Dataset

NOT_INSTALLED = mark("“--engine ray” needs Ray: pip install 'age-model[scale]'.")
NOT_STARTED = mark(
    "Ray did not start on this machine, which may be too busy: try again, or use “--engine local”."
)
NOT_REACHED = mark(
    "The Ray cluster that RAY_ADDRESS names does not answer: see that it runs, or leave "
    "RAY_ADDRESS out to use this machine alone."
)
LIST, CHECKPOINT = "list.parquet", "checkpoint"  # in the folder of the results
PART = 256  # photos
SPARE = 2  # logical processors beside those of the actors: without, reading and writing would wait
_PLACES = pa.schema(
    [("id", pa.string()), ("path", pa.binary()), ("store", pa.string()), ("entry", pa.int32())]
)


class ScorerActor:
    """A process of Ray that scores photos."""

    def __init__(self, settings: Settings, workers: int) -> None:
        self._scorer = settings.load(0, workers)

    def __call__(self, places: pa.Table) -> pa.Table:
        """Return the rows of photos."""
        return as_table(list(self._scorer.rows(map(_as_place, places.to_pylist()))))


def score_on_ray(
    places: Iterable[Place], folder: Path, settings: Settings, device: str, workers: int | None
) -> Iterator[int]:
    """Score photos on the cluster that RAY_ADDRESS names, or on Ray's processes of this machine.

    Photos that an earlier run has written are left out. An actor that is ended is started again,
    and so are its photos.

    Args:
        places: of the photos.
        folder: of the results; on a cluster, one that all machines share.
        settings: of the scorer in each actor.
        device: "cpu" leaves graphics cards unused.
        workers: actors; by default one a graphics card, or one a processor.

    Yields:
        How many photos there are.

    Raises:
        OutputError: Ray is not installed, or did not start.
    """
    try:
        import ray
        from ray.data import DataContext
        from ray.data.checkpoint import CheckpointConfig
    except ImportError as error:
        raise OutputError(NOT_INSTALLED) from error

    folder = folder.absolute()
    photos = _write_list(places, folder / LIST)
    _start_ray(workers)
    context = DataContext.get_current()
    context.enable_progress_bars = sys.stderr.isatty()  # elsewhere Ray would log its progress
    context.checkpoint_config = CheckpointConfig(
        id_column="id",
        checkpoint_path=str(folder / CHECKPOINT),
        delete_checkpoint_on_success=False,  # a later run may have more photos
    )
    try:
        if photos:
            listed = ray.data.read_parquet(str(folder / LIST))
            _scored(listed, settings, device, workers).write_parquet(str(folder / PARTS))
    finally:
        context.checkpoint_config = None
    (folder / LIST).unlink()
    yield photos


def _scored(listed: "Dataset", settings: Settings, device: str, workers: int | None) -> "Dataset":
    import ray
    from ray.data import ActorPoolStrategy

    cluster = ray.cluster_resources()
    cards = 0 if device.startswith("cpu") else int(cluster.get("GPU", 0))
    workers = workers or cards or max(1, int(cluster["CPU"]) - SPARE)
    return listed.repartition(target_num_rows_per_block=PART).map_batches(
        ScorerActor,
        fn_constructor_kwargs={"settings": settings, "workers": workers},
        batch_size=PART,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(size=workers),
        num_cpus=1,
        num_gpus=1 if cards else 0,
    )


def _start_ray(workers: int | None) -> None:
    """Connect to the cluster that RAY_ADDRESS names; without it, start Ray on this machine.

    Raises:
        OutputError: neither was possible.
    """
    import ray

    if ray.is_initialized():
        return
    there = bool(os.environ.get("RAY_ADDRESS"))
    try:
        if there:
            ray.init()
        else:
            # Logical processors: with only as many as actors, a resumed run would wait for ever.
            ray.init(num_cpus=(workers or os.cpu_count() or 1) + SPARE, include_dashboard=False)
    except Exception as error:  # Ray raises no class of its own where it does not start
        raise OutputError(NOT_REACHED if there else NOT_STARTED) from error


def _write_list(places: Iterable[Place], file: Path) -> int:
    """Write where the photos are; return how many there are."""
    waiting, number = iter(places), 0
    with parquet.ParquetWriter(file, _PLACES) as writer:
        while some := list(islice(waiting, 10_000)):
            writer.write_table(pa.Table.from_pylist([_as_entry(place) for place in some], _PLACES))
            number += len(some)
    return number


def _as_entry(place: Place) -> dict[str, Any]:
    path = os.fsencode(place.path)  # a file's name need not be text
    return {"id": place.id, "path": path, "store": place.store, "entry": place.entry}


def _as_place(entry: dict[str, Any]) -> Place:
    return Place(entry["id"], os.fsdecode(entry["path"]), entry["store"], entry["entry"])
