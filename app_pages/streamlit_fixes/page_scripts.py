"""Which of Streamlit's scripts a page needs: a browser that is told asks for them at once.

By itself it asks for each when the page's Python has sent the first element of that kind: after
Streamlit's own code has started, a few at a time, and while that Python keeps the server busy.
"""

import re
from functools import cache
from pathlib import Path

from streamlit.file_util import get_static_dir

from app_pages.streamlit_fixes.connection import connection_script
from app_pages.streamlit_fixes.document import STYLE_ELEMENT
from app_pages.streamlit_fixes.first_title import title_at

FOLDER = Path(get_static_dir()) / "static"

EVERYWHERE = ("PageLink", "Html")
OF_PAGES = {  # by address: the kinds of elements at first sight, as Streamlit names their scripts
    "": ("FileUploader", "Checkbox", "ImageList", "Metric", "Button"),
    "till": ("TextInput", "CameraInput", "Button"),
    "practice": ("CameraInput",),
    "overview": ("ButtonGroup", "Multiselect", "Button", "Metric", "DownloadButton", "PlotlyChart"),
    "who_buys_what": (
        "ButtonGroup",
        "Multiselect",
        "TextInput",
        "Button",
        "PlotlyChart",
        "DownloadButton",
    ),
    "id_checks": (
        "ButtonGroup",
        "Multiselect",
        "Button",
        "Metric",
        "PlotlyChart",
        "DownloadButton",
    ),
    "add_data": ("ButtonGroup", "FileUploader"),
    "how_good": ("Metric", "DownloadButton", "PlotlyChart", "Table"),
    "errors": ("Metric", "ButtonGroup", "PlotlyChart", "DownloadButton"),
    "data": ("Metric", "ButtonGroup", "PlotlyChart"),
    "train": ("TextInput", "StreamlitSyntaxHighlighter"),
    "settings": ("Selectbox", "TextInput", "Button"),
    "audit_log": ("DateInput", "Multiselect"),
}
ICONS = "MaterialSymbols-Rounded"

# Larger ones are left to be asked for later: compiled first, they would delay Streamlit's own code.
LARGE = 2**20  # bytes

_IMPORTED = re.compile(rb"""(?:from|import)["']\./([\w.-]+\.js)["']""")


def document(address: str) -> str:
    """Return the document of a page: Streamlit's, with its title, its style and what it needs."""
    text = (FOLDER.parent / "index.html").read_text(encoding="utf-8")
    files = (file for file in needed(address) if file.stat().st_size < LARGE)
    links = [_link(file) for file in files if file.name not in text]
    text = text.replace("</head>", "".join(f"  {link}\n  " for link in links) + "</head>")
    # In the body, the style comes after Streamlit's own, which its code adds to the head.
    text = text.replace("<body>", f"<body>\n    {STYLE_ELEMENT}\n    {title_at(address)}")
    return text.replace("</title>", f"</title>\n    <script>{connection_script()}</script>")


def needed(address: str) -> list[Path]:
    """Return the scripts that the page at an address needs, and the font of its icons."""
    kinds = (*EVERYWHERE, *OF_PAGES.get(address, ()))
    scripts = (script for kind in kinds for script in FOLDER.glob(f"js/{kind}.*"))
    files = (file for script in scripts for file in _with_imports(script))
    return [*dict.fromkeys(files), *FOLDER.glob(f"media/{ICONS}.*")]


@cache
def _with_imports(script: Path) -> tuple[Path, ...]:
    """Return a script and all that it imports, directly or not."""
    found, new = {script: None}, [script]
    while new:
        imported = _IMPORTED.findall(new.pop().read_bytes())
        paths = (script.parent / name.decode() for name in imported)
        new += [path for path in paths if path not in found]
        found |= dict.fromkeys(new)
    return tuple(found)


def _link(file: Path) -> str:
    """Return a link to a file, in the form in which Streamlit will ask for it."""
    font = 'rel="preload" as="font" type="font/woff2"'
    kind = 'rel="modulepreload"' if file.suffix == ".js" else font
    path = file.relative_to(FOLDER.parent).as_posix()
    return f'<link {kind} crossorigin href="./{path}">'
