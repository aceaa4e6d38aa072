"""A page's title comes with its document, to be read while Streamlit's own code still starts.

It stands where the page will show it, in the reader's language and theme, and goes in the moment
that the page shows its own, or says why it does not. Nothing else of the page is in the document:
titles are no secret, and the same for everybody. Screen readers are told the page's own title only.
"""

import html
import json

import streamlit as st

from age_model.i18n.translate import LANGUAGES, in_language, tr
from app_pages.widgets.doors import (
    DOORS,
    ENTRIES,
    MENU_WIDTH,
    MODEL,
    PAGE_WIDTH,
    PRACTICE,
    TILL,
    Entry,
)
from app_pages.widgets.language import PARAMETER

ELEMENT = "first-title"  # id

# Distances from the top to a title, in pixels: in a wide window, and where the menu is above it.
_TOP, _BELOW_MENU = 93, 145
_BESIDE_MODELS = 4  # further down, where the choice of the model is in the same line
_SMALL = {TILL: 38, PRACTICE: 79}  # the titles of cameras: the distance

_STYLE = """
html { color-scheme: light dark; background: light-dark(__LIGHT__, __DARK__); }
#__ELEMENT__ {
  position: fixed; z-index: 1; pointer-events: none; white-space: nowrap;
  left: calc(max(5rem, 50% - __WIDTH__px) + __BESIDE__px); top: __TOP__px;
  font: __FONT__ "Source Sans", sans-serif; color: light-dark(__INK__, __PALE__);
}
@media (max-width: 1100px) { #__ELEMENT__ { left: 5rem; top: __NARROW__px; } }
@media (max-width: 863px) { #__ELEMENT__ { left: 1rem; } }
"""

# The language and the theme are chosen as widgets/language.py and Streamlit choose them.
_SCRIPT = """
(() => {
  const titles = __TITLES__, first = document.getElementById("__ELEMENT__");
  const style = document.getElementById("__ELEMENT__-style");
  const asked = new URLSearchParams(location.search).get("__PARAMETER__");
  const code = [asked, navigator.language.split("-")[0]].find(one => Object.hasOwn(titles, one));
  first.textContent = titles[code] ?? first.textContent;
  try {
    const key = Object.keys(localStorage)
      .find(one => one.startsWith(`stActiveTheme-${location.pathname}-v`));
    const theme = JSON.parse(localStorage.getItem(key) ?? "null");
    if (theme === "Light" || theme === "Dark")
      style.textContent += `html { color-scheme: ${theme.toLowerCase()}; }`;
  } catch {}  // no storage: the system's theme
  const shown = "h1, [data-testid=stAlert], [data-testid=stException], [role=dialog]";
  new MutationObserver((_, observer) => {
    if (!document.querySelector(shown)) return;
    observer.disconnect();
    first.remove();
    style.remove();
  }).observe(document.body, {childList: true, subtree: true});
})();
"""


def first_title(entry: Entry) -> str:
    """Return the HTML of a page's title until the page is there, for the start of its body."""
    titles = {}
    for code in LANGUAGES:
        with in_language(code):
            titles[code] = tr(entry.title)
    script = (
        _SCRIPT.replace("__TITLES__", json.dumps(titles).replace("<", "\\u003c"))
        .replace("__ELEMENT__", ELEMENT)
        .replace("__PARAMETER__", PARAMETER)
    )
    return (
        f'<style id="{ELEMENT}-style">{_style(entry)}</style>'
        f'<div id="{ELEMENT}" aria-hidden="true">{html.escape(entry.title)}</div>'
        f"<script>{script}</script>"
    )


def title_at(address: str) -> str:
    """Return the same for the page at an address."""
    return first_title(next(entry for entry in ENTRIES if entry.address == address))


def _style(entry: Entry) -> str:
    door = next((door for door in DOORS if entry in door.entries), None)
    has_menu = door is not None and len([one for one in door.entries if one.listed]) > 1
    top, narrow = _TOP, _BELOW_MENU if has_menu else _TOP
    if entry in _SMALL:
        top = narrow = _SMALL[entry]
        has_menu = False
    elif door is MODEL:
        top, narrow = top + _BESIDE_MODELS, narrow + _BESIDE_MODELS
    values = {
        "ELEMENT": ELEMENT,
        "WIDTH": PAGE_WIDTH // 2,
        "BESIDE": MENU_WIDTH + 32 if has_menu else 0,
        "TOP": top,
        "NARROW": narrow,
        "FONT": "700 1.25rem/1.2" if entry in _SMALL else "700 2rem/1.2",
        "LIGHT": st.get_option("theme.light.backgroundColor"),
        "DARK": st.get_option("theme.dark.backgroundColor"),
        "INK": st.get_option("theme.light.textColor"),
        "PALE": st.get_option("theme.dark.textColor"),
    }
    style = _STYLE
    for name, value in values.items():
        style = style.replace(f"__{name}__", str(value))
    return style
