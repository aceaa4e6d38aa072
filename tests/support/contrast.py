"""How well two colours can be told apart."""

from collections.abc import Sequence


def contrast(one: Sequence[float], other: Sequence[float]) -> float:
    """The contrast of two colours, after WCAG 2; each is red, green, blue from 0 to 255."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Sequence[float]) -> float:
    shares = [value / 255 for value in colour]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
