"""Fixes, in the browser, for screen readers, the keyboard and the mouse."""

import streamlit as st

from app_pages.streamlit_fixes import navigation, theme, till_screen
from app_pages.streamlit_fixes.navigation import navigation_script
from app_pages.streamlit_fixes.own_words import own_words_script
from app_pages.streamlit_fixes.theme import theme_script
from app_pages.streamlit_fixes.till_screen import till_script
from app_pages.widgets.language import reader_language
from app_pages.widgets.period import CONTROLS
from app_pages.widgets.till import cookie_script

EXAMPLES = "examples"  # key of the container whose cells each have a picture and a button
FACES = "faces"  # key of another: the faces at a till to choose from

ANSWER_FIRST = "answer first"  # begins the key of a container of two columns

STAYS = "stays on top"  # key of the container that stays in sight while the page is scrolled

FIGURES = "figures"  # key of a row of figures

LARGE_BUTTONS = "large buttons"  # key of a container of buttons for a finger in a hurry

# The keyboard's focus must be visible: Streamlit's own ring around buttons has less contrast than
# 3 to 1, and there is none on links to pages and on the buttons of pictures and tables, which
# appear only under the mouse.
_FOCUS = """
button:focus-visible,
[data-testid=stPageLink-NavLink]:focus-visible,
[data-testid=stTable] > div:focus-visible {
  outline: 3px solid currentColor !important;
  outline-offset: -2px;
}
[data-testid=stElementToolbar]:has(:focus-visible) { opacity: 1 !important; }
"""

# The button of an example covers its picture too, which otherwise only opens in full screen.
_CELLS_TO_PRESS = f":is(.st-key-{EXAMPLES}, .st-key-{FACES})"
_EXAMPLES = f"""
{_CELLS_TO_PRESS} [data-testid=stVerticalBlock] {{ position: relative; }}
{_CELLS_TO_PRESS} [data-testid=stElementContainer]:has([data-testid=stButton]) {{
  position: static;
}}
{_CELLS_TO_PRESS} [data-testid=stButton] button::after {{
  content: ""; position: absolute; inset: 0;
}}
{_CELLS_TO_PRESS} [data-testid=stElementToolbar] {{ display: none; }}
"""

# On a phone, where columns stand below each other, the answer is not below the picture.
_ANSWERS = f"""
@media (max-width: 640px) {{
  [class*=st-key-{ANSWER_FIRST.replace(" ", "-")}] :has(> [data-testid=stColumn]) {{
    flex-direction: column-reverse;
  }}
}}
"""

_LARGE_BUTTONS = f"""
.st-key-{LARGE_BUTTONS.replace(" ", "-")} button {{ min-height: 64px; }}
.st-key-{LARGE_BUTTONS.replace(" ", "-")} [role=radio] {{
  min-width: 7rem; border-radius: 0.5rem; min-height: 64px !important;
}}
"""

# On a phone the bar would take half the screen.
_STAYS = f"""
@media (min-width: 641px) {{
  :has(> .st-key-{STAYS.replace(" ", "-")}) {{
    position: sticky; top: 1.75rem; z-index: 90;
    background: light-dark({st.get_option("theme.light.backgroundColor")},
      {st.get_option("theme.dark.backgroundColor")});
  }}
}}
"""

# Numbers on a map's cells are written in the colour of the text, which is read on every shade.
_CELLS = """
.js-plotly-plot .heatmap-label text { fill: currentColor !important; }
"""

# On a phone, what files may be chosen takes two lines rather than lose its end.
_FILES = """
[data-testid=stFileUploaderDropzoneInstructions],
[data-testid=stFileUploaderDropzoneInstructions] * {
  white-space: normal !important; overflow: visible !important;
}
"""

# Why a file was refused is written beside its name, not only shown under the mouse.
_REFUSED = """
[data-testid=stFileChip] [role=alert] {
  position: static; clip: auto; clip-path: none; width: auto; height: auto; margin: 0;
  max-width: 16rem; white-space: normal; overflow: visible; font-size: 0.875rem;
}
"""

# On a phone, the last of several chips must not be cut off, and a finger must find each. On two
# lines they cannot share their borders.
_CHIPS = """
@media (max-width: 640px) {
  [data-testid=stButtonGroup] :has(> [role=radio]) {
    flex-wrap: wrap; overflow: visible; gap: 0.25rem;
  }
  [data-testid=stButtonGroup] [role=radio] { min-height: 2.75rem; border-radius: 0.5rem; }
  [data-testid=stButtonGroup] [role=radio][aria-checked=false] {
    border-color: color-mix(in srgb, currentColor 20%, transparent) !important;
  }
}
"""

# Chips are as high as the fields beside them, so that the labels above both are on one line.
_CONTROLS = f"""
.st-key-{CONTROLS} [role=radio] {{ min-height: 2.5rem; }}
"""

# A figure, its name and its note take two lines rather than lose their ends. Where the menu is
# above the page, figures are smaller, so that an amount of eight digits is not divided.
_FIGURES = """
:is([data-testid=stMetricLabel], [data-testid=stMetricValue], [data-testid=stMetricDelta]),
:is([data-testid=stMetricLabel], [data-testid=stMetricValue], [data-testid=stMetricDelta]) * {
  white-space: normal !important;
}
@media (max-width: 1100px) { [data-testid=stMetricValue] { font-size: 1.375rem; } }
"""

# In a row of figures some names take two lines: Russian ones, and others in five narrow columns.
# There all get the room of two, so that the figures stand on one line.
_NAMES = f"""
:lang(ru) .st-key-{FIGURES} [data-testid=stMetricLabel] {{ min-height: 2.5rem; align-items: end; }}
@media (min-width: 641px) and (max-width: 1100px) {{
  .st-key-{FIGURES}:has(> :nth-child(5)) [data-testid=stMetricLabel] {{
    min-height: 2.5rem; align-items: end;
  }}
}}
"""

# On a phone, a table scrolls as a whole; scrolling headings would only catch the finger.
_TABLES = """
[data-testid=stTable] [data-testid=stMarkdownContainer] { overflow: visible !important; }
"""

# An option such as --init is not broken after its hyphens; only what is longer than a line is.
_CODE = """
[data-testid=stMarkdownContainer] :not(pre) > code {
  display: inline-block; max-width: 100%; overflow-wrap: anywhere;
}
"""

# Streamlit's grey of a chart's axes has a contrast of only 3.7 to 1 on white.
_AXES = """
.js-plotly-plot :is([class$=tick], [class^=g-][class$=title], .cbaxis, .cbtitle, .annotation) text {
  fill: currentColor !important;
  fill-opacity: 0.75 !important;
}
"""

# The dark theme's blue is too light to carry white text.
_PRIMARY = f"""
[data-testid=stBaseButton-primary], [data-testid=stBaseButton-primary] * {{
  color: light-dark(white, {st.get_option("theme.dark.backgroundColor")}) !important;
}}
"""

_CSS = (
    _FOCUS
    + _EXAMPLES
    + _ANSWERS
    + _LARGE_BUTTONS
    + _STAYS
    + _CELLS
    + _FILES
    + _REFUSED
    + _CONTROLS
    + _CHIPS
    + _FIGURES
    + _NAMES
    + _TABLES
    + _CODE
    + _AXES
    + _PRIMARY
    + navigation.STYLE
    + theme.STYLE
    + till_screen.STYLE
)

# serve.py sends the style with the document, so that nothing moves when the page is drawn.
_STYLE_ID = "style-of-pages"
STYLE_ELEMENT = f'<style id="{_STYLE_ID}">{_CSS}</style>'
_STYLE = f"""
if (!document.getElementById("{_STYLE_ID}")) {{
  const style = document.createElement("style");
  style.id = "{_STYLE_ID}";
  style.textContent = `{_CSS}`;
  document.head.append(style);
}}"""

# Screen readers use the document's language, which Streamlit always sets to "en".
_LANGUAGE = "document.documentElement.lang = {code!r};"

# Calendars, which begin the week as a language does, and numbers in tables follow the browser's
# languages, whatever the page's is. Of its own language the browser may keep its variant.
_BROWSER_LANGUAGES = """
(code => {{
  window.browserLanguages ??= [...navigator.languages];
  const theirs = window.browserLanguages.filter(one => one.startsWith(code));
  const languages = theirs.length ? theirs : [code === "en" ? "en-GB" : code];
  const put = (name, get) => Object.defineProperty(navigator, name, {{get, configurable: true}});
  put("languages", () => languages);
  put("language", () => languages[0]);
}})({code!r});"""

# A table wider than the page can be scrolled by keyboard only if it can have the focus. On a phone
# the tabs are a line that scrolls: the open one, which an address may name, must be in sight. All
# of these are redrawn at times, hence the observer.
_REDRAWN = """
if (!window.menuIsWatched) {
  window.menuIsWatched = true;
  const mend = () => {
    window.mendNavigation();
    document.querySelectorAll("[data-testid=stTable] > div:not([tabindex])")
      .forEach(table => { table.tabIndex = 0; });
    document.querySelectorAll("[role=tablist]").forEach(line => {
      const open = line.querySelector("[aria-selected=true]");
      if (!open || line.shownTab === open) return;
      line.shownTab = open;
      line.scrollLeft = open.offsetLeft + open.offsetWidth / 2 - line.clientWidth / 2;
    });
  };
  new MutationObserver(mend).observe(document.body, {childList: true, subtree: true});
}
window.mendNavigation();"""


def mend_document() -> None:
    """Set the document's language, mend its menus and tables, and show the keyboard's focus."""
    code = reader_language()
    script = _LANGUAGE.format(code=code) + _BROWSER_LANGUAGES.format(code=code) + _STYLE
    script += navigation_script() + _REDRAWN + own_words_script() + theme_script()
    script += cookie_script()
    script += till_script()
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
