"""The app without a browser: pages, photos for them, what they show."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app_pages.widgets.doors import ENTRIES

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "assets" / "examples").glob("*.jpg"))
FACE = ROOT / "assets" / "examples" / "ages-35-44.jpg"  # estimated over 25, but under 40
CHILD = ROOT / "assets" / "examples" / "ages-0-12.jpg"
GROUP = ROOT / "assets" / "examples" / "group.jpg"
ADDRESSES = {entry.name: entry.address for entry in ENTRIES}
BROKEN = b"this is not a photo"
METRICS = json.loads((ROOT / "assets" / "evaluation" / "metrics.json").read_text("utf-8"))


def blank_photo() -> bytes:
    file = BytesIO()
    Image.new("RGB", (200, 200), "grey").save(file, format="JPEG")
    return file.getvalue()


@contextmanager
def written_files() -> Iterator[list[str]]:
    """The paths of all files opened for writing; an audit hook sees each, and stays for good."""
    paths: list[str] = []
    watching = True

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            paths.append(str(arguments[0]))

    sys.addaudithook(watch)
    yield paths
    watching = False


def open_page(name: str, **settings: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300)
    app.query_params.update(settings)
    return run_at(app, ADDRESSES[name])


def run_at(app: AppTest, address: str) -> AppTest:
    """Run the app as for a browser that sends an address, whether or not it is in the menu."""
    app._page_hash = calc_hash(address)
    return app.run()


# ---- Photo


def face_ages(app: AppTest) -> dict[str, str]:
    """Label and age of the cards on a page."""
    return {metric.label: metric.value for metric in app.metric}


def warnings(app: AppTest) -> str:
    return " ".join(warning.value for warning in app.warning)


def shown_names(app: AppTest) -> list[str]:
    return [photo.result.name for photo in app.session_state["results"].values()]


def years(text: str) -> int:
    return 0 if text.startswith("Under") else int(text.split()[0])


# ---- Webcam


def take(app: AppTest, picture: bytes) -> AppTest:
    """Take a picture with the webcam."""
    app.camera_input[0].upload("snapshot.jpg", picture).run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def answered(app: AppTest) -> str:
    """The large answer to a snapshot."""
    boxes = (*app.error, *app.warning, *app.info, *app.success)
    return " ".join(box.value for box in boxes if box.value.startswith("# "))


def shown_text(app: AppTest) -> str:
    return " ".join(text.value for text in app.markdown)
