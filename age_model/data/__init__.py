"""Labelled photos: reading, checking, splitting, and the aligned faces made of them."""
