from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from age_model.store.demo.write import write_demo
from age_model.store.record.database import URL_VARIABLE, open_record
from tests.support.browser import (
    CHROMIUM_ARGS,
    FACE,
    TIMEOUT,
    VISITS,
    watch,
)
from tests.support.serving import TESTED_BROWSERS, find_browser, running_app

expect.set_options(timeout=TIMEOUT)


@pytest.fixture(scope="package")
def demo_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a record with a demonstration month of a few visits."""
    folder = tmp_path_factory.mktemp("store")
    url = f"sqlite:///{folder / 'store.sqlite'}"
    engine = open_record(url)
    write_demo(engine, folder, seed=0, visits=VISITS)
    engine.dispose()
    return url


@pytest.fixture(scope="package")
def address(demo_store: str) -> Iterator[str]:
    """The address of the running app."""
    with running_app({URL_VARIABLE: demo_store}) as (address, _):
        yield address


@pytest.fixture(scope="package")
def camera_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake camera shows: a face, as a film of JPEGs one after the other."""
    picture = Image.new("RGB", (1280, 720), "lightgrey")
    with Image.open(FACE) as face:
        picture.paste(face.resize((600, 600)), (340, 60))
    path = tmp_path_factory.mktemp("camera") / "face.mjpeg"
    picture.save(path, format="JPEG")
    path.write_bytes(path.read_bytes() * 30)
    return path


@pytest.fixture(scope="package")
def chromium(camera_film: Path) -> Iterator[Browser]:
    path = find_browser(TESTED_BROWSERS)
    if path is None:
        pytest.skip(f"no browser to drive: none of {', '.join(TESTED_BROWSERS)} is installed")
    with sync_playwright() as playwright:
        arguments = [*CHROMIUM_ARGS, f"--use-file-for-fake-video-capture={camera_film}"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


LEFT_BEHIND = "cookies,local_storage,indexeddb,service_workers"
LOCAL = ("http://127.0.0.1:", "ws://127.0.0.1:", "file:", "data:", "blob:")


@pytest.fixture(scope="package")
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    """One visitor's browser, which reads and compiles once what all pages are made of."""
    context = chromium.new_context()
    watch(context)
    yield context
    context.close()


@pytest.fixture
def page(visitor: BrowserContext) -> Iterator[Page]:
    """A page that asks nothing of other servers, whatever is done on it, and leaves nothing."""
    asked: list[str] = []

    def remember(request: Request) -> None:
        asked.append(request.url)

    visitor.on("request", remember)
    page = visitor.new_page()
    yield page
    devtools = visitor.new_cdp_session(page)
    for origin in {f"{url.scheme}://{url.netloc}" for url in map(urlsplit, asked)}:
        if origin.startswith("http"):
            devtools.send(
                "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": LEFT_BEHIND}
            )
    for opened in visitor.pages:
        opened.close()
    visitor.remove_listener("request", remember)
    assert asked
    assert [url for url in asked if not url.startswith(LOCAL)] == []
