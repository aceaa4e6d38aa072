"""Names of a checkout camera's photos: each photo becomes a visit or is left out with a reason."""

from collections.abc import Iterable, Iterator
from random import Random
from typing import cast

import pytest
from sqlalchemy import Engine, delete, func, select

from age_model.access.visitor import ANYBODY
from age_model.model.age_model import AgeModel
from age_model.predict.results import PhotoResult
from age_model.store.imports import camera_photos
from age_model.store.imports.camera_photos import Read, record_photos, score_photos
from age_model.store.record.schema import VISITS
from tests.hostile.campaign import many_on
from tests.hostile.conftest import Campaign
from tests.support.made_up import make_result
from tests.support.store_databases import without_syncs
from tests.support.store_made_up import estimate

TIMES = [
    "2026-06-01_12-00-05", "20260601-120005", "0001-01-01_00-00-00", "9999-12-31_23-59-59",
    "٢٠٢٦-٠٦-٠١_١٢-٠٠-٠٥", "2026-02-30_12-00-00", "²026-06-01_12-00-00", "2026-06-01 12.00.05", "",
    "1970-01-01_00-00-00", "2199-12-31_23-59-59",  # of clocks that were never set
]  # fmt: skip
TILLS = [
    "till3", "3", "касса 1", "till", " ", "\x00", "till\x00", "\udce9", "\ud83d", "\ufffd", "a/b",
    "x" * 300, "\n", "\u202e", "=1+1", "'", "%s", "{name}", "..", "\U0001f600",
]  # fmt: skip


def make_photo_name(random: Random) -> str:
    day = f"2026-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}"
    clock = "-".join(f"{random.randrange(most):02}" for most in (24, 60, 60))
    time = random.choice([*TIMES, *[f"{day}_{clock}"] * len(TIMES)])
    return f"{time}_{''.join(random.choices(TILLS, k=random.choice([1, 1, 2])))}.jpg"


def one_face(photos: Iterable[tuple[str, Read]]) -> Iterator[PhotoResult]:
    """See a face on every picture."""
    return (make_result(30) for _ in photos)


def test_names(campaign: Campaign, record: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_photos, "estimate_from", lambda model, distributions: estimate(30))

    def attempt(random: Random) -> None:
        names = [make_photo_name(random) for _ in range(5)]
        photos = [(name, lambda: b"x") for name in names]
        store = f"{random.random()}"
        scored = score_photos(one_face, cast(AgeModel, None), photos, 0.5)
        done = record_photos(record, ANYBODY, store, scored, lambda _: None)
        assert done.added + done.known + len(done.left_out) == len(names)
        with record.connect() as connection:
            kept = select(func.count()).where(VISITS.c.store == store)
            assert connection.scalar(kept) == done.added
        with record.begin() as connection:
            connection.execute(delete(VISITS))  # each case would look at those before it
        for name, reason in done.left_out.itertuples(index=False):
            assert name.isprintable() and reason
            print(name, reason)

    without_syncs(record)
    campaign(f"names of photos, {record.dialect.name}", attempt, few=60, many=many_on(record))
