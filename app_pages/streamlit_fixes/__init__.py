"""Workarounds for Streamlit, made from outside."""
