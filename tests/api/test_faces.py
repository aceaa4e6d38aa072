"""POST /v1/faces: what `score` has, the store's decision, and limits."""

import asyncio
import json
import logging
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from PIL import Image
from starlette.testclient import TestClient

from age_model.access.visitor import ANYBODY
from age_model.api import examiner as examiner_module
from age_model.api import faces as faces_module
from age_model.api.app import make_api
from age_model.api.examiner import Examiner
from age_model.api.limits import RateLimit, Room
from age_model.api.problems import MEDIA_TYPE, ApiError
from age_model.api.service import Service
from age_model.predict.predictor import NO_FACE, Predictor, ReadPhoto, read_photo
from age_model.predict.results import PhotoResult
from age_model.serving.rows import as_row
from age_model.store.tills.keys import make_key, revoke_key
from age_model.store.tills.rules import StoreRule, set_rule
from tests.serving.test_scorer import png_of
from tests.support.synthetic import jpeg_of

JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture
def key(service: Service) -> dict[str, str]:
    _, key = make_key(service.record, ANYBODY, "North", None)
    return {"Authorization": f"Bearer {key}"}


def post(client: TestClient, key: dict[str, str], photo: bytes, **more: str) -> httpx.Response:
    return client.post("/v1/faces", content=photo, headers={**JPEG, **key, **more})


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check that an answer has the one form of errors."""
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert problem["status"] == status and problem["title"] and problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


def test_faces_are_those_of_bulk_scoring(
    client: TestClient, key: dict[str, str], photo: bytes, predictor: Predictor
) -> None:
    answer = post(client, key, photo)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    row = json.loads(json.dumps(as_row(predictor.predict("", photo), predictor.model.version)))
    for face in found["faces"]:
        face.pop("decision")
    assert {name: found[name] for name in row.keys() - {"id"}} == {
        name: row[name] for name in row.keys() - {"id"}
    }
    assert found["buyer"] == 0 and len(found["faces"]) == 1
    assert found["request_id"] == answer.headers["x-request-id"]


def test_a_photo_may_come_in_a_form(client: TestClient, key: dict[str, str], photo: bytes) -> None:
    body = post(client, key, photo).json()
    form = client.post("/v1/faces", files={"photo": ("a.jpg", photo)}, headers=key).json()
    assert form["faces"] == body["faces"]
    wrong = client.post("/v1/faces", files={"file": ("a.jpg", photo)}, headers=key)
    refused(wrong, 400, "bad_form")
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(post(client, key, b"no form", **broken), 400, "bad_form")
    refused(post(client, key, b"", **{"Content-Type": "multipart/form-data"}), 400, "bad_form")


def test_the_decision_is_that_of_the_keys_store(
    client: TestClient, key: dict[str, str], photo: bytes, service: Service
) -> None:
    age = post(client, key, photo).json()["faces"][0]["age"]
    for challenge_age, verdict in ((round(age) - 3, "no need"), (round(age) + 3, "ask")):
        set_rule(service.record, ANYBODY, "North", StoreRule(challenge_age, None))
        found = post(client, key, photo).json()
        assert found["rule"]["challenge_age"] == challenge_age
        if found["faces"][0]["age_high"] - found["faces"][0]["age_low"] > 45:
            verdict = "cannot tell"
        assert found["decision"]["verdict"] == verdict
        assert found["decision"] == found["faces"][0]["decision"]
        assert (found["decision"]["reason"] is None) == (verdict == "no need")


def test_a_photo_without_a_face_is_an_answer(client: TestClient, key: dict[str, str]) -> None:
    found = post(client, key, jpeg_of(Image.new("RGB", (60, 60)))).json()
    assert found["faces"] == [] and found["problem"] == NO_FACE and found["buyer"] is None
    assert found["decision"]["verdict"] == "cannot tell"


@pytest.mark.parametrize(
    "content",
    [b"", b"no photo", png_of(60_000, 60_000), jpeg_of(Image.new("RGB", (60, 60)))[:300]],
    ids=["empty", "text", "bomb", "truncated"],
)
def test_a_bad_photo_has_its_reason(
    client: TestClient, key: dict[str, str], content: bytes
) -> None:
    refused(post(client, key, content), 422, "unreadable")


def test_who_has_no_key_is_refused(
    client: TestClient, key: dict[str, str], photo: bytes, service: Service
) -> None:
    refused(post(client, {}, photo), 401, "key_missing")
    wrong = {"Authorization": "Bearer age_wrong"}
    assert refused(post(client, wrong, photo), 401, "key_unknown")
    odd = {"Authorization": "Bearer " + "x" * 1000}
    refused(post(client, odd, photo), 401, "key_unknown")
    name, secret = make_key(service.record, ANYBODY, "North", "1")
    new = {"Authorization": f"Bearer {secret}"}
    assert post(client, new, photo).status_code == 200
    revoke_key(service.record, ANYBODY, name)
    refused(post(client, new, photo), 401, "key_unknown")


def test_open_mode_needs_no_key(client: TestClient, photo: bytes, service: Service) -> None:
    service.keys_needed = False
    assert post(client, {}, photo).status_code == 200
    refused(post(client, {"Authorization": "Bearer age_wrong"}, photo), 401, "key_unknown")


def test_large_bodies_are_refused(
    service: Service, photo: bytes, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces_module, "MOST_BYTES", len(photo))
    with TestClient(make_api(service)) as client:
        assert post(client, key, photo).status_code == 200
        refused(post(client, key, photo + b"0"), 413, "too_large")
        chunks = client.post("/v1/faces", content=iter([photo, b"0"]), headers={**JPEG, **key})
        refused(chunks, 413, "too_large")
    service.room = Room(len(photo) - 1)
    with TestClient(make_api(service)) as client:
        busy = post(client, key, photo)
        refused(busy, 429, "busy")
        assert busy.headers["retry-after"] == "1"


def test_who_asks_too_often_is_told_when_to_come_back(
    client: TestClient, key: dict[str, str], photo: bytes, service: Service
) -> None:
    now = 0.0
    service.limit = RateLimit(0.1, lambda: now)
    assert post(client, key, photo).status_code == 200
    answer = post(client, key, photo)
    refused(answer, 429, "too_many_requests")
    assert answer.headers["retry-after"] == "10"
    _, other = make_key(service.record, ANYBODY, "South", None)
    assert post(client, {"Authorization": f"Bearer {other}"}, photo).status_code == 200
    now = 10.0
    assert post(client, key, photo).status_code == 200


def test_only_so_many_callers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("age_model.api.limits.MOST_CALLERS", 2)
    limit = RateLimit(1, lambda: 0.0)
    for name in "abca":
        limit.take(name)
    assert list(limit._buckets) == ["c", "a"]


def test_a_request_is_one_line_without_what_was_sent(
    client: TestClient, key: dict[str, str], photo: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "age_model.requests"):
        files = {"photo": ("ivan.jpg", photo)}
        answer = client.post("/v1/faces?name=ivan", files=files, headers=key)
        client.get("/ivan")
    first, second = [
        record.message for record in caplog.records if record.name == "age_model.requests"
    ]
    line = json.loads(first)
    assert line["request_id"] == answer.json()["request_id"]
    assert (line["route"], line["status"], line["faces"]) == ("/v1/faces", 200, 1)
    assert line["bytes"] == len(photo) and line["key"] and line["ms"] >= 0
    assert json.loads(second)["route"] == "other"
    assert "ivan" not in first + second and key["Authorization"][7:] not in first


def test_nothing_of_a_photo_touches_the_disk(
    client: TestClient, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was made")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    large = Image.effect_noise((2000, 2000), 100).convert("RGB")
    files = {"photo": ("a.png", jpeg_of(large))}
    assert len(files["photo"][1]) > 2**20
    assert client.post("/v1/faces", files=files, headers=key).status_code == 200


# ---- Batches


def distinct(number: int) -> bytes:
    return jpeg_of(Image.new("RGB", (100 + number, 100), (number, 90, 200 - number)))


def test_photos_of_many_clients_share_a_batch_and_get_their_own_answers(
    service: Service, key: dict[str, str], predictor: Predictor
) -> None:
    batches: list[int] = []
    service.examiner._window, service.examiner._threads = 0.2, 2
    service.examiner.examined = batches.append
    with TestClient(make_api(service)) as client, ThreadPoolExecutor(20) as pool:
        sent = [distinct(number) for number in range(40)]
        answers = list(pool.map(lambda photo: post(client, key, photo).json(), sent))
    assert sum(batches) == 40 and max(batches) > 1
    for content, answer in zip(sent, answers, strict=True):
        alone = predictor.predict("", content)
        assert alone.image is not None and answer["width"] == alone.image.width
        assert answer["faces"][0]["age"] == pytest.approx(alone.faces[0].age, abs=0.01)


async def examine_all(examiner: Examiner, contents: list[bytes]) -> list[Any]:
    async with examiner.running(eager=False):
        return list(await asyncio.gather(*map(examiner.examine, contents), return_exceptions=True))


def test_a_photo_that_comes_alone_waits_for_no_others(predictor: Predictor) -> None:
    examiner = Examiner(lambda: predictor, window=1000)
    (result,) = asyncio.run(asyncio.wait_for(examine_all(examiner, [distinct(1)]), 100))
    assert isinstance(result, PhotoResult)


def test_a_photo_waits_for_those_that_are_being_decoded(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    examiner, together = Examiner(lambda: predictor), list[int]()
    examiner.examined = together.append
    first, second = distinct(1), distinct(2)
    waits, sleep = threading.Event(), asyncio.sleep

    def read_second_last(name: str, content: bytes) -> ReadPhoto:
        assert content == first or waits.wait(100)
        return read_photo(name, content)

    async def until_all_are_decoded(_: float) -> None:
        waits.set()
        while examiner._decoding:
            await sleep(0)

    monkeypatch.setattr(examiner_module, "read_photo", read_second_last)
    monkeypatch.setattr(asyncio, "sleep", until_all_are_decoded)
    asyncio.run(examine_all(examiner, [first, second]))
    assert together == [2]


def test_too_many_photos_at_once_are_sent_back(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examiner_module, "MOST_WAITING", 3)
    results = asyncio.run(examine_all(Examiner(lambda: predictor), [distinct(1)] * 5))
    assert sum(isinstance(result, ApiError) for result in results) == 2
    assert sum(isinstance(result, PhotoResult) for result in results) == 3


def test_decoded_photos_take_bounded_memory(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examiner_module, "PIXELS", 25_000)
    examiner, seen = Examiner(lambda: predictor, window=0), []
    examiner.examined = lambda photos: seen.append((photos, examiner._pixels))
    results = asyncio.run(examine_all(examiner, [distinct(0)] * 7))
    assert len(results) == 7 and all(isinstance(result, PhotoResult) for result in results)
    assert max(pixels for _, pixels in seen) <= 25_000 and examiner._pixels == 0


def test_a_failure_reaches_all_who_wait_and_the_next_try_may_work(
    predictor: Predictor, service: Service, key: dict[str, str], photo: bytes
) -> None:
    def fail() -> Predictor:
        raise ValueError("no model here")

    service.examiner._load = fail
    with TestClient(make_api(service, eager=False), raise_server_exceptions=False) as client:
        assert client.get("/ready").status_code == 200
        refused(post(client, key, photo), 500, "failed")
        not_ready = client.get("/ready")
        assert not_ready.status_code == 503 and not_ready.json()["model"] == "failed"
        service.examiner._load = lambda: predictor
        assert post(client, key, photo).status_code == 200
        assert client.get("/ready").json() == {"ready": True, "model": "loaded", "record": True}
