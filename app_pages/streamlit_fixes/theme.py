"""The reader's theme is chosen in the page's own menu, and holds on all pages."""

import json

from app_pages.widgets.doors import BAR, ENTRIES
from app_pages.widgets.preferences import take_theme

NAMES = {"light": "Light", "dark": "Dark"}  # the page's themes -> Streamlit's

# Streamlit's own menu, which has no name and no language, is there but not seen.
STYLE = """
[data-testid=stMainMenu], [data-testid=stMainMenuPopover] { visibility: hidden; }
"""

# Only Streamlit's menu can change the theme without loading the page anew. Streamlit remembers the
# choice for the address at which the app was opened; it is noted for the others too.
_SCRIPT = """
(name => {
  const menu = document.querySelector("[data-testid=stMainMenuButton]");
  const observer = new MutationObserver(() => {
    const theme = document.querySelector(`[data-testid=stMainMenuItem-theme-${name}]`);
    if (!theme) return;
    observer.disconnect();
    theme.click();
    menu.click();
    // The page's menu is closed, as another was opened, which gives the focus to its own button.
    setTimeout(() => document.querySelector(".st-key-__BAR__ [aria-haspopup]")?.focus(), 100);
    const key = Object.keys(localStorage).find(key => key.startsWith("stActiveTheme-"));
    const version = key?.slice(key.lastIndexOf("-"));
    const folder = location.pathname.slice(0, location.pathname.lastIndexOf("/") + 1);
    for (const address of version ? __ADDRESSES__ : [])
      localStorage.setItem(`stActiveTheme-${folder}${address}${version}`, JSON.stringify(name));
  });
  observer.observe(document.body, {childList: true, subtree: true});
  menu?.click();
})(__NAME__);
"""


def theme_script() -> str:
    """Return the script that sets the theme just chosen; empty if none was."""
    theme = take_theme()
    if theme is None:
        return ""
    addresses = [entry.address for entry in ENTRIES]
    return (
        _SCRIPT.replace("__ADDRESSES__", json.dumps(addresses))
        .replace("__BAR__", BAR)
        .replace("__NAME__", json.dumps(NAMES[theme]))
    )
