"""Mends, in the browser, what Streamlit says wrongly to screen readers and shows too weakly."""

import streamlit as st

from app_pages._language import reader_language

# The voice goes by the document's language: Streamlit says "en" whatever the page says.
_LANGUAGE = "document.documentElement.lang = {code!r};"

# In the menu of a phone, sections are in a list but no items, and a list of other things than items
# may be passed over. So a section becomes an item, with its heading and its links. The menu is
# drawn anew at times, hence the observer.
_MENU = """
if (!window.menuIsWatched) {
  window.menuIsWatched = true;
  const section = "[data-testid=stSidebarNavItems] > div";
  const give = (role, selector) =>
    document.querySelectorAll(selector).forEach(element => element.setAttribute("role", role));
  const mend = () => {
    give("listitem", `${section}:not([role])`);
    give("none", `${section} > li:not([role])`);
  };
  new MutationObserver(mend).observe(document.body, {childList: true, subtree: true});
  mend();
}"""


# Streamlit's own ring around the button that the keyboard is at has less contrast than 3 to 1.
_FOCUS = """
if (!window.focusIsShown) {
  window.focusIsShown = true;
  const style = document.createElement("style");
  style.textContent = "button:focus-visible {outline: 3px solid currentColor !important;}";
  document.head.append(style);
}"""


def mend_document() -> None:
    """Tell the document its language, mend the menu's list, and show where the keyboard is."""
    script = _LANGUAGE.format(code=reader_language()) + _MENU + _FOCUS
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
