"""`age-model serve` as a real server: who may reach it, several processes, and its end."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import uvicorn
from starlette.testclient import TestClient

from age_model.access.configuration import FILE_VARIABLE
from age_model.access.start import OPEN_VARIABLE
from age_model.access.visitor import ANYBODY
from age_model.api import server
from age_model.api.app import make_api
from age_model.api.problems import MEDIA_TYPE
from age_model.api.service import RATE_VARIABLE, Service
from age_model.cli import main as cli
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.tills.keys import make_key
from app_pages.streamlit_fixes.service import PATHS
from tests.support.serving import ROOT, free_port, running

PHOTO = (ROOT / "assets" / "examples" / "ages-25-34.jpg").read_bytes()
HEAD = (
    "POST /v1/faces HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
    "Content-Type: image/jpeg\r\nContent-Length: {size}\r\nExpect: 100-continue\r\n"
    "Connection: close\r\n\r\n"
)


@pytest.fixture
def shop(tmp_path: Path) -> SimpleNamespace:
    """Variables of a server whose callers need keys, and a key."""
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    access = tmp_path / "access.toml"
    person = '[[people]]\nemail = "it@example.org"\nroles = ["admin"]\nstores = "all"\n'
    access.write_text(f'sign_in = "proxy"\n{person}')
    key = make_key(open_record(url), ANYBODY, "North", None)[1]
    variables = {FILE_VARIABLE: str(access), URL_VARIABLE: url}
    return SimpleNamespace(key=key, variables=variables)


def ages(address: str, key: str) -> list[float]:
    headers = {"Content-Type": "image/jpeg", "Authorization": f"Bearer {key}"}
    with urlopen(Request(f"{address}/v1/faces", PHOTO, headers), timeout=120) as answer:
        return [face["age"] for face in json.load(answer)["faces"]]


def is_listened_on(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_server_answers_and_finishes_what_it_has_when_told_to_end(shop: SimpleNamespace) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = ["-m", "age_model", "serve", "--port", f"{port}"]
    with running(command, f"{address}/health", shop.variables) as process:
        with pytest.raises(HTTPError, match="401"):
            ages(address, "age_wrong")
        assert len(ages(address, shop.key)) == 1

        connection = socket.create_connection(("127.0.0.1", port), timeout=120)
        connection.sendall(HEAD.format(key=shop.key, size=len(PHOTO)).encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100")  # the request is under way
        connection.sendall(PHOTO[:100])
        os.kill(process, signal.SIGTERM)
        while is_listened_on(port):
            pass
        connection.sendall(PHOTO[100:])
        answered = b"".join(iter(lambda: connection.recv(65536), b""))
        connection.close()
    head, _, body = answered.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert len(json.loads(body)["faces"]) == 1


def test_with_several_processes_nobody_connects_after_the_end_was_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("uvicorn.supervisors.multiprocess.SIGNALS", {})  # which pytest needs
    config = uvicorn.Config("", port=free_port(), workers=2, log_level="error")
    processes = server.Processes(config, [config.bind_socket()])
    processes.sockets[0].listen()
    assert is_listened_on(config.port)
    processes.terminate_all()
    assert not is_listened_on(config.port)


# ---- Who may reach it


@pytest.fixture
def not_run(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[uvicorn.Config]]:
    """What a server would be run with."""
    runs: list[uvicorn.Config] = []
    monkeypatch.setattr(server, "_serve", runs.append)
    monkeypatch.setenv(server.THREADS, "1")
    yield runs
    os.environ.pop(server.FOLDER, None)


def test_open_mode_listens_on_this_computer_only(
    not_run: list[uvicorn.Config],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["serve"]) == 0
    assert not_run[0].host == "127.0.0.1" and "Open mode" in capsys.readouterr().out
    assert cli.main(["serve", "--host", "0.0.0.0"]) == 1
    assert "Without access.toml" in capsys.readouterr().err and len(not_run) == 1
    monkeypatch.setenv(OPEN_VARIABLE, "yes")
    assert cli.main(["serve", "--host", "0.0.0.0"]) == 0


def test_with_roles_it_may_listen_anywhere_since_it_needs_keys(
    not_run: list[uvicorn.Config],
    shop: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(FILE_VARIABLE, shop.variables[FILE_VARIABLE])
    assert cli.main(["serve", "--host", "0.0.0.0", "--workers", "3"]) == 0
    assert not_run[0].workers == 3 and "need a key" in capsys.readouterr().out


def test_a_damaged_access_file_keeps_it_from_starting(
    not_run: list[uvicorn.Config],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "no-such.toml"))
    assert cli.main(["serve"]) == 1
    assert "cannot be read" in capsys.readouterr().err and not not_run


def test_open_mode_refuses_other_names_in_the_one_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(server.THREADS, "1")
    app = server.make_app()
    with TestClient(app, base_url="http://evil.example", client=("127.0.0.1", 1)) as client:
        answer = client.get("/health")
    assert answer.status_code == 403 and answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["code"] == "outside" and "access.toml" in answer.json()["detail"]


def test_the_rate_can_be_set(
    service: Service, predictor: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RATE_VARIABLE, "7")
    made = Service(service.examiner._load, service._open_record, True)
    assert (made.limit._rate, service.limit._rate) == (7, 50)


def test_the_routes_beside_the_pages_are_all(service: Service) -> None:
    assert set(PATHS) == {*make_api(service).openapi()["paths"], "/docs", "/openapi.json"}
