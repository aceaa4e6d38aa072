"""A client of the HTTP service in one file, with nothing but Python's standard library.

    service = AgeService("https://ages.example.org", key="age_...")
    answer = service.faces(Path("photo.jpg").read_bytes())
    print(answer["decision"]["verdict"], [face["age"] for face in answer["faces"]])

Requests that find the service busy or restarting are sent again; those that add to the record carry
an Idempotency-Key, so that nothing is added twice.
"""

import json
import time
import urllib.error
import urllib.request
import uuid
from typing import Any

AGAIN = (429, 502, 503, 504)  # statuses after which the same request may succeed
Answer = dict[str, Any]


class ServiceError(Exception):
    """The service refused a request.

    Attributes:
        problem: what it said: `status`, `code`, `title`, `detail`, `errors`, `request_id`.
    """

    def __init__(self, problem: Answer) -> None:
        super().__init__(f"{problem.get('title', 'No answer.')} {problem.get('detail', '')}")
        self.problem = problem


class AgeService:
    """The service at an address.

    Args:
        address: such as "https://ages.example.org", without a path.
        key: made by `age-model key create`; none is needed on the service's own computer in open
            mode.
        timeout: seconds to wait for an answer.
        attempts: how often a request is sent at most.
    """

    def __init__(
        self, address: str, key: str | None = None, timeout: float = 30, attempts: int = 5
    ) -> None:
        self._address, self._timeout, self._attempts = address.rstrip("/"), timeout, attempts
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def faces(self, photo: bytes) -> Answer:
        """Return the faces on a photo, each with its age and whether to ask for ID.

        Raises:
            ServiceError: the service refused the photo, or does not answer.
        """
        return self._send("/v1/faces", photo, {"Content-Type": "image/jpeg"})

    def add_visits(self, visits: list[Answer], token: str | None = None, **more: str) -> Answer:
        """Add visits to the record: all of them, or none.

        Args:
            visits: see docs/service.md.
            token: names this request; who sends the same again after a crash gives the same.
            more: `zone`, or in open mode `store`.

        Raises:
            ServiceError: nothing was added, or the service does not answer.
        """
        return self._add("/v1/visits", {"visits": visits, **more}, token)

    def add_receipts(self, receipts: list[Answer], token: str | None = None, **more: str) -> Answer:
        """Add receipts to the record; as `add_visits`."""
        return self._add("/v1/receipts", {"receipts": receipts, **more}, token)

    def _add(self, path: str, content: Answer, token: str | None) -> Answer:
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": token or uuid.uuid4().hex,
        }
        return self._send(path, json.dumps(content).encode(), headers)

    def _send(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        request = urllib.request.Request(
            self._address + path, body, {**self._headers, **headers}, method="POST"
        )
        problem: Answer = {}
        for attempt in range(self._attempts):
            wait = float(2**attempt)
            try:
                with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                    found: Answer = json.load(answer)
                    return found
            except urllib.error.HTTPError as error:
                problem = _problem(error)
                if error.code not in AGAIN:
                    raise ServiceError(problem) from error
                wait = float(error.headers.get("Retry-After") or wait)
            except (OSError, ValueError) as error:  # no connection, or no answer in time
                problem = {"code": "no_answer", "title": "No answer.", "detail": str(error)}
            if attempt + 1 < self._attempts:
                time.sleep(wait)
        raise ServiceError(problem)


def _problem(error: urllib.error.HTTPError) -> Answer:
    try:
        problem = json.load(error)
    except ValueError:  # a proxy's own page
        problem = None
    if not isinstance(problem, dict):
        problem = {"status": error.code, "code": "unknown", "title": str(error), "detail": ""}
    return problem
