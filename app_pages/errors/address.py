"""The state of the Errors page in its address, so that a link shows the same to others.

Streamlit could bind the widgets to the address, but would use the texts of the reader's language,
which another reader's page does not have.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from age_model.ages import CHALLENGE_AGE, CHALLENGE_AGES
from age_model.evaluation.attributes import AGE_BAND, TITLES, values_of
from age_model.evaluation.metrics import AGE_BANDS
from age_model.evaluation.selection import Area, area_from

# Keys of the session state.
BANDS = "errors_bands"
FILTERS = {name: f"errors_{name}" for name in TITLES if name != AGE_BAND}  # by attribute
AREA = "errors_area"
VIEW = "errors_open_view"
GROUPING = "errors_grouping"
GATE_AGE = "errors_challenge_age"
PHOTO = "errors_photo"
ROWS, COLUMNS = "errors_rows", "errors_columns"  # attributes of the heat map
COHORT = "errors_cohort"  # the name of the choice of photos

LONGEST_NAME = 60  # characters, of a cohort

WENT_BACK = "errors_went_back"  # whether tabs have yet to follow the address

_LAST = "errors_address"  # what was last written


class _Part(NamedTuple):
    """One part of the address.

    Attributes:
        key: of the session state.
        read: parses texts to a value; None if they are invalid.
        write: formats a value as texts; none for the default.
        default: the value of an address without this part.
    """

    key: str
    read: Callable[[list[str]], Any]
    write: Callable[[Any], list[str]]
    default: Any


def read_address(predictions: pd.DataFrame, views: Collection[str]) -> None:
    """Apply the address when the page is opened, or by Back; ignore invalid parts.

    Args:
        predictions: the photos of all sources, for their attributes and names.
        views: names of the views.
    """
    parts = _parts(predictions, views)
    asked = {name: st.query_params.get_all(name) for name in parts}
    if BANDS in st.session_state:  # the page is open
        last = st.session_state.get(_LAST)
        # If a widget was changed, it leads, and the address follows. Else the reader went back.
        if asked != last and _written(parts) == last:
            for name, part in parts.items():
                value = part.read(asked[name])
                st.session_state[part.key] = part.default if value is None else value
            st.session_state[_LAST] = asked
            st.session_state[WENT_BACK] = True
        return
    if not any(asked.values()):  # back from another page
        asked = st.session_state.get(_LAST, {})
    for name, part in parts.items():
        value = part.read(asked.get(name, []))
        if value is not None:
            st.session_state[part.key] = value
    st.session_state.pop(_LAST, None)


def write_address(predictions: pd.DataFrame, views: Collection[str]) -> None:
    """Write the page's state into its address; arguments as for `read_address`."""
    now = _written(_parts(predictions, views))
    if now == st.session_state.get(_LAST):
        return
    st.session_state[_LAST] = now
    for name, texts in now.items():
        if texts:
            st.query_params[name] = texts
        elif name in st.query_params:
            del st.query_params[name]


def _written(parts: dict[str, _Part]) -> dict[str, list[str]]:
    return {name: part.write(st.session_state.get(part.key)) for name, part in parts.items()}


def _parts(predictions: pd.DataFrame, views: Collection[str]) -> dict[str, _Part]:
    groups = {
        attribute: _several(key, values_of(predictions, attribute))
        for attribute, key in FILTERS.items()
    }
    ages = [str(age) for age in CHALLENGE_AGES]
    return {
        "ages": _several(BANDS, AGE_BANDS),
        **groups,
        "area": _Part(AREA, _read_area, lambda area: [area.in_short()] if area else [], None),
        "view": _one(VIEW, views, next(iter(views))),
        "by": _one(GROUPING, ("real_age", "predicted_age"), "real_age"),
        "challenge": _one(GATE_AGE, ages, str(CHALLENGE_AGE), int),
        "rows": _one(ROWS, TITLES, AGE_BAND),
        "columns": _one(COLUMNS, TITLES, "gender"),
        "cohort": _Part(COHORT, _read_name, lambda name: [name] if name else [], ""),
        "photo": _one(PHOTO, set(predictions["file_name"]), None),
    }


def _several(key: str, options: Iterable[str]) -> _Part:
    known = list(options)
    return _Part(
        key,
        lambda texts: [text for text in known if text in texts] or None,
        lambda value: list(value or []),
        [],
    )


def _one(
    key: str, options: Collection[str], default: str | None, kind: Callable[[str], Any] = str
) -> _Part:
    return _Part(
        key,
        lambda texts: kind(texts[-1]) if texts and texts[-1] in options else None,
        lambda value: [str(value)] if value is not None and str(value) != default else [],
        default if default is None else kind(default),
    )


def _read_name(texts: list[str]) -> str | None:
    return texts[-1].strip()[:LONGEST_NAME] if texts else None


def _read_area(texts: list[str]) -> Area | None:
    return area_from(texts[-1]) if texts else None
