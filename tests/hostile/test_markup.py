"""Names made of markup: in a chart and in Markdown they are what they are, and link nowhere."""

import html
import re
from random import Random

from app_pages.charts.base import shown
from app_pages.widgets.words import plain
from tests.hostile.conftest import Campaign

PIECES = [
    "<", ">", "&", "<b>", "<a href='", "https://", "http://", "HTTPS://", "www.", "evil.example",
    "/x", "olga@evil.example", "@", "{", "}", "%{x}", "%", "[", "](", ")", "`", "*", "_", "$",
    "#", "|", "\\", "\n", " ", "&lt;", "&#60;", "<br>", "mailto:",
    "~~", ":red[", ":material/lock:", "- ", "1. ",
]  # fmt: skip
# What Streamlit's Markdown makes links of wherever it stands in a text (GitHub's autolinks).
LINKS = re.compile(
    r"(?:https?://|www(?=\.))[-.\w]+|[-.\w+]+@[-\w]+(?:\.[-\w]+)+", re.IGNORECASE | re.ASCII
)


def test_markup(campaign: Campaign) -> None:
    def attempt(random: Random) -> None:
        name = "".join(random.choices(PIECES, k=random.randrange(1, 8)))
        assert html.unescape(shown(name)) == html.unescape(html.escape(name))
        assert not set(shown(name)) & set("<>{")
        written = plain(name)
        unescaped = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", written)
        assert not LINKS.search(unescaped), unescaped
        assert unescaped.replace("\u2060", "") == name

    campaign("names as markup", attempt)
