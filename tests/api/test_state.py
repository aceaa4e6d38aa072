"""Health, readiness, metrics, and a schema that tells the truth."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from age_model import __version__
from age_model.access.visitor import ANYBODY
from age_model.api.app import make_api
from age_model.api.service import Service
from age_model.store.record.database import RecordError
from age_model.store.tills.keys import make_key
from tests.api.test_faces import post, refused

PATHS = {"/v1/faces", "/v1/visits", "/v1/receipts", "/health", "/ready", "/metrics"}


def test_it_is_healthy_and_ready(client: TestClient) -> None:
    assert client.get("/health").json() == {"version": __version__}
    for _ in range(1000):  # the networks load in a thread
        answer = client.get("/ready")
        if answer.status_code == 200:
            break
    assert answer.json() == {"ready": True, "model": "loaded", "record": True}


def test_it_is_not_ready_without_its_record(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RecordError("no")

    service._open_record = fail  # type: ignore[assignment]
    with TestClient(make_api(service)) as client:
        answer = client.get("/ready")
        assert answer.status_code == 503 and answer.json()["record"] is False


def test_metrics_count_requests_and_faces(service: Service, photo: bytes) -> None:
    service.keys_needed = False
    with TestClient(make_api(service), client=("127.0.0.1", 1)) as client:
        post(client, {}, photo)
        post(client, {}, b"")
        client.get("/secret-place")
        text = client.get("/metrics").text
    assert 'age_requests_total{route="/v1/faces",status="200"} 1.0' in text
    assert 'age_requests_total{route="/v1/faces",status="422"} 1.0' in text
    assert 'age_requests_total{route="other",status="404"} 1.0' in text
    assert "age_faces_total 1.0" in text and "age_batch_photos_sum 1.0" in text
    assert "secret" not in text


@pytest.mark.parametrize("address", ["10.0.0.7", "127.0.0.1"])  # the second may be a proxy's
def test_metrics_need_a_key(service: Service, address: str) -> None:
    key = make_key(service.record, ANYBODY, "North", None)[1]
    with TestClient(make_api(service), client=(address, 1)) as client:
        refused(client.get("/metrics"), 401, "key_missing")
        bearer = {"Authorization": f"Bearer {key}"}
        assert client.get("/metrics", headers=bearer).status_code == 200


SUM = """
from age_model.api.metrics import Metrics
metrics = Metrics()
metrics.faces.inc(2)
print(metrics.text().decode())
"""


def test_processes_add_up_their_metrics(tmp_path: Path) -> None:
    run = [
        subprocess.run(
            [sys.executable, "-c", SUM],
            env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(2)
    ]
    assert "age_faces_total 4.0" in run[1].stdout


def test_errors_of_addresses_have_the_one_form(client: TestClient) -> None:
    refused(client.get("/nothing"), 404, "not_found")
    refused(client.get("/v1/faces"), 405, "method")


# ---- The schema


@pytest.fixture
def schema(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def test_the_schema_is_valid_and_complete(schema: dict[str, Any]) -> None:
    validate(schema)
    assert set(schema["paths"]) == PATHS
    for path in ("/v1/faces", "/v1/visits", "/v1/receipts"):
        responses = schema["paths"][path]["post"]["responses"]
        for status in ("401", "403", "413", "422", "429"):
            assert responses[status]["content"].keys() == {"application/problem+json"}
    text = json.dumps(schema)
    assert "HTTPValidationError" not in text
    for name in ("Problem", "Wrong", "Faces", "Face", "Visits", "Receipts", "Added"):
        assert name in schema["components"]["schemas"]


def test_answers_are_as_the_schema_has_them(
    client: TestClient, service: Service, schema: dict[str, Any], photo: bytes
) -> None:
    service.keys_needed = False

    def check(name: str, answer: Any) -> None:  # noqa: ANN401
        here = {"$ref": f"#/components/schemas/{name}", "components": schema["components"]}
        OAS31Validator(here).validate(answer)

    found = post(client, {}, photo).json()
    check("Faces", found)
    check("Problem", post(client, {}, b"").json())
    with pytest.raises(Exception, match="required"):
        check("Faces", {name: found[name] for name in found.keys() - {"faces"}})


def test_the_page_of_the_schema_loads_nothing(client: TestClient) -> None:
    answer = client.get("/docs")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    text = answer.text
    assert all(path in text for path in PATHS) and "p_under_18" in text
    assert "<script" not in text and "http://" not in text and "https://" not in text
