"""The part of the model card on sureness: ranges and probabilities."""

from age_model.i18n.translate import number, tr
from age_model.reports.markdown import Block, Metrics, Section, from_to, share, table


def _level(percent: str) -> str:
    return number(int(percent) / 100, ".0%")


def intervals(test: Metrics, portraits: Metrics) -> Section:
    """Return how often the ranges hold; both are metrics reports."""
    named = ((tr("test"), test), (tr("portraits"), portraits))
    overall = [
        (
            f"{_level(level)}, {name}",
            share(metrics, "coverage"),
            number(metrics["mean_width"], ".1f"),
            number(metrics["constant_width"], ".1f"),
        )
        for name, report in named
        for level, metrics in report["intervals"].items()
    ]
    bands = [
        (
            _level(level),
            band["band"],
            band["n"],
            number(band["coverage"], ".1%"),
            number(band["mean_width"], ".1f"),
        )
        for level, metrics in test["intervals"].items()
        for band in metrics["bands"]
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


def probabilities(test: Metrics) -> Section:
    """Return how well probabilities of being young hold, from a metrics report."""
    parts: list[Block] = []
    header = (tr("predicted"), "n", tr("mean predicted"), tr("observed"))
    for age, metrics in test["probabilities"].items():
        rows = [
            (
                from_to(number(b["low"], ".1f"), number(b["high"], ".1f")),
                b["n"],
                number(b["predicted"], ".1%"),
                share(b, "observed"),
            )
            for b in metrics["bins"]
        ]
        text = tr(
            "Under {age}: Brier score {score} (always the base rate: {base_rate}), expected "
            "calibration error {error}."
        )
        parts.append(
            text.format(
                age=age,
                score=number(metrics["brier"], ".4f"),
                base_rate=number(metrics["brier_base_rate"], ".4f"),
                error=number(metrics["calibration_error"], ".1%"),
            )
        )
        parts.append(table(header, rows))
    return Section(tr("Probability of being young (test)"), parts)


def sureness(test: Metrics) -> Section:
    """Return the errors of the surest photos of a metrics report."""
    metrics = test["risk_coverage"]
    rows = [
        (number(step["kept"], ".0%"), step["n"], number(step["mae"], ".2f"))
        for step in metrics["steps"]
    ]
    text = tr(
        "The photos with the narrowest 90% ranges are kept. Leaving out the widest fifth cuts the "
        "MAE by {cut}."
    )
    return Section(
        tr("Knowing when not to answer (test)"),
        [
            text.format(cut=number(metrics["mae_cut_at_80"], ".1%")),
            table((tr("kept"), "n", tr("MAE, years")), rows),
        ],
    )
