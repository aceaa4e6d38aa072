"""What README.md and the other pages of documentation promise: commands, files, links, numbers."""

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest

import train
from age_model.release import released
from age_model.reports import privacy
from age_model.reports.readme import BEGIN, END, update_readme, write_texts
from benchmarks.report import NAMES
from tests.support.commands import parse as parse_command

ROOT = Path(__file__).parents[1]
README, RUSSIAN = ROOT / "README.md", ROOT / "README.ru.md"
PRIVACY = ROOT / "docs" / "privacy"
MOST_BYTES = 7000  # of the README: what is longer is not read
# The log of experiments and the changes name what was once there.
HISTORY = {"CHANGELOG.md", "experiments.md"}
PAGES = sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
PRESENT = [page for page in PAGES if page.name not in HISTORY]
SETTINGS = re.compile(r"^(?:[A-Z_]+=\S+ )+")  # environment variables before a command
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
each_present = pytest.mark.parametrize("page", PRESENT, ids=lambda page: page.name)


def test_readme_and_model_card_show_what_the_report_wrote(tmp_path: Path) -> None:
    readme, card = tmp_path / "README.md", tmp_path / "card.md"
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    readme.write_text(f"{before}{BEGIN}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    for name in privacy.PAGES:
        (tmp_path / name).write_text(without_figures(PRIVACY / name), encoding="utf-8")
    write_texts(readme, card, tmp_path)
    for name in privacy.PAGES:
        page = tmp_path / name
        assert page.read_text(encoding="utf-8") == (PRIVACY / name).read_text(encoding="utf-8")
    assert readme.read_text(encoding="utf-8") == README.read_text(encoding="utf-8")
    assert card.read_text(encoding="utf-8") == released().text_file.read_text(encoding="utf-8")


def without_figures(page: Path) -> str:
    """Return a page of docs/privacy without what is between its marks, if it has them."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(privacy.BEGIN)
    return f"{before}{begin}\n{privacy.END}{rest.partition(privacy.END)[2]}" if begin else before


@pytest.mark.parametrize("page", sorted(PRIVACY.glob("*.md")), ids=lambda page: page.name)
def test_no_figure_of_data_protection_is_typed_by_hand(page: Path) -> None:
    text = re.sub(r"https://\S+", "", without_figures(page))
    assert not re.findall(r"\d\s?%|\d[.,]\d|n = \d|per cent|процент|в среднем", text)


def test_only_the_block_of_figures_is_replaced(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    update_readme(readme, "new")
    assert readme.read_text(encoding="utf-8") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"


def test_a_readme_without_marks_is_left_alone(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("nothing to replace", encoding="utf-8")
    with pytest.raises(ValueError, match="lacks the marks"):
        update_readme(readme, "new")
    assert readme.read_text(encoding="utf-8") == "nothing to replace"


def read(page: Path) -> str:
    """Return a page without its comments, with the lines joined that a backslash continues."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


def shell_lines(page: Path) -> list[str]:
    """Return the lines of a page's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", read(page), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def code(page: Path) -> list[str]:
    """Return a page's shell lines and what stands in backticks, also over the end of a line."""
    prose = re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)
    return shell_lines(page) + [" ".join(word.split()) for word in re.findall(r"`([^`]+)`", prose)]


def commands(page: Path) -> list[list[str]]:
    """Return a page's commands of the two programs, placeholders filled in."""
    lines = [
        line.partition(" > ")[0] for line in code(page) if re.search("age_model |train.py ", line)
    ]
    split = [shlex.split(SETTINGS.sub("", line), comments=True) for line in lines]
    programs = [words for words in split if {"age_model", "train.py"} & set(words[:-1])]
    return [["3" if word == "N" else word for word in words] for words in programs]


def parse(program: str, arguments: list[str]) -> None:
    """Let a program parse arguments without doing anything; exits at an unknown one."""
    if arguments == ["--help"]:
        return
    if program == "train.py":
        train._parser().parse_args(arguments)
    else:
        parse_command(arguments)


def anchors(page: Path) -> set[str]:
    """Return the names by which links reach a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_short_and_names_the_test_command() -> None:
    assert len(README.read_bytes()) <= MOST_BYTES
    assert len(RUSSIAN.read_text(encoding="utf-8")) <= MOST_BYTES
    assert "\n## Tests\n\n```sh\nmake test\n```\n" in README.read_text(encoding="utf-8")


def test_both_readmes_have_the_same_commands_and_links() -> None:
    def bare(page: Path) -> list[str]:
        return [line.partition("#")[0].rstrip() for line in shell_lines(page)]

    def targets(page: Path) -> set[str]:
        return set(re.findall(r"\]\(([\w./-]+)\)", read(page))) - {README.name, RUSSIAN.name}

    assert bare(README) == bare(RUSSIAN)
    assert targets(README) == targets(RUSSIAN)


@each_present
def test_files_named_in_the_pages_exist(page: Path) -> None:
    folders = "age_model|app_pages|assets|benchmarks|docs|recipes|tests|tools"
    for name in re.findall(rf"`((?:{folders})/[\w./-]*)`", read(page)):
        if not {"NAME", "CODE"} & set(name.split("/")):  # placeholders
            assert (ROOT / name).exists(), name


@each_page
def test_every_link_resolves(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


@each_present
def test_the_programs_know_the_commands_of_the_pages(page: Path) -> None:
    for words in commands(page):
        assert Path(words[0]).name in ("python", "torchrun"), words
        program = "train.py" if "train.py" in words else "age_model"
        parse(program, words[words.index(program) + 1 :])


def test_the_pages_name_the_commands_that_matter() -> None:
    seen = {
        words[words.index("age_model") + 1]
        for page in PRESENT
        for words in commands(page)
        if "age_model" in words
    }
    assert {"predict", "evaluate", "report", "forget", "combine", "score-folder"} <= seen


@each_present
def test_other_modules_and_targets_of_the_pages_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in code(page):
        for target in re.findall(r"\bmake ([a-z][\w-]*)", line):
            assert f"\n{target}:" in makefile, line
        for module in re.findall(r"-m ((?:age_model|benchmarks|recipes|tools)[\w.]*)", line):
            assert find_spec(module), line
        for names in re.findall(r"-m benchmarks ([\w ]+)", line):
            assert set(names.split()) <= {*NAMES, "NAME"}, line


def test_train_knows_the_options_of_its_page() -> None:
    options = {
        option
        for text in code(ROOT / "docs" / "train.md")
        if text.startswith("--")
        for option in re.findall(r"--[a-z][\w-]+", text)
    }
    assert options
    assert options <= set(train._parser()._option_string_actions)
