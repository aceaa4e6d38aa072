"""A sample till: asks the service about each new photo in a camera's folder, and adds the visit.

    AGE_KEY=age_... python clients/sample_till.py FOLDER --address https://ages.example.org --till 3

A photo is sent once its size stays the same between two looks. Photos are left where they are; a
visit's request is named by the photo's name and time, so that a restart adds nothing twice.
"""

import argparse
import hashlib
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from age_service import AgeService, ServiceError

SUFFIXES = {".jpg", ".jpeg", ".png"}
EVERY = 0.5  # seconds between two looks
ESTIMATE = ("age", "age_low", "age_high", "p_under_18", "p_under_25", "distribution")
SAID = {
    "ask": "Ask for ID",
    "cannot tell": "Cannot tell: ask for ID",
    "child": "Do not sell",
    "no need": "No need to ask",
}


class Till:
    """What was seen of a folder.

    Args:
        service: that is asked.
        folder: of the camera; what is in it at the start is left out.
        place: `till`, and in open mode `store`.
        show: is given what the cashier is to read.
    """

    def __init__(
        self,
        service: AgeService,
        folder: Path,
        place: dict[str, str],
        show: Callable[[str], None] = print,
    ) -> None:
        self._service, self._folder, self._show = service, folder, show
        self._till = place["till"]
        self._more = {name: value for name, value in place.items() if name != "till"}
        self._done = set(self._photos())
        self._sizes: dict[Path, int] = {}

    def look(self) -> None:
        """Look once; ask about the photos that are complete."""
        for photo in self._photos():
            size = photo.stat().st_size
            if photo not in self._done and size and self._sizes.get(photo) == size:
                self._done.add(photo)
                self._sizes.pop(photo)
                self._ask(photo)
            elif photo not in self._done:
                self._sizes[photo] = size

    def _photos(self) -> list[Path]:
        return sorted(path for path in self._folder.iterdir() if path.suffix.lower() in SUFFIXES)

    def _ask(self, photo: Path) -> None:
        taken = datetime.fromtimestamp(photo.stat().st_mtime)
        try:
            answer = self._service.faces(photo.read_bytes())
            decision = answer["decision"]
            self._show(f"{SAID[decision['verdict']]}. {decision['reason'] or ''}".strip())
            if answer["buyer"] is not None:
                self._add(answer, taken, photo.name)
        except ServiceError as error:  # the till goes on; the cashier asks
            self._show(f"Ask for ID: the service gave no answer. {error}")

    def _add(self, answer: dict[str, Any], taken: datetime, name: str) -> None:
        face = answer["faces"][answer["buyer"]]
        visit = {field: face[field] for field in ESTIMATE}
        visit |= {
            "time": taken.isoformat(timespec="milliseconds"),
            "till": self._till,
            "model_version": answer["model_version"],
        }
        token = hashlib.sha256(f"{name} {taken.isoformat()}".encode()).hexdigest()
        self._service.add_visits([visit], token, **self._more)


def main() -> None:
    """Look until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="that the camera writes into")
    parser.add_argument("--address", default="http://localhost:8502", help="of the service")
    parser.add_argument("--till", required=True, help="its name in the record")
    parser.add_argument("--store", help="its name; in open mode only")
    options = parser.parse_args()
    place = {"till": options.till} | ({"store": options.store} if options.store else {})
    till = Till(AgeService(options.address, os.environ.get("AGE_KEY")), options.folder, place)
    while True:
        till.look()
        time.sleep(EVERY)


if __name__ == "__main__":
    main()
