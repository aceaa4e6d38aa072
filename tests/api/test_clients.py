"""The client of one file and the sample till, against the service itself."""

import io
import json
import os
import urllib.error
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

import age_service
from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.api.service import Service
from age_model.store.record.read import read_tables
from age_model.store.tills.keys import make_key
from age_service import AgeService, ServiceError
from sample_till import Till

Sent = list[tuple[str, bytes]]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client waited each time."""
    waits: list[float] = []
    monkeypatch.setattr(age_service.time, "sleep", waits.append)
    return waits


@pytest.fixture
def remote(
    client: TestClient, service: Service, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AgeService]:
    """A client whose requests go to the service in this process."""

    def open_url(request: Request, timeout: float) -> io.BytesIO:
        path = request.full_url.removeprefix("http://here")
        assert isinstance(request.data, bytes)
        answer = client.post(path, content=request.data, headers=dict(request.header_items()))
        if answer.status_code >= 400:
            raise refusal(answer.status_code, answer.content, dict(answer.headers))
        return io.BytesIO(answer.content)

    monkeypatch.setattr(age_service.urllib.request, "urlopen", open_url)
    key = make_key(service.record, ANYBODY, "North", None)[1]
    yield AgeService("http://here/", key)


def refusal(status: int, content: bytes, headers: dict[str, str]) -> urllib.error.HTTPError:
    message = Message()
    for name, value in headers.items():
        message[name] = value
    return urllib.error.HTTPError("http://here", status, "refused", message, io.BytesIO(content))


def test_a_photo_is_answered_and_a_bad_one_says_why(remote: AgeService, photo: bytes) -> None:
    assert len(remote.faces(photo)["faces"]) == 1
    with pytest.raises(ServiceError, match="cannot be read") as caught:
        remote.faces(b"no photo")
    assert caught.value.problem["code"] == "unreadable"


def test_visits_and_receipts_are_added(remote: AgeService, service: Service) -> None:
    visit: dict[str, Any] = {"time": "2026-06-01 12:00", "till": "1", "age": 30}
    assert remote.add_visits([visit], token="a")["added"] == 1
    assert remote.add_visits([visit], token="a")["added"] == 1
    line = {"product": "Milk", "amount": 1}
    receipt = {"time": "2026-06-01 12:01", "till": "1", "number": "7", "lines": [line]}
    assert remote.add_receipts([receipt])["added"] == 1
    assert len(read_tables(service.record, EVERYTHING).visits) == 1


def test_who_is_told_to_wait_waits_and_sends_the_same_again(
    waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens: list[str | None] = []

    def open_url(request: Request, timeout: float) -> io.BytesIO:
        tokens.append(request.get_header("Idempotency-key"))
        if len(tokens) == 1:
            raise refusal(429, b"{}", {"Retry-After": "7"})
        if len(tokens) == 2:
            raise refusal(502, b"<html>", {})
        if len(tokens) == 3:
            raise urllib.error.URLError("refused")
        return io.BytesIO(json.dumps({"added": 1}).encode())

    monkeypatch.setattr(age_service.urllib.request, "urlopen", open_url)
    assert AgeService("http://here").add_visits([])["added"] == 1
    assert waits == [7, 2, 4] and len(set(tokens)) == 1


def test_a_service_that_stays_away_is_an_error(
    waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(request: Request, timeout: float) -> io.BytesIO:
        raise urllib.error.URLError("refused")

    monkeypatch.setattr(age_service.urllib.request, "urlopen", refuse)
    with pytest.raises(ServiceError, match="No answer"):
        AgeService("http://here", attempts=2).faces(b"")
    assert waits == [1]


def visits(record: Engine) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_tables(record, EVERYTHING).visits.to_dict("records")
    return found


def test_a_till_asks_about_photos_once_they_are_complete(
    remote: AgeService, service: Service, photo: bytes, tmp_path: Path
) -> None:
    old = tmp_path / "old.jpg"
    old.write_bytes(photo)
    os.utime(old, (10**9, 10**9))
    shown: list[str] = []
    till = Till(remote, tmp_path, {"till": "3"}, shown.append)
    till.look()
    new = tmp_path / "new.jpg"
    new.write_bytes(photo[:100])
    till.look()
    new.write_bytes(photo)
    till.look()
    assert not shown
    till.look()
    till.look()
    assert len(shown) == 1
    (visit,) = visits(service.record)
    assert (visit["store"], visit["till"]) == ("North", "3") and visit[
        "model_version"
    ] != "imported"
    again = Till(remote, tmp_path, {"till": "3"}, shown.append)
    again._done.clear()  # as after a crash before it was noted
    again.look()
    again.look()
    assert len(shown) == 3 and len(visits(service.record)) == 2
    (tmp_path / "bad.jpg").write_bytes(b"no photo")
    again.look()
    again.look()
    assert "Ask for ID: the service gave no answer" in shown[-1]
