"""Ages from a checkout camera's folder, with photos named by time and till."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.ages import AGE_LIMITS, under_column
from age_model.i18n.message import mark
from age_model.model.age_model import AgeModel
from age_model.predict.person import Picture, all_in_view
from age_model.predict.results import FILTERED_OUT, PhotoResult
from age_model.store.imports.file_times import FIRST_YEAR, LAST_YEAR
from age_model.store.record.add_many import ESTIMATE, add_visits
from age_model.store.record.add_visit import Estimate
from age_model.store.record.database import check_text
from age_model.store.record.estimates import estimate_from
from age_model.store.record.links import Span, join_receipts
from age_model.vision.boxes import Box
from age_model.vision.faces import main_face
from age_model.vision.photos import UNKNOWN, printable

# 2026-06-01_12-00-05_till3.jpg, 20260601-120005-3.jpg, 2026-06-01 12.00.05 till 3.jpg
_NAME = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)[ _T-](\d\d)[-.:]?(\d\d)[-.:]?(\d\d)[ _-]+(?:till|касса)?[ _-]?(.+)",
    re.IGNORECASE,
)


NAMELESS = mark("The name lacks time and till, as in 2026-06-01_12-00-05_till3.jpg.")
SAME_SECOND = mark(
    "Another photo of this till has the same second: a till has one buyer at a time, and one visit "
    "a second."
)
UNREADABLE = mark("The name has characters that are not text: rename the photo.")
CHUNK = 20  # photos
Read = Callable[[], Picture]
Examine = Callable[[Iterable[tuple[str, Read]]], Iterator[PhotoResult]]
"""Gives the results of named photos, in their order."""


class Named(NamedTuple):
    """Time and till of a photo, from its name."""

    time: datetime
    till: str


class Scored(NamedTuple):
    """One photo: its visit, or the reason why there is none."""

    name: str
    named: Named | None
    estimate: Estimate | None
    problem: str


class PhotosRecorded(NamedTuple):
    """The result for a folder: new visits, existing ones, receipts found, and skipped photos.

    Attributes:
        left_out: photo, and the reason, to be shown by `tr`.
    """

    added: int
    known: int
    joined: int
    left_out: pd.DataFrame


def read_name(name: str) -> Named | None:
    """Return time and till from a photo's name, or None if it has none.

    >>> read_name("2026-06-01_12-00-05_till3.jpg")
    Named(time=datetime.datetime(2026, 6, 1, 12, 0, 5), till='3')
    """
    found = _NAME.fullmatch(Path(name).stem)
    if not found or not found[7].strip():
        return None
    try:
        time = datetime.strptime("".join(found.groups()[:6]), "%Y%m%d%H%M%S")
    except ValueError:  # such as a 13th month
        return None
    return Named(time, found[7].strip()) if FIRST_YEAR <= time.year <= LAST_YEAR else None


def score_photos(
    examine: Examine, model: AgeModel, photos: Iterable[tuple[str, Read]], min_score: float
) -> Iterator[Scored]:
    """Estimate the age of the buyer, the large, central face, on each photo.

    Args:
        examine: finds the faces and estimates their ages.
        model: that it uses.
        photos: names, and functions that return their content.
        min_score: the detector's confidence of the least sure face to count, 0 to 1.
    """
    photos = list(photos)
    known = [_named(name) for name, _ in photos]
    results = examine(
        photo for photo, found in zip(photos, known, strict=True) if isinstance(found, Named)
    )
    for (name, _), named in zip(photos, known, strict=True):
        if not isinstance(named, Named):
            yield named
            continue
        seen = all_in_view(next(results), 0, min_score)[0]
        estimate = None
        if seen.face:
            estimate = estimate_from(model, [seen.face.distribution])
            estimate = estimate.with_picture(seen.face.quality)
        yield Scored(name, named, estimate, seen.problem)


class _Face(NamedTuple):
    box: Box
    estimate: Estimate


class _Photo(NamedTuple):
    size: tuple[int, int]


def scored_rows(rows: Iterable[Mapping[str, Any]], min_score: float) -> Iterator[Scored]:
    """Find the buyer on photos that were scored before, as `score_photos` does.

    Args:
        rows: of `score`: a photo each.
        min_score: the detector's confidence of the least sure face to count, 0 to 1.
    """
    for row in rows:
        name = PurePosixPath(row["id"]).name
        named = _named(name)
        if not isinstance(named, Named):
            yield named
            continue
        faces = [
            _Face((face["left"], face["top"], face["right"], face["bottom"]), _estimate(face, row))
            for face in row["faces"]
            if face["detection_score"] >= min_score
        ]
        if faces and (buyer := main_face(faces, _Photo((row["width"], row["height"])))):
            yield Scored(name, named, buyer.estimate, "")
        else:
            yield Scored(name, named, None, row["problem"] or FILTERED_OUT)


def _estimate(face: Mapping[str, Any], row: Mapping[str, Any]) -> Estimate:
    under_18, under_25 = (face[under_column(limit)] for limit in AGE_LIMITS)
    ages = face["age"], face["age_low"], face["age_high"]
    distribution = np.array(face["distribution"], np.float32)
    picture = face["quality"]["sharpness"], face["quality"]["light"]
    return Estimate(*ages, under_18, under_25, distribution, row["model_version"], *picture)


def _named(name: str) -> Named | Scored:
    """Return what a photo's name tells, or the photo with the reason why it has no visit."""
    shown = printable(name)
    if shown != name or UNKNOWN in name:
        return Scored(shown, None, None, UNREADABLE)
    return read_name(name) or Scored(name, None, None, NAMELESS)


def record_photos(
    engine: Engine,
    writer: Visitor,
    store: str,
    scored: Iterable[Scored],
    tell: Callable[[int], None],
) -> PhotosRecorded:
    """Record photos as visits, some at a time, so that few are lost on an interruption.

    Args:
        engine: of `open_record`.
        writer: who adds them.
        store: of the camera.
        scored: of `score_photos`.
        tell: called with the number of photos done.

    Raises:
        AccessDenied: the writer may not import into the store; nothing was written.
        RecordError: a part, or nothing, was written.
    """
    writer.check(Action.IMPORT, store)
    left_out: list[tuple[str, str]] = []
    seen: set[Named | None] = set()
    waiting: list[Scored] = []
    added = known = 0

    def record() -> None:
        nonlocal added, known
        new = add_scored(engine, writer, store, waiting)
        added, known = added + new, known + len(waiting) - new
        waiting.clear()

    for number, photo in enumerate(scored, 1):
        if photo.estimate is None:
            left_out.append((photo.name, photo.problem))
        elif photo.named in seen:
            left_out.append((photo.name, SAME_SECOND))
        else:
            seen.add(photo.named)
            waiting.append(photo)
        if len(waiting) == CHUNK:
            record()
        tell(number)
    record()
    table = pd.DataFrame(left_out, columns=["photo", "reason"])
    times = [named.time for named in seen if named]
    spans = {store: Span(min(times), max(times))} if times else {}
    joined = join_receipts(engine, writer.scope(Action.IMPORT), spans=spans)
    return PhotosRecorded(added, known, joined, table)


def add_scored(engine: Engine, writer: Visitor, store: str, scored: Iterable[Scored]) -> int:
    """Add visits for the photos with an age; return how many were new.

    Raises:
        AccessDenied: the writer may not import into the store.
        RecordError: a part, or nothing, was written.
    """
    rows = [
        {"store": store, "time": photo.named.time, "till": photo.named.till}
        | {name: getattr(photo.estimate, name) for name in (*ESTIMATE, "sharpness", "light")}
        | {"distribution": photo.estimate.distribution}
        for photo in scored
        if photo.named and photo.estimate
    ]
    if not rows:
        return 0
    check_text(store)
    visits = pd.DataFrame(rows).astype({"time": "datetime64[ns]"})
    distributions = np.stack(visits.pop("distribution").tolist())
    visits = visits.assign(cashier=None, number=None, outcome=None)
    return add_visits(engine, writer, visits, distributions)
