"""Mends, in the browser, what Streamlit says wrongly to screen readers."""

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


def mend_document() -> None:
    """Tell the document its language and make each section of the menu an item of its list."""
    script = _LANGUAGE.format(code=reader_language()) + _MENU
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
