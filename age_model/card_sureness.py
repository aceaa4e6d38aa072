"""The part of the model card on sureness: ranges, probabilities, who is asked for ID."""

from age_model.card_figures import Block, Figures, Section, share, table
from age_model.figures import from_to
from age_model.groups import group_in_words
from age_model.language import mark, number, tr

RULES = {  # of whom to ask for ID, by the column of the predictions that they compare
    "predicted_age": mark("predicted age"),
    "p_under_18": mark("probability of being under 18"),
    "age_low": mark("lower end of the range"),
}


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


def age_gate(test: Figures) -> Section:
    """Return who is asked for ID, from a metrics report."""
    gate = test["gate"]
    header = (tr("false pass: under 18, not asked"), tr("false challenge: 25 or older, asked"))
    ages = [(row["age"], *_gate_shares(row)) for row in gate["challenge_ages"]]
    groups = [
        (group_in_words(row["group"]), row["n_minors"], row["n_adults"], *_gate_shares(row))
        for row in gate["groups"]
    ]
    targets = [
        (
            number(row["target"], ".0%"),
            tr(RULES[row["rule"]]),
            number(row["threshold"], "g"),
            *_gate_shares(row),
        )
        for row in gate["targets"]
    ]
    first = gate["challenge_ages"][0]
    return Section(
        tr("Asking for ID (test)"),
        [
            tr(
                "Legal age {legal_age}; n = {minors} under it and {adults} of {clearly_adult} or "
                "older; 95% Wilson intervals. For comparison, NIST's best false pass at Challenge "
                "25 is 0.024 ± 0.011, and an open model without a buffer passes 0.23 to 0.31."
            ).format(
                legal_age=gate["legal_age"],
                minors=number(first["n_minors"]),
                adults=number(first["n_adults"]),
                clearly_adult=gate["clearly_adult"],
            ),
            table((tr("asked if the estimate is below"), *header), ages),
            tr("At a challenge age of 25, by group:"),
            table((tr("group"), tr("n under 18"), tr("n from 25"), *header), groups),
            tr(
                "Thresholds chosen on the validation photos for a wanted false pass. The rule with "
                "the fewest false challenges there: {rule}."
            ).format(rule=tr(RULES[gate["rule"]]) if gate["rule"] else "–"),
            table((tr("wanted"), tr("rule"), tr("threshold"), *header), targets),
        ],
    )


def _gate_shares(row: Figures) -> tuple[str, str]:
    return share(row, "false_pass"), share(row, "false_challenge")
