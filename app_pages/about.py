import json
from pathlib import Path

import streamlit as st

from age_model.model_card import Evaluation, model_card

ASSETS = Path(__file__).parents[1] / "assets"


def card_text() -> str:
    """Return the model card in the reader's language, or if its figures are missing, the file."""
    try:
        card = json.loads((ASSETS / "model" / "model.json").read_text(encoding="utf-8"))
        return model_card(card, Evaluation.read(ASSETS / "evaluation"))
    except (OSError, ValueError, LookupError, TypeError):
        return (ASSETS / "model" / "README.md").read_text(encoding="utf-8")


st.markdown(card_text())
