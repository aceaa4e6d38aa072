import re
from pathlib import Path

import pytest

from age_model.readme import BEGIN, END, figures, update_readme

README = Path(__file__).parents[1] / "README.md"


def test_the_readme_shows_what_the_evaluation_wrote() -> None:
    shown = README.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip()
    assert shown == figures()


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
