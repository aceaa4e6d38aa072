import re
import shlex
from pathlib import Path

import pytest

import train
from age_model.release import released
from age_model.reports.readme import BEGIN, END, update_readme, write_texts
from tests.support.commands import parse

README = Path(__file__).parents[1] / "README.md"


def test_readme_and_model_card_show_what_the_report_wrote(tmp_path: Path) -> None:
    readme, card = tmp_path / "README.md", tmp_path / "card.md"
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    readme.write_text(f"{before}{BEGIN}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    write_texts(readme, card)
    assert readme.read_text(encoding="utf-8") == README.read_text(encoding="utf-8")
    assert card.read_text(encoding="utf-8") == released().text_file.read_text(encoding="utf-8")


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


def test_files_named_in_the_readme_exist() -> None:
    text = README.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:age_model|app_pages|assets|benchmarks)/[\w./-]*)`", text):
        assert (README.parent / name).exists(), name


def commands() -> list[list[str]]:
    """Return the README's commands of the two programs, placeholders filled in."""
    text = re.sub(r"<!--.*?-->", "", README.read_text(encoding="utf-8").replace("\\\n", " "))
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    split = [shlex.split(line.partition(" > ")[0], comments=True) for line in lines]
    programs = [words for words in split if {"age_model", "train.py"} & set(words[:-1])]
    return [["3" if word == "N" else word for word in words] for words in programs]


def test_the_programs_know_the_commands_of_the_readme() -> None:
    seen = set()
    for words in commands():
        assert Path(words[0]).name in ("python", "torchrun")
        program = "train.py" if "train.py" in words else "age_model"
        arguments = words[words.index(program) + 1 :]
        if program == "train.py":
            train._parser().parse_args(arguments)  # exits if it does not know one
        else:
            parse(arguments)
        seen.add(arguments[0])
    assert {"predict", "evaluate", "report", "forget", "--data-dir", "--resume"} <= seen


def test_train_knows_the_options_of_the_readme() -> None:
    _, _, section = README.read_text(encoding="utf-8").partition("## Train on your own photos")
    options = re.findall(r"`(--[\w-]+) ", section)
    assert options
    assert set(options) <= set(train._parser()._option_string_actions)
