"""The Store pages in a real browser: in sight, accessible, from a file or a face to the record."""

import re
import shutil
from base64 import b64encode
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from app_pages.streamlit_fixes.document import FACES
from tests.support.browser import (
    DESKTOP,
    PHONE,
    TABLET,
    scrolls_sideways,
    serious_findings,
    settle,
    settled,
    visit,
)
from tests.support.store_made_up import RUSSIAN

CHECKOUT = "till?store=North&till=1&cashier=Olga"

EXAMPLES = Path(__file__).parents[2] / "assets" / "examples"
PHOTOS = {  # two with a receipt at their till, one an hour later, one without a time
    "2026-07-01_12-00-05_till3.jpg": "ages-18-24.jpg",
    "20260701-120105-4.jpg": "ages-45-54.jpg",
    "2026-07-01 13.00.05 till 3.jpg": "ages-25-34.jpg",
    "holiday.jpg": "ages-35-44.jpg",
}
CAMERA_RECEIPTS = """time,store,till,cashier,receipt,product,category,amount
2026-07-01 12:00:40,Camera,3,Olga,0001,Milk,Dairy,92.50
2026-07-01 12:01:20,Camera,4,Anna,0001,Bread,Bakery,48.00
2026-07-01 12:01:20,Camera,5,Anna,0002,Bread,Bakery,48.00
"""
PHONE_WITH_BARS = (390, 664)  # those of its browser take the rest

# As of the few browsers that find faces: one, as wide as the test says.
FINDS_FACES = """
window.widthOfFace = 60;
window.FaceDetector = class {
  detect = async () => [{boundingBox: {width: window.widthOfFace}}];
};
"""

# In place of the browser's own camera: one that shows a picture.
CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  const picture = new Image();
  picture.src = "__PICTURE__";
  await picture.decode();
  const canvas = Object.assign(document.createElement("canvas"), {width: 1280, height: 720});
  const draw = () => canvas.getContext("2d").drawImage(picture, 0, 0);
  draw();
  setInterval(draw, 100);
  return canvas.captureStream();
};
"""

DARK, BRIGHT = "More light on the face", "Less light into the camera"
BLACK = "The picture is black: is the camera covered?"
FAR = "Come closer to the camera"
HINTS = {  # while aiming, by the light of the picture, of 255, and the largest face's width, pixels
    (9, 300): BLACK, (10, 0): DARK, (59, 300): DARK, (59, 60): DARK, (60, 300): "",
    (225, 300): "", (226, 300): BRIGHT,
    (226, 60): BRIGHT, (120, 0): "", (120, 1): FAR, (120, 95): FAR, (120, 96): "",
}  # fmt: skip


def press(page: Page, button: str, key: str) -> None:
    """Press the key of a button, which is there."""
    expect(page.get_by_role("button", name=button)).to_be_visible()
    with settled(page):
        page.keyboard.press(key)


def test_the_checkout_of_a_till_fits_and_is_accessible(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="dark")
    visit(page, address, CHECKOUT, TABLET)
    assert serious_findings(page) == []
    page.emulate_media(color_scheme="light")
    visit(page, address, "till?lang=en", PHONE)  # where store and till are asked for
    buttons = [
        page.get_by_role("button", name=name)
        for name in ("Take picture", "Go on without a picture")
    ]
    assert not scrolls_sideways(page)
    assert serious_findings(page) == []
    for width, height in (PHONE, PHONE_WITH_BARS, TABLET):
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        for button in buttons:
            expect(button).to_be_in_viewport(ratio=1)


def test_a_file_of_receipts_is_mapped_added_once_and_handed_back(
    page: Page, address: str, tmp_path: Path
) -> None:
    page.emulate_media(color_scheme="dark")
    path = tmp_path / "чеки.csv"
    path.write_bytes(RUSSIAN.encode("cp1251"))
    refused = page.get_by_text("2 of 5 rows cannot be added.")
    for result in ("Added: 3. Already there: 0.", "Added: 0. Already there: 3."):
        visit(page, address, "add_data?lang=en", DESKTOP)
        page.locator("input[type=file]").set_input_files(path)
        expect(refused).to_be_visible()
        expect(page.get_by_text("is read as 2026-06-01 12:00:05")).to_be_visible()
        assert serious_findings(page) == []
        with settled(page):
            page.get_by_role("button", name="Add 3 rows").click()
        expect(page.get_by_text(result)).to_be_visible()
        expect(refused).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download these rows with the reasons").click()
    returned = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert returned[0].startswith("row,reason,")
    assert len(returned) == 3


def test_a_buyer_is_answered_and_recorded_by_keyboard(page: Page, address: str) -> None:
    page.add_init_script(FINDS_FACES)
    visit(page, address, f"{CHECKOUT}&challenge_age=40&lang=en", TABLET)
    page.wait_for_function("document.querySelector('video')?.currentTime > 1")  # black before
    hint = page.locator(".till-hint")
    expect(hint).to_have_text("Come closer to the camera")
    page.evaluate("window.widthOfFace = 300")
    expect(hint).to_have_text("")
    said = page.evaluate("cases => cases.map(one => tillHint(...one))", list(HINTS))
    assert said == list(HINTS.values())
    camera = page.locator("video").bounding_box()
    assert camera and camera["height"] >= 0.695 * TABLET[1]
    expect(page.get_by_role("button", name="Go on without a picture")).to_be_in_viewport(ratio=1)
    page.locator("summary").first.focus()
    page.keyboard.press("Tab")  # to what stands next on the screen
    expect(page.get_by_role("button", name="Take picture")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name=re.compile("sk for ID"))).to_be_visible()
    with settled(page):
        page.keyboard.type("4601234567893")  # as a barcode scanner does
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("sk for ID"))).to_be_visible()
    expect(page.get_by_text("Recorded:")).to_have_count(0)
    press(page, "Sale refused", "3")
    expect(page.get_by_text("Recorded: Sale refused")).to_be_visible()
    for button in ("Undo", "Go on without a picture"):
        expect(page.get_by_role("button", name=button)).to_be_in_viewport(ratio=1)
    press(page, "Undo", "0")
    expect(page.get_by_text("What was the outcome of the previous buyer's check?")).to_be_visible()
    page.get_by_role("button", name="ID shown").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sold, not asked")).to_be_focused()
    expect(page.get_by_role("button", name="Sold, not asked")).to_have_css("outline-style", "solid")
    shortest = page.get_by_role("button", name="Sold, not asked").bounding_box()
    assert shortest and shortest["height"] >= 64
    press(page, "ID shown", "1")
    expect(page.get_by_text("Recorded: ID shown")).to_be_visible()


def test_a_camera_that_was_disconnected_goes_on_when_it_is_back(page: Page, address: str) -> None:
    visit(page, address, f"{CHECKOUT}&lang=en", TABLET)
    page.wait_for_function("document.querySelector('video')?.currentTime > 1")
    hint = page.locator(".till-hint")
    page.evaluate(
        """() => {
          const devices = navigator.mediaDevices, ask = devices.getUserMedia.bind(devices);
          devices.getUserMedia = async () => { throw new DOMException("", "NotFoundError"); };
          window.plugIn = () => {
            devices.getUserMedia = async what => window.asked = await ask(what);
          };
          document.querySelector("video").srcObject.getVideoTracks()[0].stop();
        }"""
    )
    expect(hint).to_contain_text("The camera is disconnected")
    page.keyboard.press("Space")  # takes no black picture
    expect(page.locator("[data-testid=stCameraInputButton][inert]")).to_be_visible()
    page.evaluate("window.plugIn()")
    expect(hint).to_have_text("")
    expect(page.locator("[data-testid=stCameraInputButton][inert]")).to_have_count(0)
    page.wait_for_function("document.querySelector('video').videoWidth > 0")
    page.get_by_role("button", name="Take picture").click()
    expect(page.get_by_text("Age", exact=True)).to_be_visible()
    page.wait_for_function("window.asked.getVideoTracks()[0].readyState === 'ended'")


def crowd() -> str:
    """Nine faces in two rows, as the address of a picture."""
    picture = Image.new("RGB", (1280, 720), "lightgrey")
    faces = sorted(EXAMPLES.glob("ages-*.jpg"))
    for number, path in enumerate([*faces, faces[-1]]):
        with Image.open(path) as face:
            picture.paste(face.resize((240, 240)), (number % 5 * 256, number // 5 * 360))
    file = BytesIO()
    picture.save(file, format="JPEG")
    return f"data:image/jpeg;base64,{b64encode(file.getvalue()).decode()}"


def test_all_faces_to_choose_from_are_in_sight_and_of_one_size(page: Page, address: str) -> None:
    page.add_init_script(CAMERA.replace("__PICTURE__", crowd()))
    visit(page, address, f"{CHECKOUT}&lang=en", TABLET)
    page.wait_for_function("document.querySelector('video')?.currentTime > 0")
    page.keyboard.press("Space")
    expect(page.get_by_text("Choose the buyer")).to_be_visible()
    faces = page.locator(f".st-key-{FACES} img")
    expect(faces).to_have_count(9)
    for width, height in (TABLET, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        for number in range(9):
            face = page.get_by_role("button", name=f"Face {number + 1}")
            expect(face).to_be_in_viewport(ratio=1)
        boxes = [face.bounding_box() for face in faces.all()]
        assert len({(round(box["width"]), round(box["height"])) for box in boxes if box}) == 1
        assert boxes[0] and boxes[0]["width"] >= 80
    page.set_viewport_size({"width": TABLET[0], "height": TABLET[1]})
    press(page, "Face 9", "9")
    for outcome in ("ID shown", "Sold, not asked", "Sale refused"):
        expect(page.get_by_role("button", name=outcome)).to_be_in_viewport(ratio=1)


def test_an_undo_is_not_taken_for_the_next_buyer(page: Page, address: str) -> None:
    visit(page, address, f"{CHECKOUT}&lang=en", TABLET)
    for _ in range(2):
        press(page, "Go on without a picture", "6")
        expect(page.get_by_role("button", name="Sale refused")).to_be_in_viewport()
        press(page, "No alcohol, next buyer", "Enter")  # the likely outcome
        expect(page.get_by_text("Recorded: ID shown")).to_be_visible()
    press(page, "Go on without a picture", "6")
    press(page, "Undo", "0")
    expect(page.get_by_text("What was the outcome of the previous buyer's check?")).to_be_visible()
    expect(page.get_by_role("button", name="ID shown")).to_have_count(1)
    press(page, "Sale refused", "3")
    expect(page.get_by_text("Recorded: Sale refused")).to_be_visible()
    expect(page.get_by_role("button", name="No alcohol, next buyer")).to_be_visible()


def test_photos_of_a_camera_get_the_receipts_of_their_till(
    page: Page, address: str, tmp_path: Path
) -> None:
    photos = tmp_path / "camera"
    photos.mkdir()
    for name, example in PHOTOS.items():
        shutil.copy(EXAMPLES / example, photos / name)
    csv = tmp_path / "receipts.csv"
    csv.write_text(CAMERA_RECEIPTS, encoding="utf-8")
    visit(page, address, "add_data?lang=en&store=Camera", DESKTOP)
    page.locator("input[type=file]").set_input_files(csv)
    button = page.get_by_role("button", name="Add 3 rows")
    expect(button).to_be_visible()
    with settled(page):
        button.click()
    expect(page.get_by_text("Added: 3. Already there: 0.")).to_be_visible()
    for result in (
        "Added: 3. Already there: 0. Visits linked to a receipt: 2.",
        "Added: 0. Already there: 3. Visits linked to a receipt: 0.",
    ):
        visit(page, address, "add_data?lang=en&store=Camera", DESKTOP)
        with settled(page):
            page.get_by_role("radio", name="Photos of a checkout camera").click()
        page.locator("input[type=file]").set_input_files(sorted(photos.iterdir()))
        button = page.get_by_role("button", name="Estimate the ages on 4 photos")
        expect(button).to_be_visible()
        with settled(page):
            button.click()
        expect(page.get_by_text(result)).to_be_visible()
    expect(page.get_by_text("1 photo has no visit.")).to_be_visible()
    assert serious_findings(page) == []


def test_choices_beside_each_other_stand_on_one_line(page: Page, address: str) -> None:
    for path in ("overview", "who_buys_what", "id_checks"):
        visit(page, address, f"{path}?lang=en", (1440, 900))
        row = page.locator(".st-key-controls")
        for width in (1440, TABLET[0]):
            page.set_viewport_size({"width": width, "height": 800})
            settle(page)
            lines = {
                round(box["y"])
                for label in ("Period", "Stores")
                if (box := row.get_by_text(label, exact=True).bounding_box())
            }
            assert len(lines) == 1, (path, width)
            figures = page.get_by_test_id("stMetricValue").all()
            tops = {round(box["y"]) for one in figures if (box := one.bounding_box())}
            assert len(tops) < 2, (path, width)
