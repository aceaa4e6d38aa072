import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from zipfile import ZipFile

import pandas as pd
import pytest
from PIL import ExifTags, Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from age_model.evaluation.selection import worst_errors
from age_model.vision.photos import open_photo
from app_pages.errors.worst_photos import ages_in_words
from tests.support.browser import (
    DESKTOP,
    FACE,
    PHONE,
    ROOT,
    TABLET,
    scrolls_sideways,
    serious_findings,
    settle,
    settled,
    visit,
    watch,
)
from tests.support.serving import running_app


@pytest.fixture
def large_photo(tmp_path: Path) -> Path:
    """A 12-megapixel photo of one face."""
    photo = Image.new("RGB", (4000, 3000), "lightgrey")
    with Image.open(FACE) as face:
        photo.paste(face.resize((1500, 1500)), (1200, 700))
    path = tmp_path / "large.png"
    photo.save(path)
    return path


def test_uploaded_photo_shows_an_age(page: Page, address: str, large_photo: Path) -> None:
    visit(page, address, "", DESKTOP)
    page.locator("input[type=file]").set_input_files(large_photo)
    picture = page.get_by_role("img", name="large.png with 1 numbered face")
    expect(picture).to_be_visible()
    for size in (DESKTOP, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        expect(page.get_by_text("An example", exact=True)).to_have_count(0)
        expect(page.get_by_text(re.compile(r"^\d+ years$"))).to_be_visible()
        likely = page.get_by_text(re.compile("^Likely"))
        expect(likely).to_be_visible()
        expect(page.get_by_role("button", name="Download CSV")).to_be_visible()
        settle(page)
        answer, shown = likely.bounding_box(), picture.bounding_box()
        assert answer and shown
        assert (answer["y"] < shown["y"]) == (size == PHONE)
        assert not scrolls_sideways(page)


def test_examples_are_chosen_by_keyboard_and_picture(page: Page, address: str) -> None:
    visit(page, address, "", DESKTOP)
    page.get_by_role("button", name="Ages 25–34", exact=True).press("Enter")
    expect(page.get_by_text(re.compile(r"^\d+ years$"))).to_be_visible()
    expect(page.get_by_text("An example", exact=True)).to_have_count(0)  # it is pale, then gone
    assert serious_findings(page) == []
    with settled(page):
        # What lies upon the picture takes the click.
        page.get_by_role("img", name="Example: Group").click(force=True)
    fullscreen = page.get_by_role("button", name=re.compile("^Enlarge: .*4 numbered faces"))
    for element in (page.get_by_role("link", name="At the till").first, fullscreen):
        element.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")  # only then the focus counts as the keyboard's
        expect(element).to_have_css("outline-style", "solid")
    expect(page.get_by_test_id("stElementToolbar").first).to_have_css("opacity", "1")


def test_photos_of_phones_are_turned_upright(page: Page, address: str, tmp_path: Path) -> None:
    face = open_photo(FACE)
    heic, turned = tmp_path / "IMG_0001.HEIC", tmp_path / "turned.jpg"
    face.save(heic, format="HEIF")
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be turned clockwise before it is shown
    face.transpose(Image.Transpose.ROTATE_90).save(turned, exif=exif)
    visit(page, address, "", PHONE)
    page.locator("input[type=file]").set_input_files([heic, turned])
    for name in (heic.name, turned.name):
        picture = page.get_by_role("img", name=f"{name} with 1 numbered face")
        expect(picture).to_be_visible()


@pytest.fixture
def photo_zip(tmp_path: Path) -> Path:
    """A ZIP of five photos of a face and one that is broken."""
    path = tmp_path / "photos.zip"
    with ZipFile(path, "w") as archive:
        for number in range(5):
            archive.write(FACE, f"day/{number}.jpg")
        archive.writestr("day/broken.jpg", b"broken")
    return path


def test_zip_is_examined_photo_by_photo(page: Page, address: str, photo_zip: Path) -> None:
    visit(page, address, "?challenge_age=40", PHONE)
    page.locator("input[type=file]").set_input_files(photo_zip)
    expect(page.get_by_text("1 photo without a face")).to_be_visible()
    expect(page.get_by_text("photos.zip/day/broken.jpg").first).to_be_visible()
    expect(page.get_by_text("ask for ID").first).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)  # all is done
    with settled(page):
        page.get_by_role("button", name="Open").first.click()
    expect(page.get_by_text(re.compile("^Likely"))).to_be_visible()
    assert not scrolls_sideways(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download picture with faces blurred").click()
    with Image.open(download.value.path()) as picture:
        assert picture.size == (320, 320)


def test_snapshots_of_the_camera_are_answered(page: Page, address: str) -> None:
    visit(page, address, "", PHONE)
    expect(page.get_by_role("link", name="Practice with the camera")).to_be_visible()
    visit(page, address, "practice?challenge_age=40", PHONE)
    another = page.get_by_role("button", name="Same person, take another")
    for snapshots, size in enumerate((PHONE, PHONE, TABLET), 1):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        settle(page)
        # A click before the camera's first picture is lost, and its first ones are black.
        page.wait_for_function("document.querySelector('video')?.currentTime > 1")
        shutter = page.get_by_role("button", name="Take picture")
        expect(shutter).to_be_in_viewport(ratio=1)
        shutter.click()
        expect(page.get_by_role("heading", name=re.compile("sk for ID"))).to_be_in_viewport(ratio=1)
        averaged = page.get_by_text(f"Averaged over {snapshots} snapshots")
        expect(averaged).to_have_count(int(snapshots > 1))
        expect(another).to_be_in_viewport(ratio=1)
        assert not scrolls_sideways(page)
        assert page.get_by_role("link", name="Link to heading").count() == 0  # by keyboard
        with settled(page):
            page.keyboard.press("5")  # as at the till
        expect(page.get_by_text("Take another picture of person 1")).to_be_in_viewport()


def test_a_russian_browser_is_answered_in_russian(chromium: Browser, address: str) -> None:
    context = chromium.new_context(locale="ru-RU", viewport={"width": PHONE[0], "height": PHONE[1]})
    watch(context)
    page = context.new_page()
    page.goto(address)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Возраст по лицу")
    expect(page).to_have_title("Возраст по лицу")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.get_by_text("До 256 МБ на файл")).to_be_visible()
    expect(page.get_by_role("navigation", name="Меню")).to_be_visible()
    receipt = FilePayload(name="receipt.pdf", mimeType="application/pdf", buffer=b"%PDF")
    page.locator("input[type=file]").set_input_files(receipt)
    expect(page.get_by_text("Файлы этого вида здесь не подходят.")).to_be_visible()
    page.locator("input[type=file]").set_input_files(FACE)
    expect(page.get_by_text(re.compile(r"^\d+ (год|года|лет)$"))).to_be_visible()
    assert not scrolls_sideways(page)
    settle(page)
    page.get_by_role("button", name="RU", exact=True).click()
    page.get_by_text("English", exact=True).click()  # the photo and its age stay
    expect(heading).to_have_text("Ages from faces")
    expect(page.get_by_text(re.compile(r"^\d+ years$"))).to_be_visible()
    expect(page.get_by_role("navigation", name="Menu", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?lang=en$"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(heading).to_have_text("Ages from faces")
    context.close()


def test_the_theme_is_chosen_with_the_language_and_holds_on_all_pages(
    page: Page, address: str
) -> None:
    visit(page, address, "train", DESKTOP)
    app = page.get_by_test_id("stApp")
    expect(app).to_have_css("background-color", "rgb(255, 255, 255)")
    preferences = page.get_by_role("button", name="EN", exact=True)
    preferences.click()
    expect(page.get_by_role("radio", name="Русский")).to_be_visible()
    assert serious_findings(page) == []
    with settled(page):
        page.get_by_role("radio", name="Dark").click()
    expect(app).to_have_css("background-color", "rgb(17, 24, 29)")
    expect(preferences).to_be_focused()
    expect(page.get_by_test_id("stMainMenuPopover")).to_have_count(0)
    visit(page, address, "settings", DESKTOP)
    expect(app).to_have_css("background-color", "rgb(17, 24, 29)")
    preferences.click()
    expect(page.get_by_role("radio", name="Dark")).to_be_checked()


def test_charts_are_drawn_in_the_colours_of_the_theme(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="dark")
    visit(page, address, "errors", DESKTOP)
    curve = page.locator(".js-plotly-plot .js-line").first
    expect(curve).to_have_css("stroke", "rgb(86, 180, 233)")
    expect_axes_of(page, "rgb(233, 238, 242)")
    page.get_by_role("tab", name="Heat map").click()
    number = page.locator(".js-plotly-plot .heatmap-label text").first
    expect(number).to_have_css("fill", "rgb(233, 238, 242)")
    page.emulate_media(color_scheme="light")
    expect_axes_of(page, "rgb(15, 24, 32)")


def expect_axes_of(page: Page, colour: str) -> None:
    """Wait until axes are written in a colour."""
    for part in (".xtick", ".g-ytitle"):
        words = page.locator(f".js-plotly-plot {part} text").first
        expect(words).to_have_css("fill", colour)


def drag_over(page: Page, chart: Locator) -> None:
    """Draw a rectangle on a chart with the mouse."""
    left, top, width, height = chart.evaluate(
        "area => { area.scrollIntoView({block: 'center'});"
        " const box = area.getBoundingClientRect();"
        " return [box.x, box.y, box.width, box.height]; }"
    )
    page.mouse.move(left + 0.2 * width, top + 0.3 * height)
    page.mouse.down()
    page.mouse.move(left + 0.5 * width, top + 0.6 * height, steps=5)
    page.mouse.up()


def point_of_one_photo(chart: Locator) -> list[float]:
    """The screen position of a cell of the density chart with one photo."""
    place: list[float] = chart.evaluate(
        "chart => { chart.scrollIntoView({block: 'center'});"
        " const {xaxis, yaxis} = chart._fullLayout, points = chart._fullData[1];"
        " const one = points.customdata.findIndex(cell => cell[2] === 1);"
        " const box = chart.getBoundingClientRect();"
        " return [box.x + xaxis._offset + xaxis.d2p(points.x[one]),"
        "  box.y + yaxis._offset + yaxis.d2p(points.y[one])]; }"
    )
    return place


def test_an_area_of_the_chart_narrows_the_page_and_a_click_opens_a_photo(
    page: Page, address: str
) -> None:
    visit(page, address, "errors", DESKTOP)
    with settled(page):
        page.get_by_text("Drag selects an area").click()
    page.wait_for_function(
        "() => document.querySelector('.js-plotly-plot')?._fullLayout?.dragmode === 'select'"
    )
    with settled(page):
        drag_over(page, page.locator(".js-plotly-plot").first.locator(".nsewdrag"))
    selected = page.get_by_text("selected in the chart")
    expect(selected).to_be_visible()
    with settled(page):
        page.get_by_text("Clear the area").click()
    expect(selected).not_to_be_visible()
    with settled(page):
        page.get_by_text("Click shows a photo's figures").click()
    page.wait_for_function(
        "() => document.querySelector('.js-plotly-plot')?._fullLayout?.clickmode === 'event+select'"
    )
    x, y = point_of_one_photo(page.locator(".js-plotly-plot").first)
    with settled(page):
        page.mouse.move(x - 2, y)
        page.mouse.move(x, y)
        page.mouse.click(x, y)
    opened = page.get_by_role("dialog")
    expect(opened.get_by_text("What may have misled the model")).to_be_visible()
    page.wait_for_function("() => location.search.includes('photo=')")
    first = page.url
    with settled(page):
        opened.get_by_role("button", name=re.compile("Next|Previous")).and_(
            opened.locator(":not([disabled])")
        ).first.click()
    page.wait_for_function("first => location.href !== first", arg=first)
    page.keyboard.press("Escape")
    expect(opened).not_to_be_visible()
    page.wait_for_function("() => !location.search.includes('photo=')")


@pytest.fixture
def worst() -> dict[str, Any]:
    """The test photo with the worst error."""
    table = pd.read_csv(ROOT / "assets" / "evaluation" / "predictions.csv")
    return worst_errors(table, 1).iloc[0].to_dict()


@pytest.fixture
def with_photos(tmp_path: Path, worst: dict[str, Any]) -> Iterator[str]:
    """The address of the app with the photo of the worst error."""
    shutil.copy(FACE, tmp_path / worst["file_name"])
    with running_app({"AGE_DATA_DIR": str(tmp_path)}) as (address, _):
        yield address


def test_a_picture_of_the_gallery_opens(
    page: Page, with_photos: str, worst: dict[str, Any]
) -> None:
    visit(page, with_photos, "errors?view=worst", PHONE)
    expect(page.get_by_role("tab", name="Worst errors")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("img", name="A test photo")).to_have_count(1)
    # By its ages, not as the first one: others may be drawn before it.
    with settled(page):
        page.get_by_role("button", name=ages_in_words(worst), exact=True).click()
    opened = page.get_by_role("dialog")
    expect(opened.get_by_role("img", name="A test photo")).to_be_visible()
    expect(opened.get_by_role("figure", name="How likely each age is")).to_be_visible()
    assert not scrolls_sideways(page)


def test_back_shows_what_the_address_says_and_leads_to_no_old_one(page: Page, address: str) -> None:
    visit(page, address, "train")
    page.goto(f"{address}/test_errors?view=gate")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Errors")
    gate, overview = (page.get_by_role("tab", name=name) for name in ("Age gate", "Overview"))
    expect(gate).to_have_attribute("aria-selected", "true")
    expect(page).to_have_url(re.compile(r"/errors\?view=gate$"))
    settle(page)
    page.get_by_role("button", name="Real age").click()
    with settled(page):
        page.get_by_test_id("stButtonGroup").get_by_text("13–17", exact=True).click()
    expect(page).to_have_url(re.compile("view=gate&ages="))
    expect(page.get_by_text("All 4,672 photos")).to_have_count(0)
    with settled(page):
        page.go_back()
    expect(page.get_by_text("All 4,672 photos")).to_be_visible()
    expect(gate).to_have_attribute("aria-selected", "true")
    with settled(page):
        overview.click()
    expect(page).to_have_url(re.compile("/errors$"))
    with settled(page):
        page.go_back()
    expect(gate).to_have_attribute("aria-selected", "true")
    with settled(page):
        page.go_forward()
    expect(overview).to_have_attribute("aria-selected", "true")
    expect(page).to_have_url(re.compile("/errors$"))
    with settled(page):
        page.go_back()
    page.go_back()
    expect(heading).to_have_text("Train")


def test_a_chosen_language_is_no_step_of_the_history(page: Page, address: str) -> None:
    visit(page, address, "settings")
    page.get_by_role("button", name="EN", exact=True).click()
    with settled(page):
        page.get_by_role("radio", name="Русский").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Настройки")
    page.keyboard.press("Escape")
    with settled(page):
        page.get_by_role("link", name="Журнал действий").click()
    expect(heading).to_have_text("Журнал действий")
    expect(page).to_have_url(re.compile(r"/audit_log\?lang=ru$"))
    with settled(page):
        page.go_back()
    expect(heading).to_have_text("Настройки")
    expect(page).to_have_url(re.compile(r"/settings\?lang=ru$"))
    page.go_back()
    page.wait_for_url("about:blank")


def test_streamlits_own_words_are_in_the_readers_language(page: Page, address: str) -> None:
    visit(page, address, "settings")
    page.goto(f"{address}/settings?lang=ru")
    settle(page)
    assert page.locator("[role=img][aria-label$=' icon']:not([aria-hidden=true])").count() == 0
    page.get_by_test_id("stTextInput").first.locator("input").fill("7")
    expect(page.get_by_test_id("InputInstructions")).to_contain_text("Enter — отправить")
    page.get_by_test_id("stSelectbox").locator("input:visible").first.click()
    expect(page.locator("[data-live-announcer]")).to_contain_text("Найдено: ")


# ---- The HTTP service beside the pages


def test_pages_and_service_have_one_address(address: str) -> None:
    sent = Request(f"{address}/v1/faces", FACE.read_bytes(), {"Content-Type": "image/jpeg"})
    with urlopen(sent, timeout=120) as answer:
        assert len(json.load(answer)["faces"]) == 1
    with urlopen(f"{address}/ready") as answer:
        assert json.load(answer)["ready"]
    with urlopen(f"{address}/how_good") as answer:
        assert "text/html" in answer.headers["Content-Type"]
    with urlopen(f"{address}/test_errors?view=gate&ages=13") as answer:  # as it was called before
        assert answer.url == f"{address}/errors?view=gate&ages=13"
