"""Draws the imports between rooms in docs/architecture.md.

    python -m tools.draw_imports

A room is a folder of age_model/, a file beside these folders, or app_pages/ as a whole. An arrow
points from a room to one it imports; arrows implied by a longer path are left out.
"""

from collections.abc import Iterable
from itertools import permutations
from pathlib import Path

import grimp

PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"
BEGIN = "<!-- Imports: written by `python -m tools.draw_imports`, do not edit. -->"
END = "<!-- End of imports. -->"
PACKAGES = ("age_model", "app_pages")

Pair = tuple[str, str]
"""A room and one that it imports."""


def room_of(module: str) -> str:
    """Return the room of a module.

    >>> room_of("age_model.vision.photos"), room_of("age_model.ages"), room_of("app_pages.photo")
    ('vision', 'ages', 'app_pages')
    """
    package, *inside = module.split(".")
    return inside[0] if package == "age_model" and inside else package


def imports_among_rooms() -> set[Pair]:
    """Return the pairs of rooms of which the first imports the second, from the code."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    no_rooms = {"age_model", "age_model.__main__"}  # the version and the folders, for all
    return {
        (room_of(module), room_of(imported))
        for module in graph.modules - no_rooms
        for imported in graph.find_modules_directly_imported_by(module) - no_rooms
        if room_of(module) != room_of(imported)
    }


def not_implied(pairs: Iterable[Pair]) -> set[Pair]:
    """Leave out the pairs implied by a longer path.

    Args:
        pairs: without circles.

    >>> sorted(not_implied({("a", "b"), ("b", "c"), ("a", "c")}))
    [('a', 'b'), ('b', 'c')]
    """
    kept = set(pairs)
    reach = set(kept)
    rooms = {room for pair in kept for room in pair}
    for middle in rooms:  # Warshall's closure
        ends = permutations(rooms - {middle}, 2)
        reach |= {(a, b) for a, b in ends if {(a, middle), (middle, b)} <= reach}
    return {
        (a, b)
        for a, b in kept
        if not any((a, middle) in reach and (middle, b) in reach for middle in rooms)
    }


def drawing(pairs: Iterable[Pair]) -> str:
    """Return the arrows between rooms as a Mermaid flowchart in Markdown."""
    arrows = "".join(f"    {above} --> {below}\n" for above, below in sorted(pairs))
    return f"```mermaid\nflowchart TD\n{arrows}```\n"


def redrawn(text: str, picture: str) -> str:
    """Return a page with the picture replaced.

    Raises:
        ValueError: if the page lacks the marks around the picture.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page lacks the marks around its picture: {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{picture}{END}{after}"


def main() -> None:
    """Redraw the picture and print the number of imports between rooms."""
    pairs = imports_among_rooms()
    shown = not_implied(pairs)
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(redrawn(text, drawing(shown)), encoding="utf-8")
    print(f"{len(pairs)} pairs of rooms, {len(shown)} of them drawn: {PAGE}")


if __name__ == "__main__":
    main()
