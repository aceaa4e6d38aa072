import re
from pathlib import Path

import pytest

from age_model.readme import BEGIN, END, MODEL_CARD, update_readme, write_texts

README = Path(__file__).parents[1] / "README.md"


def test_readme_and_model_card_show_what_the_report_wrote(tmp_path: Path) -> None:
    readme, card = tmp_path / "README.md", tmp_path / "card.md"
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    readme.write_text(f"{before}{BEGIN}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    write_texts(readme, card)
    assert readme.read_text(encoding="utf-8") == README.read_text(encoding="utf-8")
    assert card.read_text(encoding="utf-8") == MODEL_CARD.read_text(encoding="utf-8")


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
