"""JSON files that somebody may have damaged: whatever is wrong is one kind of error."""

import json
import math
import re
from itertools import accumulate
from pathlib import Path
from typing import Any

DEEPEST = 50  # levels; the program's own files have fewer than ten


def read_json(file: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        OSError, ValueError: it is missing or damaged, holds no object or what is no number, or is
            nested so deeply that those who go through it would fail.
    """
    text = file.read_text(encoding="utf-8")
    brackets = re.findall(r"[\[\]{}]", text)
    depth = accumulate(1 if bracket in "[{" else -1 for bracket in brackets)
    if max(depth, default=0) > DEEPEST:
        raise ValueError("it is nested too deeply")
    content = json.loads(text, parse_constant=_finite, parse_float=_finite)
    if not isinstance(content, dict):
        raise ValueError("it holds no object")
    return content


def write_json(path: Path, content: object) -> None:
    """Write indented JSON in one step."""
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):  # also what is written with too many digits, such as 1e999
        raise ValueError(f"{text:.50} is no number")
    return value
