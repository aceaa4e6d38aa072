from pathlib import Path

import streamlit as st

MODEL_CARD = Path(__file__).parents[1] / "assets" / "model" / "README.md"

st.markdown(MODEL_CARD.read_text(encoding="utf-8"))
