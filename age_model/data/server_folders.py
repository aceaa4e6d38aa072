"""The folders of the server that pages may show: below those named in AGE_DATA_DIR."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from age_model.data.labels import find_folder
from age_model.data.layouts import LAYOUTS, UTKFACE

VARIABLE = "AGE_DATA_DIR"
DEEPEST = 2  # levels of folders below a root that are looked at


def data_roots() -> list[Path]:
    """Return the folders named in AGE_DATA_DIR that are there, without links in their paths."""
    found = map(find_folder, os.environ.get(VARIABLE, "").split(os.pathsep))
    return [folder.resolve() for folder in found if folder is not None]


def labelled_folders(roots: Sequence[Path]) -> list[Path]:
    """Return the folders with labelled photos, of the roots and of those below them.

    A root without any is returned itself: its photos may belong to a table elsewhere.

    Args:
        roots: of `data_roots`.
    """
    found = [folder for root in roots for folder in (_labelled(root, roots, DEEPEST) or [root])]
    return list(dict.fromkeys(found))


def is_inside(path: Path, roots: Sequence[Path]) -> bool:
    """Return whether a path, with all links followed, is a root or below one.

    Args:
        path: of a file or folder.
        roots: of `data_roots`.
    """
    try:
        real = path.resolve()
    except (OSError, RuntimeError):  # links in a circle
        return False
    return any(real.is_relative_to(root) for root in roots)


def leads_out(folder: Path, roots: Sequence[Path]) -> bool:
    """Return whether a link anywhere in a folder leads out of the roots.

    Args:
        folder: with all that is in it.
        roots: of `data_roots`.
    """
    return any(not is_inside(link, roots) for link in _links(folder))


def _labelled(folder: Path, roots: Sequence[Path], deeper: int) -> list[Path]:
    layout = next((layout for layout in LAYOUTS if layout.recognises(folder)), None)
    own = [folder.resolve()] if layout else []
    # UTKFace names may be those of a data set in a folder below, with others beside it.
    if not deeper or (layout and layout.name != UTKFACE):
        return own
    below = [path for path in _folders(folder) if is_inside(path, roots)]
    return own + [found for path in below for found in _labelled(path, roots, deeper - 1)]


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if _is_shown(entry)]
    except OSError:  # it may not be looked at
        return []
    return [folder / name for name in sorted(names)]


def _is_shown(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir() and not entry.name.startswith(".")


def _links(folder: Path) -> Iterator[Path]:
    for path, folders, files in os.walk(folder):
        for name in (*folders, *files):
            if os.path.islink(entry := f"{path}{os.sep}{name}"):  # noqa: PTH114
                yield Path(entry)
