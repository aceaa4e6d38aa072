"""The screen of a till and its practice: a large camera, one large button, hints while aiming."""

import json

from age_model.i18n.translate import tr
from age_model.vision.quality import DARK, SMALL_FACE
from app_pages.widgets.doors import BODY
from app_pages.widgets.verdict import BANNER

TILL_SCREEN = "till screen"  # key of the container of two columns: answer and camera
PURPOSE = "purpose"  # key of what Practice, which also has the menu above, says of itself
HEAD = "till head"  # key of the container above it: where the till is, which may have to be typed
PREVIOUS = "previous buyer"  # key of the line that undoes that buyer's outcome
UNDONE = "undone"  # key of the question for another one
LIKELY = "likely outcome"  # key of the container of the button that Enter presses
DIGITS = ("pin", "pairing code")  # keys of fields for digits only

_SCREEN = f".st-key-{TILL_SCREEN.replace(' ', '-')}"
# No answer yet: one without a picture, too, has its buttons in sight beside a small camera.
_WAITING = f"{_SCREEN}:not(:has([class*=st-key-{BANNER}-]))"
_FIELDS = ", ".join(f".st-key-{key.replace(' ', '-')}" for key in DIGITS)
_HEAD = f".st-key-{HEAD.replace(' ', '-')}"
_PAGE = "[data-testid=stMainBlockContainer]"
_COLUMNS = f"{_WAITING} [data-testid=stHorizontalBlock]:has(> [data-testid=stColumn] video)"

# The page's head is low, and the doors are below the screen. While there is no picture, the camera
# is on top, as wide as the page; then the answer is, with buttons of its own for the next picture.
STYLE = f"""
{_PAGE}:has({_SCREEN}) {{ padding-top: 1.875rem; }}
{_PAGE}:has({_SCREEN}) h1:not([data-testid=stAlert] *) {{
  font-size: 1.25rem; padding: 0.5rem 0;
}}
.st-key-{BODY}:has({_SCREEN}, {_FIELDS}) {{
  min-height: calc(100vh - 2rem); align-content: flex-start;
}}
{_COLUMNS} {{ flex-direction: column-reverse; gap: 0.5rem; reading-flow: flex-visual; }}
{_COLUMNS} > [data-testid=stColumn] {{ width: 100%; flex: none; min-width: 100%; }}
{_PAGE}:has(.st-key-{PURPOSE}) {{ --camera: min(66vh, 100vh - 16rem); }}
{_PAGE}:has({_HEAD} details[open]) {{ --head: 10rem; }}
{_WAITING}:has(.st-key-{PREVIOUS.replace(" ", "-")}) {{ --more: 3.5rem; }}
{_WAITING}:has([data-testid=stAlert]) {{ --more: 5.5rem; }}
{_WAITING}:has(.st-key-{UNDONE}) {{ --more: 12rem; }}
{_WAITING} :is([data-testid=stCameraInputWebcamStyledBox], video) {{
  height: max(var(--least, 16rem), var(--camera, min(70vh, 100vh - 14.25rem - var(--head, 0rem) -
    var(--more, 0rem)))) !important;
}}
@media (max-width: 640px) {{
  {_HEAD}:has(details[open]) > :has(details) {{ min-width: 100%; }}
  {_PAGE}:has({_HEAD} details[open]) {{ --head: 12.5rem; --least: 8.5rem; }}
  {_WAITING} {{ --more: 7rem; }} /* lines wrap */
  {_WAITING}:has(.st-key-{PREVIOUS.replace(" ", "-")}) {{ --more: 11.25rem; }}
}}
{_WAITING} video {{ width: 100%; object-fit: cover; }}
{_WAITING} [data-testid=stCameraInput]:has(video) [data-testid=stCameraInputButton] {{
  min-height: 5rem; font-size: 1.5rem; font-weight: 600; color: #ffffff; background: #005f99;
}}
{_SCREEN}:has([class*=st-key-{BANNER}-]) [data-testid=stCameraInputButton] {{ display: none; }}
[class*=st-key-{BANNER}-] [data-testid=stAlertContainer] {{ background: var(--fill); }}
[class*=st-key-{BANNER}-] [data-testid=stHeaderActionElements] {{ display: none; }}
[class*=st-key-{BANNER}-] [data-testid=stAlertContainer] * {{ color: var(--ink) !important; }}
.st-key-{BANNER}-red {{ --fill: #a4161a; --ink: #ffffff; }}
.st-key-{BANNER}-orange {{ --fill: #ffb300; --ink: #1f1400; }}
.st-key-{BANNER}-blue {{ --fill: #0b5394; --ink: #ffffff; }}
.st-key-{BANNER}-green {{ --fill: #1a7f37; --ink: #ffffff; }}
@media (hover: hover) {{
  .st-key-{LIKELY.replace(" ", "-")} kbd::after {{ content: " ⏎" / ""; }}
}}
.till-hint {{
  position: absolute; top: 0.75rem; left: 50%; transform: translateX(-50%); z-index: 1;
  width: max-content; max-width: 90%; text-align: center;
  padding: 0.25rem 1rem; border-radius: 1.25rem; font-size: 1.25rem; color: #ffffff;
  background: rgb(0 0 0 / 75%); pointer-events: none;
}}
.till-hint:empty {{ display: none; }}
{_SCREEN} [data-testid=stCameraInputButton][inert] {{ opacity: 0.4; }}
"""

# The space bar takes the picture, and Enter presses the likely outcome, unless something else has
# the focus. How light the middle of the picture is, and how large its largest face, is measured
# here, once in a while, and goes nowhere.
# Not every browser can find faces: https://wicg.github.io/shape-detection-api/
_SCRIPT = """
window.tillHint = (light, widestFace, isGone) => {
  const {black, dark, bright, far, gone} = __HINTS__;
  if (isGone) return gone;
  if (light < __BLACK__) return black;
  if (light < __DARK__) return dark;
  if (light > __BRIGHT__) return bright;
  return widestFace > 0 && widestFace < __SMALL__ ? far : "";
};
if (!window.tillIsWatched) {
  window.tillIsWatched = true;
  const find = selector => document.querySelector("__SCREEN__ " + selector);
  document.addEventListener("keydown", event => {
    const free = [document.body, null].includes(document.activeElement) ||
      document.activeElement.matches("[data-testid=stMain], main, section");
    if (event.repeat || !free) return;
    const takes = event.key === " " && find("video");
    const button = takes ? find("[data-testid=stCameraInputButton]:not([inert])")
      : event.key === "Enter" ? document.querySelector("__LIKELY__ button") : null;
    if (!button) return;
    event.preventDefault();
    button.click();
  });
  // A barcode scanner types digits and Enter, faster than any hand: none of them is an outcome. A
  // key counts once no other has followed at once.
  let typed = -Infinity, waiting;
  const press = (kind, {key, code, keyCode}) => {
    const event = new KeyboardEvent(kind, {key, code, bubbles: true, cancelable: true});
    Object.defineProperty(event, "keyCode", {value: keyCode}); // by which Streamlit knows keys
    (document.activeElement || document.body).dispatchEvent(event);
  };
  window.addEventListener("keydown", event => {
    const typesText = event.target.matches?.("input, textarea, [contenteditable=true]");
    if (!event.isTrusted || typesText || !find("*") || !/^([0-9]|Enter)$/.test(event.key)) return;
    if (event.key === "Enter" && event.timeStamp - typed > __SCANNED__ &&
      event.target.matches?.("button, a, summary, [role]")) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    clearTimeout(waiting);
    const pressAlone = () => ["keydown", "keyup"].forEach(kind => press(kind, event));
    if (!event.repeat && event.timeStamp - typed > __SCANNED__)
      waiting = setTimeout(pressAlone, __SCANNED__);
    typed = event.timeStamp;
  }, true);
  // Streamlit takes pictures as JPEG of the highest quality: four times the bytes, for no better
  // estimate, and it is encoded and sent while the buyer waits.
  const encode = HTMLCanvasElement.prototype.toDataURL;
  HTMLCanvasElement.prototype.toDataURL = function (kind, quality) {
    return encode.call(this, kind, kind === "image/jpeg" ? __QUALITY__ : quality);
  };
  const canvas = Object.assign(document.createElement("canvas"), {width: 32, height: 24});
  const context = canvas.getContext("2d", {willReadFrequently: true});
  const lightness = video => {
    const {videoWidth: width, videoHeight: height} = video;
    context.drawImage(video, width / 4, height / 6, width / 2, height * 2 / 3, 0, 0, 32, 24);
    const {data} = context.getImageData(0, 0, 32, 24);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4)
      sum += 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
    return sum / (data.length / 4);
  };
  let finder = window.FaceDetector ? new FaceDetector({fastMode: true}) : null;
  let widest = 0, wasBlack = false;
  const look = async video => {
    try {
      const faces = await finder.detect(video);
      widest = Math.max(0, ...faces.map(face => face.boundingBox.width));
    } catch {
      finder = null;
      widest = 0;
    }
  };
  const isGone = video => { // its cable was pulled, or the computer has taken it away
    const track = video.srcObject?.getVideoTracks?.()[0];
    return Boolean(track) && (track.readyState === "ended" || track.muted);
  };
  // When it is back, it is asked for anew, and the picture goes on by itself. Streamlit ends only
  // the stream that it began.
  let asking = false, refused = false, ours = null;
  const askAnew = async video => {
    const [track] = video.srcObject.getVideoTracks();
    if (asking || refused || track.readyState !== "ended") return;
    asking = true;
    try {
      const again = {video: track.getConstraints()};
      ours = {video, stream: await navigator.mediaDevices.getUserMedia(again)};
      video.srcObject = ours.stream;
    } catch (error) {
      refused = error.name === "NotAllowedError"; // whoever said no is not asked again and again
    }
    asking = false;
  };
  const endOurs = () => {
    if (!ours || ours.video.isConnected) return;
    ours.stream.getTracks().forEach(track => track.stop());
    ours = null;
  };
  setInterval(() => {
    endOurs();
    const video = find("video");
    if (!video) return;
    const gone = isGone(video), button = find("[data-testid=stCameraInputButton]");
    if (button) button.inert = gone; // the picture would be black
    if (gone) askAnew(video);
    if (!gone && !video.videoWidth) return;
    let hint = video.parentElement.querySelector(".till-hint");
    if (!hint) {
      hint = Object.assign(document.createElement("div"), {className: "till-hint"});
      hint.setAttribute("role", "status");
      video.parentElement.append(hint);
    }
    if (finder && !gone) look(video);
    const light = gone ? 0 : lightness(video), black = !gone && light < __BLACK__;
    // A camera that starts gives a black picture.
    const text = black && !wasBlack ? "" : window.tillHint(light, widest, gone);
    wasBlack = black;
    if (hint.textContent !== text) hint.textContent = text;
  }, 700);
}
document.querySelectorAll("__DIGITS__").forEach(field => { field.inputMode = "numeric"; });
"""
_QUALITY = 0.92  # of a JPEG, from 0 to 1: what browsers use if they are not told
_SCANNED = 80  # milliseconds between two keys: a scanner types one in 1 to 50, a hand none so soon
_FAR = 2 * SMALL_FACE  # pixels: a narrower face is enlarged for the model
_BLACK = 10  # of 255: a lens that is covered, or no light at all
_DARK, _BRIGHT = DARK, 225  # of 255, of the middle of the picture: a wall may be bright


def till_script() -> str:
    """Return the script of the till's screen, with hints in the reader's language."""
    hints = {
        "black": tr("The picture is black: is the camera covered?"),
        "dark": tr("More light on the face"),
        "bright": tr("Less light into the camera"),
        "far": tr("Come closer to the camera"),
        "gone": tr("The camera is disconnected: check its cable. If it stays so, reload this page"),
    }
    return (
        _SCRIPT.replace("__HINTS__", json.dumps(hints))
        .replace("__SCREEN__", _SCREEN)
        .replace("__LIKELY__", f".st-key-{LIKELY.replace(' ', '-')}")
        .replace("__DIGITS__", f":is({_FIELDS}) input")
        .replace("__QUALITY__", str(_QUALITY))
        .replace("__SCANNED__", str(_SCANNED))
        .replace("__BLACK__", str(_BLACK))
        .replace("__DARK__", str(_DARK))
        .replace("__BRIGHT__", str(_BRIGHT))
        .replace("__SMALL__", str(_FAR))
    )
