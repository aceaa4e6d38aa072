"""The steps of each main job, as docs/store.md lists them, lead where it says."""

import re
from typing import NamedTuple

from age_model.i18n.extract import read
from app_pages.widgets.doors import DOORS
from tests.support.app import ROOT

LINK, BUTTON = re.compile(r"\*\*(.+?)\*\*"), re.compile(r"\*([^*]+)\*")
DEEPEST = 2  # clicks to a page, and to where an action is
ON_OVERVIEW = {"Cashiers", "Hours of sale"}  # links to tabs, tested with that page


class Job(NamedTuple):
    what: str
    before: list[str]
    steps_before: int
    now: list[str]
    steps: int


def jobs() -> list[Job]:
    text = (ROOT / "docs" / "store.md").read_text("utf-8")
    section = text.split("## Steps of each main job")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"][2:]
    return [
        Job(what, before.split(" › "), int(count), now.split(" › "), int(steps))
        for _, what, before, count, now, steps in rows
    ]


JOBS = jobs()


def test_every_person_has_jobs_and_their_steps_are_counted() -> None:
    assert len(JOBS) >= 15
    for job in JOBS:
        if job.steps:
            assert len(job.now) == job.steps, job.what
        assert len(job.before) == job.steps_before, job.what
        assert sum(bool(LINK.fullmatch(step)) for step in job.now) <= DEEPEST
        assert len(job.now) - 1 <= DEEPEST, job.what


def test_tabs_and_buttons_of_the_steps_are_words_of_the_pages() -> None:
    known = {
        re.sub(r"\{\w+\}", "12", source)
        for message in read("ru")
        for source in ((message.id,) if isinstance(message.id, str) else message.id)
    }
    pressed = {button for job in JOBS for step in job.now for button in BUTTON.findall(step)}
    pressed -= {link for job in JOBS for step in job.now for link in LINK.findall(step)}
    assert len(pressed) > 10 and pressed <= known


def test_the_links_of_the_steps_are_the_doors_and_their_menus() -> None:
    """What of them a page shows is tested with the router."""
    menus = {door.title: [entry.title for entry in door.entries if entry.listed] for door in DOORS}
    ways = {tuple(LINK.findall(" › ".join(job.now))) for job in JOBS} - {()}
    ways.remove(("Practice with the camera",))  # on the first page itself
    for door, *pages in ways:
        assert set(pages) <= {*menus[door], *(ON_OVERVIEW if door == "My store" else ())}
    assert len(ways) > 8
