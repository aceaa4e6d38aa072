"""Mends the menu that Streamlit shows on a phone, where sections are in a list but no items."""

import streamlit as st

# A screen reader may pass over a list that holds something else than items. So a section becomes
# an item, with its heading and its links. The menu is drawn anew at times, hence the observer.
_SCRIPT = """<script>
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
}
</script>"""


def mend_phone_menu() -> None:
    """Make each section of the menu an item of its list, now and whenever it is drawn anew."""
    st.html(_SCRIPT, unsafe_allow_javascript=True)
