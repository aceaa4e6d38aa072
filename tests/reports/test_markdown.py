import pytest

from age_model.reports.markdown import with_interval


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (".2f", "1.25 (−0.50 to 3.00)"),
        ("+6.1f", "  +1.2 (−0.5 to +3.0)"),
        ("7.1%", " 125.0% (−50.0% to 300.0%)"),
    ],
)
def test_only_the_figure_is_padded_and_signs_are_everywhere(form: str, text: str) -> None:
    metrics = {"bias": 1.25, "bias_low": -0.5, "bias_high": 3.0}
    assert with_interval(metrics, "bias", form) == text


def test_a_figure_of_nothing_is_a_dash() -> None:
    assert with_interval({"mae": None, "mae_low": None, "mae_high": None}, "mae") == "–"
