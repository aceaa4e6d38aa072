"""Mends, in the browser, what Streamlit keeps from screen readers, the keyboard and the mouse."""

import streamlit as st

from app_pages.widgets.language import reader_language

EXAMPLES = "examples"  # key of the container whose cells each have a picture and a button

# Whoever goes through the page by the keyboard must see where: Streamlit's own ring around buttons
# has less contrast than 3 to 1, and on links to pages and on the buttons of pictures and tables,
# which appear under the mouse only, it hides it.
_FOCUS = """
button:focus-visible,
[data-testid=stTopNavLink]:focus-visible, [data-testid=stSidebarNavLink]:focus-visible,
[data-testid=stTable] > div:focus-visible {
  outline: 3px solid currentColor !important;
  outline-offset: -2px;
}
[data-testid=stElementToolbar]:has(:focus-visible) { opacity: 1 !important; }
"""

# The button of an example covers its picture too, which would else open in full screen only.
_EXAMPLES = f"""
.st-key-{EXAMPLES} [data-testid=stVerticalBlock] {{ position: relative; }}
.st-key-{EXAMPLES} [data-testid=stElementContainer]:has([data-testid=stButton]) {{
  position: static;
}}
.st-key-{EXAMPLES} [data-testid=stButton] button::after {{
  content: ""; position: absolute; inset: 0;
}}
.st-key-{EXAMPLES} [data-testid=stElementToolbar] {{ display: none; }}
"""

# On a phone, a table scrolls as a whole; that its headings scroll too only catches the finger.
_TABLES = """
[data-testid=stTable] [data-testid=stMarkdownContainer] { overflow: visible !important; }
"""

# Beside a chart's axes, Streamlit writes in a grey that on white has a contrast of 3.7 to 1 only.
_AXES = """
.js-plotly-plot :is([class$=tick], [class^=g-][class$=title], .cbaxis, .cbtitle, .annotation) text {
  fill: currentColor !important;
  fill-opacity: 0.75 !important;
}
"""

_STYLE = f"""
if (!window.documentIsStyled) {{
  window.documentIsStyled = true;
  const style = document.createElement("style");
  style.textContent = `{_FOCUS}{_EXAMPLES}{_TABLES}{_AXES}`;
  document.head.append(style);
}}"""

# The voice goes by the document's language: Streamlit says "en" whatever the page says.
_LANGUAGE = "document.documentElement.lang = {code!r};"

# In the menu of a phone, sections are in a list but no items, and a list of other things than items
# may be passed over. So a section becomes an item, with its heading and its links. A table that is
# wider than the page can be scrolled by the keyboard only if that gets into it. Menu and tables are
# drawn anew at times, hence the observer.
_MENU_AND_TABLES = """
if (!window.menuIsWatched) {
  window.menuIsWatched = true;
  const section = "[data-testid=stSidebarNavItems] > div";
  const give = (name, value, selector) =>
    document.querySelectorAll(`${selector}:not([${name}])`)
      .forEach(element => element.setAttribute(name, value));
  const mend = () => {
    give("role", "listitem", section);
    give("role", "none", `${section} > li`);
    give("tabindex", "0", "[data-testid=stTable] > div");
  };
  new MutationObserver(mend).observe(document.body, {childList: true, subtree: true});
  mend();
}"""


def mend_document() -> None:
    """Tell the document its language, mend its menu and tables, and show the keyboard's focus."""
    script = _LANGUAGE.format(code=reader_language()) + _STYLE + _MENU_AND_TABLES
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
