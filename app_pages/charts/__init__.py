"""Plotly figures, from tables and arrays."""
