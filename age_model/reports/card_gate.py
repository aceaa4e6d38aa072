"""The part of the model card on who is asked for ID, and errors as other evaluations give them."""

from collections.abc import Iterator, Sequence

from age_model.ages import CHALLENGE_AGE, LEGAL_AGE, under_column
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from age_model.predict.id_rule import ANY_CHANCE, AskRule
from age_model.reports.card_sources import name_and_size
from age_model.reports.markdown import Block, Metrics, Section, Table, share, signed, table
from age_model.reports.wording import group_in_words

RULES = {  # for asking for ID, by the column of the predictions that they compare
    "predicted_age": mark("predicted age"),
    under_column(LEGAL_AGE): mark("probability of being under 18"),
    "age_low": mark("lower end of the range"),
}
MINORS = {"": mark("14 to 17"), "_16": mark("16 to 17"), "_17": mark("17")}
ADULTS = {"": mark("25 to 34"), "_all": mark("all from 25")}


def age_gate(test: Metrics, sources: Sequence[Metrics] = ()) -> Section:
    """Return who is asked for ID, from a metrics report and the `source_metrics` beside it."""
    gate = test["gate"]
    return Section(
        tr("Asking for ID (test)"),
        [
            tr(
                "A false pass is a person aged 14 to 17 who is not asked; a false challenge is a "
                "person aged 25 to 34 who is. Younger children and older adults, whom nearly "
                "every rule gets right, are left out: they would make any rule look good. 95% "
                "Wilson intervals."
            ),
            rule_in_words(gate),
            people_table(gate["usual"]),
            *_sources(sources),
            tr("The same by group, with the bias of the estimates for ages 14 to 17, in years:"),
            groups_table(gate["groups"]),
            tr("If the estimate alone decided:"),
            _challenge_ages(gate["challenge_ages"]),
            *_beside_nist(gate["challenge_ages"]),
            _targets_in_words(gate),
            _targets(gate["targets"]),
        ],
    )


def whom_it_asks(gate: Metrics) -> str:
    """Return whom the usual rule asks, from `gate_metrics`."""
    return tr("The usual rule asks {whom}.").format(whom=tr(AskRule.of(gate["usual"]).whom))


def rule_in_words(gate: Metrics) -> str:
    """Return whom the usual rule asks and how it was chosen, from `gate_metrics`."""
    return " ".join(filter(None, (whom_it_asks(gate), how_it_was_chosen(gate))))


def how_it_was_chosen(gate: Metrics) -> str:
    """Return how the usual rule was chosen, from `gate_metrics`; empty if it is the age alone."""
    usual = gate["usual"]
    if AskRule.of(usual).likelihood >= ANY_CHANCE:
        return ""
    if gate["fitted_from"]:
        return tr(
            "Both limits were chosen on the validation photos: the probability is the strictest "
            "of those below with which at most a fifth of people aged 25 to 34 are asked there, "
            "wanted: {target}; the age is the highest that asks none of these in addition."
        ).format(target=number(usual["target"], ".1%"))
    return tr(
        "The probability is the strictest of those fitted on everybody under 18, children "
        "included; for people aged 14 to 17 these are looser."
    )


def people_table(metrics: Metrics) -> Table:
    """Return how many people of each age a rule asks or lets pass, from `age_gate.rule_errors`."""
    return table(
        (tr("people of"), "n", tr("not asked"), tr("asked")),
        [
            *(
                (tr(ages), metrics[f"n_minors{end}"], share(metrics, f"false_pass{end}"), "")
                for end, ages in MINORS.items()
            ),
            *(
                (tr(ages), metrics[f"n_adults{end}"], "", share(metrics, f"false_challenge{end}"))
                for end, ages in ADULTS.items()
            ),
        ],
    )


def _sources(sources: Sequence[Metrics]) -> Iterator[Block]:
    # Reports from before the gate was measured on each source have no such entry.
    measured = [entry for entry in sources if entry.get("gate", {}).get("n_minors")]
    if measured:
        yield tr("The usual rule on every source with people aged 14 to 17, each person once:")
        yield sources_table(measured)


def sources_table(sources: Sequence[Metrics]) -> Table:
    """Return how many people of each age the usual rule asks or lets pass, by source and size."""
    header = (
        tr("photos of"),
        tr("size"),
        tr("n aged 14 to 17"),
        tr("14 to 17, not asked"),
        tr("16 to 17, not asked"),
        tr("n aged 25 to 34"),
        tr("25 to 34, asked"),
    )
    rows = [
        (
            *name_and_size(entry),
            entry["gate"]["n_minors"],
            share(entry["gate"], "false_pass"),
            share(entry["gate"], "false_pass_16"),
            entry["gate"]["n_adults"],
            share(entry["gate"], "false_challenge"),
        )
        for entry in sources
    ]
    return table(header, rows)


def groups_table(groups: list[Metrics]) -> Table:
    """Return the bias, false passes and false challenges of groups, from `gate_metrics`."""
    header = (
        tr("group"),
        tr("n aged 14 to 17"),
        tr("bias"),
        tr("14 to 17, not asked"),
        tr("n aged 25 to 34"),
        tr("25 to 34, asked"),
    )
    rows = [
        (
            group_in_words(row["group"]),
            row["n_minors"],
            signed(row, "bias"),
            share(row, "false_pass"),
            row["n_adults"],
            share(row, "false_challenge"),
        )
        for row in groups
    ]
    return table(header, rows)


def _challenge_ages(rows: list[Metrics]) -> Table:
    header = (
        tr("asked if the estimate is below"),
        *(tr("{ages}, not asked").format(ages=tr(ages)) for ages in MINORS.values()),
        *(tr("{ages}, asked").format(ages=tr(ages)) for ages in ADULTS.values()),
    )
    return table(
        header,
        [
            (
                row["age"],
                *(share(row, f"false_pass{end}") for end in MINORS),
                *(share(row, f"false_challenge{end}") for end in ADULTS),
            )
            for row in rows
        ],
    )


def _beside_nist(rows: list[Metrics]) -> Iterator[str]:
    row = next(row for row in rows if row["age"] == CHALLENGE_AGE)
    if row["n_minors"]:
        yield tr(
            "The best false positive rate at Challenge 25 in NIST's evaluation is 0.024 ± 0.011; "
            "compare it with the row for 25 above: {share} of {n}. NIST's is for people under 18, "
            "the youngest about 14, on frontal photos from immigration offices (FATE AEV, October "
            "2024), which are better pictures than these."
        ).format(share=number(row["false_pass"], ".3f"), n=number(row["n_minors"]))


def _targets_in_words(gate: Metrics) -> str:
    if gate["fitted_from"]:
        text = tr(
            "Thresholds chosen on the validation photos so that at most the target share of "
            "people aged 14 to 17 passes. The rule with the fewest false challenges there: {rule}."
        )
    else:
        text = tr(
            "Thresholds chosen on the validation photos so that at most the target share of "
            "people under 18 passes, children included. The rule with the fewest false challenges "
            "there: {rule}."
        )
    return text.format(rule=tr(RULES[gate["rule"]]) if gate["rule"] else "–")


def _targets(rows: list[Metrics]) -> Table:
    header = (
        tr("wanted"),
        tr("rule"),
        tr("threshold"),
        tr("14 to 17, not asked"),
        tr("25 to 34, asked"),
    )
    return table(
        header,
        [
            (
                number(row["target"], ".1%"),
                tr(RULES[row["rule"]]),
                number(row["threshold"], "g"),
                share(row, "false_pass"),
                share(row, "false_challenge"),
            )
            for row in rows
        ],
    )


def published_forms(test: Metrics) -> Section:
    """Return the errors in the forms in which others publish theirs, from a metrics report."""
    forms = test["published"]
    blocks: list[Block] = []
    if forms["nist"]["mae"] is not None:
        blocks += _nist(forms["nist"])
    blocks += [
        tr("As reported by Yoti: the share of people aged 13 to 17 who are estimated under 25."),
        table(
            (tr("group"), "n", tr("estimated under 25")),
            [
                (group_in_words(row["group"]), row["n"], share(row, "under_25"))
                for row in forms["yoti"]
            ],
        ),
    ]
    return Section(tr("In the form of other evaluations (test)"), blocks)


def _nist(form: Metrics) -> list[Block]:
    text = tr(
        "As averaged by NIST: the mean MAE over two sexes and the ages 18 to 30, each cell with "
        "the same weight, is {mae} years ({filled} of 26 cells, n = {n}). The best in NIST's "
        "evaluation is 2.76 on frontal photos from immigration offices (FATE AEV, October 2024): "
        "other people, and better pictures."
    )
    cells = {(cell["gender"], cell["age"]): cell for cell in form["cells"]}
    rows = [
        (age, *(value for sex in ("female", "male") for value in _cell(cells[sex, age])))
        for age in sorted({age for _, age in cells})
    ]
    header = (tr("age"), tr("n female"), tr("MAE, female"), tr("n male"), tr("MAE, male"))
    return [
        text.format(mae=number(form["mae"], ".2f"), filled=form["filled"], n=number(form["n"])),
        table(header, rows),
    ]


def _cell(cell: Metrics) -> tuple[int, str]:
    return cell["n"], "–" if cell["mae"] is None else number(cell["mae"], ".2f")
