"""The part of the model card on sureness: ranges and probabilities."""

from age_model.i18n.translate import number, tr
from age_model.reports.markdown import Block, Figures, Section, from_to, share, table


def _level(percent: str) -> str:
    return number(int(percent) / 100, ".0%")


def intervals(test: Figures, portraits: Figures) -> Section:
    """Return how often the ranges hold; both are metrics reports."""
    named = ((tr("test"), test), (tr("portraits"), portraits))
    overall = [
        (
            f"{_level(level)}, {name}",
            share(figures, "coverage"),
            number(figures["mean_width"], ".1f"),
            number(figures["constant_width"], ".1f"),
        )
        for name, metrics in named
        for level, figures in metrics["intervals"].items()
    ]
    bands = [
        (
            _level(level),
            band["band"],
            band["n"],
            number(band["coverage"], ".1%"),
            number(band["mean_width"], ".1f"),
        )
        for level, figures in test["intervals"].items()
        for band in figures["bands"]
    ]
    width = tr("mean width, years")
    return Section(
        tr("Ranges"),
        [
            tr(
                "Conformal intervals, fitted on the validation photos for each band of predicted "
                "age. Constant: the range of one width for everybody that holds as many."
            ),
            table((tr("range"), tr("holds"), width, tr("constant, years")), overall),
            tr("By predicted age (test):"),
            table((tr("range"), tr("predicted age"), "n", tr("holds"), width), bands),
        ],
    )


def probabilities(test: Figures) -> Section:
    """Return how well probabilities of being young hold, from a metrics report."""
    parts: list[Block] = []
    header = (tr("predicted"), "n", tr("mean predicted"), tr("observed"))
    for age, figures in test["probabilities"].items():
        rows = [
            (
                from_to(number(b["low"], ".1f"), number(b["high"], ".1f")),
                b["n"],
                number(b["predicted"], ".1%"),
                share(b, "observed"),
            )
            for b in figures["bins"]
        ]
        text = tr(
            "Under {age}: Brier score {score} (always the base rate: {base_rate}), expected "
            "calibration error {error}."
        )
        parts.append(
            text.format(
                age=age,
                score=number(figures["brier"], ".4f"),
                base_rate=number(figures["brier_base_rate"], ".4f"),
                error=number(figures["calibration_error"], ".1%"),
            )
        )
        parts.append(table(header, rows))
    return Section(tr("Probability of being young (test)"), parts)


def sureness(test: Figures) -> Section:
    """Return the errors of the surest photos of a metrics report."""
    figures = test["risk_coverage"]
    rows = [
        (number(step["kept"], ".0%"), step["n"], number(step["mae"], ".2f"))
        for step in figures["steps"]
    ]
    text = tr(
        "The photos with the narrowest 90% ranges are kept. Leaving out the widest fifth cuts the "
        "MAE by {cut}."
    )
    return Section(
        tr("Knowing when not to answer (test)"),
        [
            text.format(cut=number(figures["mae_cut_at_80"], ".1%")),
            table((tr("kept"), "n", tr("MAE, years")), rows),
        ],
    )
