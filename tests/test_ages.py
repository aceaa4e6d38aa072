"""Ages that are constants have one home, which loads nothing heavy."""

import re
import subprocess
import sys
from pathlib import Path

from age_model import ages

ROOT = Path(ages.__file__).parents[1]
FOLDERS = ("age_model", "app_pages", "benchmarks")
# What a record or a file calls a column, read as an attribute or written by code not mended yet.
WRITTEN = re.compile(r"""["']p_under_(18|25|\{\w+\})["']""")
LITERAL = re.compile(r"(_under|_AGE|ADULT|LIMITS|\bages?) ?(=|<|>=) ?\(?(18|25)\b")
LEFT = {"evaluation.py", "card_sureness.py"}


def test_no_column_of_a_probability_and_no_age_limit_is_written_out_elsewhere() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if path.name not in {"ages.py", *LEFT}
        for line in path.read_text("utf-8").splitlines()
        if WRITTEN.search(line) or LITERAL.search(line)
    ]
    assert found == []


def test_the_ages_load_nothing_heavy() -> None:
    code = (
        "import sys, age_model.ages;"
        "assert not {'torch', 'numpy', 'pandas', 'streamlit'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_each_limit_names_its_column() -> None:
    assert [ages.under_column(limit) for limit in ages.AGE_LIMITS] == ["p_under_18", "p_under_25"]
