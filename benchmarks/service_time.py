"""How fast does the HTTP service answer one client and fifty, and what do hostile bodies do to it?

    python -m benchmarks.service_time

The service runs as `serve` runs it, with 50 clients that each send a photo as soon as the last one
is answered. The photos are made up: 480 x 360 pixels with one or two example faces, all different;
each answer is compared with what the page's way, `Predictor.predict`, says about that photo: a face
more or less, a box off by more than 2 pixels or an age off by more than 0.5 years is wrong. That
way, one photo at a time, is also what the throughput is compared with; both run in turns.
"""

import http.client
import json
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles
from threading import local
from typing import Any
from urllib.parse import urlsplit

import torch
from PIL import Image

from age_model.api.service import RATE_VARIABLE
from age_model.predict.predictor import Predictor
from age_model.predict.results import PhotoResult
from age_model.serving.scorer import Scorer
from age_model.vision.photos import open_photo
from benchmarks.report import EXAMPLES, Row, show, with_range
from tests.support.serving import free_port, running

CLIENTS = 50
REQUESTS = 5000
DIFFERENT = 250  # photos among them
ROUNDS = 3  # in which the requests are shared out, each after some photos by the page's way
PLAIN = 20  # of these photos
ALONE = 100  # requests of one client
HOSTILE = 10_000
QUARTERS = 4
SIZE = (480, 360)  # pixels
AGE_OFF, BOX_OFF = 0.5, 2.0  # years, pixels


@dataclass(frozen=True)
class Answer:
    """What the service said.

    Attributes:
        status: of HTTP.
        content: of its JSON.
        seconds: that it took.
    """

    status: int
    content: Any
    seconds: float


class Clients:
    """Senders that each keep a connection.

    Args:
        address: of the service.
    """

    def __init__(self, address: str) -> None:
        self._place = urlsplit(address).netloc
        self._own = local()

    def send(self, body: bytes) -> Answer:
        """Send a photo and wait for the answer; who finds the connection closed opens another."""
        started = time.perf_counter()
        for attempt in (1, 2):
            connection = getattr(self._own, "connection", None)
            if connection is None:
                connection = http.client.HTTPConnection(self._place, timeout=300)
                self._own.connection = connection
            try:
                connection.request("POST", "/v1/faces", body, {"Content-Type": "image/jpeg"})
                answer = connection.getresponse()
                content = json.loads(answer.read())
                break
            except (OSError, http.client.HTTPException):
                self._own.connection = None
                if attempt == 2:
                    raise
        return Answer(answer.status, content, time.perf_counter() - started)


def small_photos(count: int) -> list[bytes]:
    """Return JPEGs of one or two example faces, each photo unlike the others."""
    chance = random.Random(0)
    portraits = [open_photo(path) for path in sorted(EXAMPLES.glob("ages-*.jpg"))]
    photos = []
    for _ in range(count):
        photo = Image.new("RGB", SIZE, tuple(chance.randint(60, 200) for _ in range(3)))
        for half in range(chance.randint(1, 2)):
            side = chance.randint(120, 220)
            left = half * SIZE[0] // 2 + chance.randint(0, SIZE[0] // 2 - side)
            top = chance.randint(0, SIZE[1] - side)
            photo.paste(chance.choice(portraits).resize((side, side)), (left, top))
        photos.append(_jpeg(photo))
    return photos


def hostile_bodies(count: int) -> Iterator[bytes]:
    """Yield bodies that are no photos: random, cut, changed, empty, and false promises of size."""
    chance = random.Random(1)
    photo = small_photos(1)[0]
    for number in range(count):
        kind = number % 5
        if kind == 0:
            yield chance.randbytes(chance.randint(0, 2000))
        elif kind == 1:
            yield photo[: chance.randint(0, len(photo) - 1)]
        elif kind == 2:
            changed = bytearray(photo)
            for _ in range(chance.randint(1, 50)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            yield bytes(changed)
        elif kind == 3:
            yield chance.choice((b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"RIFF", b"II*\x00")) + (
                chance.randbytes(chance.randint(0, 500))
            )
        else:
            yield b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + chance.randbytes(300)


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Measure a service on this computer."""
    requests, different, alone, hostile, clients = (
        (10, 5, 2, 10, 5) if miniature else (REQUESTS, DIFFERENT, ALONE, HOSTILE, CLIENTS)
    )
    predictor = Predictor.load()
    sent = small_photos(different)
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    expected = list(
        Scorer(predictor).results((f"{i}", partial(BytesIO, p)) for i, p in enumerate(sent))
    )
    torch.set_num_threads(usual)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = ["-m", "age_model", "serve", "--port", f"{port}"]
    with running(command, f"{address}/health", {RATE_VARIABLE: "100000"}) as process:
        one = Clients(address)
        return [
            _alone(one, alone),
            *_together(one, predictor, sent, expected, requests, clients),
            _hostile(one, process, hostile, clients),
        ]


def _alone(clients: Clients, count: int) -> Row:
    """Time one client whose photo has four faces."""
    photo = (EXAMPLES / "group.jpg").read_bytes()
    clients.send(photo)
    found = [clients.send(photo) for _ in range(count)]
    faces = {len(answer.content["faces"]) for answer in found}
    seconds = [answer.seconds for answer in found]
    return _row(
        f"one client, {max(faces)} faces on a photo",
        f"{count} requests",
        f"median {median(seconds):.2f} s, 95 % within {quantiles(seconds, n=20)[-1]:.2f} s",
    )


def _together(
    clients: Clients,
    predictor: Predictor,
    sent: list[bytes],
    expected: list[PhotoResult],
    requests: int,
    at_once: int,
) -> list[Row]:
    """Time many clients, with one photo at a time in between, and compare the answers."""
    order = [number % len(sent) for number in range(requests)]
    wrong, rates, plain, times = 0, [], [], []
    with ThreadPoolExecutor(at_once) as pool:

        def send(number: int) -> Answer:
            return clients.send(sent[number])

        list(pool.map(send, range(min(at_once, len(sent)))))
        for part in range(ROUNDS):
            some, numbers = sent[part::ROUNDS][:PLAIN], order[part::ROUNDS]
            started = time.perf_counter()
            for content in some:
                predictor.predict("", content)
            plain.append(len(some) / (time.perf_counter() - started))
            started = time.perf_counter()
            answers = list(pool.map(send, numbers))
            rates.append(len(numbers) / (time.perf_counter() - started))
            times += [answer.seconds for answer in answers]
            wrong += sum(
                not _same(answer, expected[number])
                for number, answer in zip(numbers, answers, strict=True)
            )
    ratio = [many / one for many, one in zip(rates, plain, strict=True)]
    return [
        _row(
            "one photo at a time, the page's way",
            f"{ROUNDS * len(some)} photos, in {ROUNDS} parts",
            f"{with_range(plain)} photos a second",
        ),
        _row(
            f"{at_once} clients",
            f"{requests} requests, in {ROUNDS} parts",
            f"{with_range(rates)} photos a second",
        ),
        _row(f"{at_once} clients beside one photo at a time", f"{ROUNDS}", with_range(ratio)),
        _row(
            f"{at_once} clients, time of an answer",
            f"{requests} requests",
            f"median {median(times):.2f} s, 95 % within {quantiles(times, n=20)[-1]:.2f} s",
        ),
        _row(f"{at_once} clients, wrong or mixed answers", f"{requests} requests", f"{wrong}"),
    ]


def _hostile(clients: Clients, process: int, count: int, at_once: int) -> Row:
    """Send bodies that are no photos, and see how memory grows from quarter to quarter of them."""
    failed, memory = 0, []
    bodies = list(hostile_bodies(count))
    with ThreadPoolExecutor(at_once) as pool:
        for part in range(QUARTERS):
            sent = bodies[count * part // QUARTERS : count * (part + 1) // QUARTERS]
            failed += sum(answer.status >= 500 for answer in pool.map(clients.send, sent))
            memory.append(f"{_megabytes(process):.0f}")
    return _row(
        "hostile bodies",
        f"{count} requests",
        f"{failed} answers of 500 or more; memory after each quarter: {', '.join(memory)} MB",
    )


def _same(answer: Answer, expected: PhotoResult) -> bool:
    if answer.status != 200 or len(answer.content["faces"]) != len(expected.faces):
        return False
    return all(
        abs(face["age"] - known.age) <= AGE_OFF
        and max(
            abs(face[edge] - value)
            for edge, value in zip(("left", "top", "right", "bottom"), known.box, strict=True)
        )
        <= BOX_OFF
        for face, known in zip(answer.content["faces"], expected.faces, strict=True)
    )


def _megabytes(process: int | str) -> float:
    """Return the memory that a process, or "self", takes; 0 where the system does not tell."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return 0
    lines = status.read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _row(what: str, n: str, measured: str) -> Row:
    return {"what": what, "n": n, "measured": measured}


def _jpeg(photo: Image.Image) -> bytes:
    file = BytesIO()
    photo.save(file, "JPEG", quality=88)
    return file.getvalue()


if __name__ == "__main__":
    show(rows)
