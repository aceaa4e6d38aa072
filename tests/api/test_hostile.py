"""Bodies that nobody honest sends: each is refused with a reason, and never breaks the service."""

import asyncio
import json
import random
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from age_model.access.visitor import ANYBODY
from age_model.api.app import make_api
from age_model.api.problems import MEDIA_TYPE
from age_model.api.service import Service
from age_model.store.tills.keys import make_key
from benchmarks.service_time import hostile_bodies
from tests.api.test_additions import LINE, RECEIPT, VISIT
from tests.api.test_faces import post

FEW, MANY = 60, 10_000
ODD: list[Any] = [
    None, [], {}, "", "x" * 1000, -1, 1e308, 10**400, True, "\x00", "\ud800", "0001-01-01T00:00",
    "2026-06-01T12:00:00.99999999999", "9" * 150, [[]], {"a": {}},
]  # fmt: skip


@pytest.fixture
def count(request: pytest.FixtureRequest) -> int:
    return MANY if request.config.getoption("--many") else FEW


def test_no_photo_breaks_it(service: Service, count: int) -> None:
    service.keys_needed = False
    service.limit._rate = service.limit._most = 1e9
    with TestClient(make_api(service)) as client:
        for number, body in enumerate(hostile_bodies(count)):
            kind = ("image/jpeg", "multipart/form-data; boundary=x", "multipart/form-data")
            answer = post(client, {}, body, **{"Content-Type": kind[number % 3]})
            assert answer.status_code in (200, 400, 422), answer.text
    assert service.examiner.waiting == 0 and service.examiner._pixels == 0


def changed(value: Any, chance: random.Random) -> Any:  # noqa: ANN401
    """Return JSON with one of its values replaced."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice(list(value))
        return value | {name: changed(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        place = chance.randrange(len(value))
        return [*value[:place], changed(value[place], chance), *value[place + 1 :]]
    return chance.choice(ODD)


def test_no_json_breaks_it(service: Service, count: int) -> None:
    chance = random.Random(0)
    key = make_key(service.record, ANYBODY, "North", None)[1]
    service.limit._rate = service.limit._most = 1e9
    bodies = {"visits": {"visits": [VISIT]}, "receipts": {"receipts": [RECEIPT, LINE]}}
    with TestClient(make_api(service, eager=False)) as client:
        for number in range(count):
            kind = chance.choice(list(bodies))
            sent = json.dumps(changed(bodies[kind], chance)).encode()
            if number % 10 == 0:
                sent = chance.choice((b"[" * 100_000, b"NaN", b"{", b"\xff\xfe", b"1" * 10_000))
            headers = {
                "Authorization": f"Bearer {key}",
                "Idempotency-Key": f"{number}",
                "Content-Type": "application/json",
            }
            answer = client.post(f"/v1/{kind}", content=sent, headers=headers)
            assert answer.status_code in (200, 400, 422), (sent[:300], answer.text)
            if answer.status_code != 200:
                assert answer.headers["content-type"] == MEDIA_TYPE


def test_who_leaves_in_the_middle_is_no_failure(service: Service) -> None:
    service.keys_needed = False
    app, status = make_api(service, eager=False), []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        status.append(message.get("status"))

    scope = {
        "type": "http", "method": "POST", "path": "/v1/faces", "query_string": b"",
        "headers": [(b"content-type", b"image/jpeg")], "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80), "scheme": "http", "http_version": "1.1", "root_path": "",
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    assert status[0] == 400
