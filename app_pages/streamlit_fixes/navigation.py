"""The bar of doors and the menu of pages, which are Streamlit's page links, made a navigation."""

import json

from age_model.i18n.translate import tr
from app_pages.widgets.doors import BAR, BODY, HERE, HOME, LARGE, MENU
from app_pages.widgets.language import PARAMETER

# Streamlit's own header, 60 pixels high, would only hold the sign that the page is being drawn.
_HEADER = """
[data-testid=stHeader], [data-testid=stToolbar] { height: 1.75rem; min-height: 0; }
[data-testid=stMainBlockContainer] { padding-top: 2rem; }
"""

_LINKS = f"""
.st-key-{BAR} {{ border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }}
.st-key-{BAR} [data-testid=stPageLink-NavLink] {{ min-height: 2.75rem; }}
[class*="st-key-{HERE}-"] {{ box-shadow: inset 0 -3px currentColor; }}
.st-key-{MENU} [data-testid=stPageLink-NavLink] {{ min-height: 2.5rem; }}
[class*="st-key-{LARGE}-"] {{ position: relative; }}
[class*="st-key-{LARGE}-"] [data-testid=stPageLink-NavLink] {{ position: static; }}
[class*="st-key-{LARGE}-"] [data-testid=stPageLink-NavLink] :is(p, strong, span) {{
  font-size: 1.35rem;
}}
[class*="st-key-{LARGE}-"] [data-testid=stPageLink-NavLink]::after {{
  content: ""; position: absolute; inset: 0;
}}
[class*="st-key-{LARGE}-"]:hover {{ border-color: currentColor; }}
"""

# The menu stands beside the page only where that leaves the page wide enough; else above it.
# The doors' pictures go without `:not(:has(...))` on an ancestor: with it, the browser finds the
# style of the whole page anew for each label that a chart draws, 2 s in all on the page Data.
_SMALL_WINDOWS = f"""
@media (min-width: 1101px) {{
  .st-key-{BODY} > :has(> .st-key-{MENU}) {{ position: sticky; top: 2rem; }}
  .st-key-{BODY} > :has(> .st-key-{MENU}), .st-key-{MENU} {{ padding-top: 0.75rem; }}
}}
@media (max-width: 1100px) {{
  .st-key-{BODY} {{ flex-direction: column; gap: 0; }}
  .st-key-{BODY} > *, .st-key-{MENU} {{ width: 100% !important; flex: none; }}
  .st-key-{MENU} {{
    flex-flow: row nowrap; overflow-x: auto; scrollbar-width: none; margin: 0.25rem 0 1rem;
  }}
  .st-key-{MENU} > * {{ width: auto !important; flex: none; white-space: nowrap; }}
}}
@media (max-width: 640px) {{
  .st-key-{BAR} {{ flex-wrap: nowrap; gap: 0; }}
  .st-key-{HOME} [data-testid=stPageLink-NavLink] > span:last-child {{
    position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden;
  }}
  .st-key-{BAR} [data-testid=stPageLink-NavLink]:not(.st-key-{HOME} *) > :first-child {{
    display: none;
  }}
  .st-key-{BAR} [data-testid=stPopoverButton] {{ padding: 0.25rem; }}
}}
"""

STYLE = _HEADER + _LINKS + _SMALL_WINDOWS

# For screen readers, both are navigations, and the link of the open page, or of its door, says so.
# Links are redrawn at times, hence `mendNavigation`, which an observer calls.
_SCRIPT = """
window.navigations = __NAMES__;
window.mendNavigation = () => {
  const path = address => new URL(address, location.href).pathname;
  for (const [key, name] of Object.entries(window.navigations)) {
    const navigation = document.querySelector(`.st-key-${key}`);
    if (!navigation) continue;
    navigation.role = "navigation";
    navigation.ariaLabel = name;
    navigation.querySelectorAll("a").forEach(link => {
      // Streamlit's link to the first page has no address, which is that of the open page.
      if (!link.getAttribute("href")) link.setAttribute("href", "./");
      const open = path(link.href) === location.pathname;
      const door = link.closest(`[class*="st-key-__HERE__-"]`);
      const current = open ? "page" : door ? "true" : null;
      if (link.ariaCurrent === current) return;
      link.ariaCurrent = current;
      // On a phone, the menu is a line that scrolls.
      if (!open) return;
      const [line, box] = [navigation, link].map(part => part.getBoundingClientRect());
      navigation.scrollLeft += box.left + box.width / 2 - line.left - line.width / 2;
    });
  }
};
"""

# The language is added to the address of each page that is opened. As a step of its own in the
# browser's history, Back would only lead to the same page, which adds it again.
_HISTORY = """
if (!window.historyIsMended) {
  window.historyIsMended = true;
  const push = history.pushState.bind(history);
  const page = address => {
    const url = new URL(address ?? "", location.href);
    url.searchParams.delete("__LANGUAGE__");
    return url.href;
  };
  history.pushState = (state, title, address) =>
    page(address) === page(location.href)
      ? history.replaceState(state, title, address)
      : push(state, title, address);
}
"""


def navigation_script() -> str:
    """Return the script that makes the links navigations, named in the reader's language."""
    names = {BAR: tr("Menu"), MENU: tr("Pages")}
    links = _SCRIPT.replace("__NAMES__", json.dumps(names)).replace("__HERE__", HERE)
    return links + _HISTORY.replace("__LANGUAGE__", PARAMETER)
