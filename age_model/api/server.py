"""The service by itself: what `age-model serve` runs, in one process or several."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory

import uvicorn
from starlette.responses import JSONResponse
from starlette.types import ASGIApp
from uvicorn.main import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from age_model.access.configuration import access_in_use
from age_model.access.known_callers import KnownCallers
from age_model.access.start import Settings, check_start
from age_model.api.app import make_api
from age_model.api.metrics import FOLDER
from age_model.api.problems import MEDIA_TYPE, Problem
from age_model.api.requests import write_lines
from age_model.api.service import Service
from age_model.model.device import AUTO, usable_device
from age_model.predict.predictor import Predictor
from age_model.store.record.database import open_record, record_url

LAST_WORK = 60  # seconds that a process told to end has for the requests it has begun
STARTED_WITHIN = 120  # seconds; then a process is taken for stuck, and started again
THREADS = "AGE_NETWORK_THREADS"  # of a process


def make_app() -> ASGIApp:
    """Return the app of one process, for the model in use and the record of the environment.

    Raises:
        AccessFileError: access.toml cannot be used.
    """
    write_lines()
    access = access_in_use()
    device = usable_device(AUTO)
    threads = int(os.environ[THREADS]) if device == "cpu" else None
    service = Service(
        lambda: Predictor.load(device=device),
        lambda: open_record(record_url()),
        access is not None,
        threads,
    )
    app = make_api(service)
    if access is not None:  # keys say who may do what, wherever a request comes from
        return app
    return KnownCallers(app, None, (), _refuse)


def check_address(host: str) -> str:
    """Return what to tell at the start.

    Raises:
        AccessFileError: access.toml cannot be used.
        StartError: people who must not could send requests.
    """
    if access_in_use() is not None:
        return "Requests need a key: see “age-model key”."
    return check_start(None, Settings(host, {}, {}))


def run(host: str, port: int, workers: int) -> None:
    """Answer until told to end; what was begun is finished.

    Args:
        host: address to listen on.
        port: to listen on.
        workers: processes, which share the machine's cores.
    """
    os.environ[THREADS] = f"{max(1, (os.cpu_count() or 1) // workers)}"
    config = uvicorn.Config(
        f"{__name__}:{make_app.__name__}",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=LAST_WORK,
        timeout_worker_healthcheck=STARTED_WITHIN,
    )
    with _metrics_together(workers), suppress(KeyboardInterrupt):
        _serve(config)


def _serve(config: uvicorn.Config) -> None:
    if config.workers > 1:
        Processes(config, [config.bind_socket()]).run()
        return
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


class Processes(Multiprocess):
    """Several processes that listen on one port, until they are told to end."""

    def terminate_all(self) -> None:
        """Tell them to end; nobody can connect from then on, however long the last one takes."""
        for listening in self.sockets:
            listening.close()
        super().terminate_all()


@contextmanager
def _metrics_together(workers: int) -> Iterator[None]:
    if workers == 1 or FOLDER in os.environ:
        yield
        return
    with TemporaryDirectory() as folder:
        os.environ[FOLDER] = folder
        yield


def _refuse(why_not: str) -> ASGIApp:
    problem = Problem(
        status=403,
        code="outside",
        title="This service answers the computer it runs on.",
        detail=why_not,
        request_id="",
    )
    return JSONResponse(problem.model_dump(), 403, media_type=MEDIA_TYPE)
