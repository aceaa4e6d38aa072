"""POST /v1/visits and /v1/receipts: once, all or nothing, and only where the key is for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.api.app import make_api
from age_model.api.service import Service
from age_model.predict.predictor import Predictor
from age_model.store.imports.rows import IMPORTED
from age_model.store.record import add_once as add_once_module
from age_model.store.record import audit_log
from age_model.store.record.audit_log import Event, read_log, utc_now
from age_model.store.record.database import open_record
from age_model.store.record.read import read_tables
from age_model.store.record.visit_batch import VisitBatch
from age_model.store.tills.keys import list_keys, make_key
from tests.api.test_faces import post as post_photo
from tests.api.test_faces import refused
from tests.support.store_databases import empty_database

on_both = pytest.mark.parametrize("record", ["sqlite", "postgresql"], indirect=True)
VISIT = {"time": "2026-06-01T12:00:00", "till": "1", "age": 31.5, "age_low": 25, "age_high": 40}
LINE = {"product": "Milk", "category": "Dairy", "quantity": 1.234, "amount": 99.5}
RECEIPT = {
    "time": "2026-06-01T12:01:00", "till": "1", "number": "7", "cashier": "Olga",
    "lines": [LINE, {"product": "Beer", "amount": 150, "is_alcohol": True}],
}  # fmt: skip


@pytest.fixture
def record(request: pytest.FixtureRequest, store_url: str) -> Iterator[Engine]:
    """An empty record, in a file but for the tests `on_both`."""
    on_server = getattr(request, "param", "sqlite") == "postgresql"
    server = request.getfixturevalue("postgresql_server") if on_server else ""
    with empty_database(server) if on_server else nullcontext(store_url) as url:
        engine = open_record(url)
        yield engine
        engine.dispose()


@pytest.fixture
def client(record: Engine, predictor: Predictor) -> Iterator[TestClient]:
    service = Service(lambda: predictor, lambda: record, keys_needed=True)
    with TestClient(make_api(service), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def key(record: Engine) -> str:
    return make_key(record, ANYBODY, "North", None)[1]


def send(
    client: TestClient, key: str, token: str | None, body: dict[str, Any], kind: str = "visits"
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if token is not None:
        headers["Idempotency-Key"] = token
    return client.post(f"/v1/{kind}", json=body, headers=headers)


def added(answer: httpx.Response) -> tuple[int, int]:
    assert answer.status_code == 200, answer.text
    return answer.json()["added"], answer.json()["known"]


def errors(answer: httpx.Response) -> dict[str, str]:
    problem = refused(answer, 422, "invalid")
    return {wrong["pointer"]: wrong["detail"] for wrong in problem["errors"]}


@on_both
def test_the_audit_log_has_what_a_key_adds_once_a_day(
    client: TestClient, key: str, record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def logged() -> list[tuple[str, str, object]]:
        log = read_log(record, utc_now() - timedelta(days=1), utc_now() + timedelta(days=9))
        log = log[log["what"] == Event.IMPORTED]
        return list(zip(log["who"], log["store"], log["detail"], strict=True))

    (made,) = list_keys(record, EVERYTHING)
    who = f"key {made.id}"
    for token in "abc":
        assert send(client, key, token, {"visits": [VISIT]}).status_code == 200
    assert logged() == [(who, "North", {"kind": "visits"})]
    assert send(client, key, "d", {"receipts": [RECEIPT]}, "receipts").status_code == 200
    assert send(client, key, "e", {"visits": [VISIT | {"age": "old"}]}).status_code == 422
    assert len(logged()) == 2 and (who, "North", {"kind": "receipts"}) in logged()
    tomorrow = utc_now() + timedelta(days=1)
    monkeypatch.setattr(audit_log, "utc_now", lambda: tomorrow)
    assert send(client, key, "f", {"visits": [VISIT]}).status_code == 200
    assert len(logged()) == 3


@on_both
def test_visits_and_receipts_are_added_and_linked(
    client: TestClient, key: str, record: Engine
) -> None:
    assert added(send(client, key, "a", {"visits": [VISIT]})) == (1, 0)
    assert added(send(client, key, "b", {"receipts": [RECEIPT]}, "receipts")) == (2, 0)
    tables = read_tables(record, EVERYTHING)
    (visit,) = tables.visits.to_dict("records")
    assert (visit["store"], visit["till"], visit["cashier"]) == ("North", "1", "Olga")
    assert (visit["age"], visit["model_version"]) == (31.5, IMPORTED)
    lines = tables.lines.sort_values("amount")
    assert lines["amount"].tolist() == [99.5, 150]
    assert lines["quantity"].tolist() == [1.234, 1]
    assert lines["is_alcohol"].tolist() == [False, True]


@on_both
def test_a_request_sent_again_adds_nothing_and_has_the_same_answer(
    client: TestClient, key: str, record: Engine
) -> None:
    for _ in range(3):
        assert added(send(client, key, "a", {"visits": [VISIT]})) == (1, 0)
    assert added(send(client, key, "b", {"visits": [VISIT]})) == (0, 1)
    other = {"visits": [VISIT | {"age": 32}]}
    refused(send(client, key, "a", other), 409, "token_used")
    refused(send(client, key, "a", {"receipts": [RECEIPT]}, "receipts"), 409, "token_used")
    other_key = make_key(record, ANYBODY, "North", None)[1]
    assert added(send(client, other_key, "a", other)) == (0, 1)
    assert len(read_tables(record, EVERYTHING).visits) == 1


def test_a_token_is_forgotten_after_a_week(
    client: TestClient, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert added(send(client, key, "a", {"visits": [VISIT]})) == (1, 0)
    now = add_once_module.utc_now
    later = add_once_module.REMEMBERED * 1.01
    monkeypatch.setattr(add_once_module, "utc_now", lambda: now() + later)
    assert added(send(client, key, "a", {"visits": [VISIT]})) == (0, 1)


@on_both
def test_the_same_request_at_once_is_added_once(
    client: TestClient, key: str, record: Engine
) -> None:
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(send, client, key, "a", {"visits": [VISIT]}) for _ in range(8)]
        assert {added(one.result()) for one in sent} == {(1, 0)}


def test_one_bad_row_keeps_all_out(client: TestClient, key: str, record: Engine) -> None:
    visits = [
        VISIT,
        VISIT | {"time": "2026-06-31T12:00"},
        VISIT | {"time": "2026-06-01 13:00", "age": 50},
    ]
    found = errors(send(client, key, "a", {"visits": visits}))
    assert found == {
        "/visits/1": "the time is missing or of an unknown format",
        "/visits/2": "the age lies outside its range",
    }
    bad = RECEIPT | {"lines": [LINE, LINE | {"amount": 1e9}]}
    found = errors(send(client, key, "b", {"receipts": [RECEIPT, bad]}, "receipts"))
    assert found == {"/receipts/1/lines/1": "the amount is not a number"}
    assert len(read_tables(record, EVERYTHING).visits) == 0
    assert added(send(client, key, "a", {"visits": [VISIT]})) == (1, 0)  # the token is free


@on_both
def test_a_failure_in_the_middle_keeps_all_out(
    client: TestClient, key: str, record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        add = VisitBatch.add
        patched.setattr(VisitBatch, "add", lambda *rows: add(*rows) / 0)
        refused(send(client, key, "a", {"visits": [VISIT]}), 500, "failed")
    assert len(read_tables(record, EVERYTHING).visits) == 0
    assert added(send(client, key, "a", {"visits": [VISIT]})) == (1, 0)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"visits": []}, "/visits"),
        ({"visits": [VISIT] * 1001}, "/visits"),
        ({"visits": [VISIT | {"age": -1}]}, "/visits/0/age"),
        ({"visits": [VISIT | {"time": "03/04/2026 9:00"}]}, "/visits/0/time"),
        ({"visits": [VISIT | {"name": "Ivan"}]}, "/visits/0/name"),
        ({"visits": [VISIT | {"model_version": "x"}]}, "/visits/0"),
        ({"visits": [VISIT | {"age_low": None}]}, "/visits/0"),
        ({"visits": [VISIT | {"time": "2026-06-01T12:00:00Z"}]}, "/zone"),
        ({"visits": [VISIT], "zone": "Nowhere"}, "/zone"),
        ({"visits": [VISIT, {"time": "2026-06-01 13:00", "till": "1", "age": 3}]}, "/visits/1"),
        ({"visits": [VISIT | {"till": None}]}, "/visits/0"),
        ({"visits": [VISIT | {"outcome": "waved"}]}, "/visits/0"),
        ({"visits": [VISIT | {"till": "\x00"}]}, "/visits/0"),
    ],
)
def test_what_is_wrong_is_pointed_at(
    client: TestClient, key: str, body: dict[str, Any], pointer: str
) -> None:
    assert list(errors(send(client, key, "a", body))) == [pointer]


def test_a_request_needs_a_token_and_json(client: TestClient, key: str) -> None:
    refused(send(client, key, None, {"visits": [VISIT]}), 422, "invalid")
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "a"}
    plain = headers | {"Content-Type": "text/plain"}
    refused(client.post("/v1/visits", content=b'{"visits": []}', headers=plain), 422, "invalid")
    broken = headers | {"Content-Type": "application/json"}
    refused(client.post("/v1/visits", content=b'{"visits": [', headers=broken), 422, "invalid")


def test_times_with_an_offset_become_those_of_the_store(
    client: TestClient, key: str, record: Engine
) -> None:
    body = {"visits": [VISIT | {"time": "2026-06-01T10:00:00Z"}], "zone": "Europe/Berlin"}
    assert added(send(client, key, "a", body)) == (1, 0)
    (time,) = read_tables(record, EVERYTHING).visits["time"]
    assert str(time) == "2026-06-01 12:00:00"


def test_a_key_is_for_its_store_and_till(client: TestClient, key: str, record: Engine) -> None:
    refused(send(client, "", "a", {"visits": [VISIT]}), 401, "key_missing")
    south = {"visits": [VISIT], "store": "South"}
    refused(send(client, key, "a", south), 403, "out_of_scope")
    of_till = make_key(record, ANYBODY, "North", "2")[1]
    refused(send(client, of_till, "a", {"visits": [VISIT]}), 403, "out_of_scope")
    without = {name: value for name, value in VISIT.items() if name != "till"}
    assert added(send(client, of_till, "a", {"visits": [without]})) == (1, 0)
    assert read_tables(record, EVERYTHING).visits["till"].tolist() == ["2"]


def test_open_mode_names_the_store(client: TestClient, record: Engine) -> None:
    client.app.state.service.keys_needed = False  # type: ignore[attr-defined]
    assert "/store" in errors(send(client, "", "a", {"visits": [VISIT]}))
    assert added(send(client, "", "a", {"visits": [VISIT], "store": "South"})) == (1, 0)
    assert read_tables(record, EVERYTHING).visits["store"].tolist() == ["South"]


@on_both
def test_an_estimate_of_this_model_is_kept_whole(
    client: TestClient, key: str, record: Engine, photo: bytes
) -> None:
    answer = post_photo(client, {"Authorization": f"Bearer {key}"}, photo).json()
    (face,) = answer["faces"]
    names = ("age", "age_low", "age_high", "p_under_18", "p_under_25", "distribution")
    visit = {"time": "2026-06-01 12:00", "till": "1", "model_version": answer["model_version"]}
    visit |= {name: face[name] for name in names}
    only_age = {"time": "2026-06-01 12:05", "till": "1", "age": 20, "age_low": 15, "age_high": 30}
    assert added(send(client, key, "a", {"visits": [visit, only_age]})) == (2, 0)
    kept = read_tables(record, EVERYTHING)
    first, second = kept.visits.sort_values("time").to_dict("records")
    assert first["model_version"] == answer["model_version"]
    assert second["model_version"] == IMPORTED
    assert first["p_under_18"] == pytest.approx(face["p_under_18"], abs=1e-6)


def test_a_record_that_cannot_be_used_is_said(
    client: TestClient, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from age_model.store.record.database import RecordError

    def fail(*_: object) -> None:
        raise RecordError("secret path")

    monkeypatch.setattr("age_model.api.additions.add_once", fail)
    problem = refused(send(client, key, "a", {"visits": [VISIT]}), 503, "record_unavailable")
    assert "secret" not in str(problem)


def test_ages_without_ranges_get_the_models_usual_ones(
    client: TestClient, key: str, record: Engine
) -> None:
    visit = {"time": "2026-06-01 12:00", "till": "1", "age": 30}
    assert added(send(client, key, "a", {"visits": [visit]})) == (1, 0)
    (kept,) = read_tables(record, EVERYTHING).visits.to_dict("records")
    assert kept["age_low"] < 30 < kept["age_high"]
    assert np.isfinite(kept["p_under_18"])
