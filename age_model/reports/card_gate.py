"""The part of the model card on who is asked for ID, and on errors in the forms of others."""

from collections.abc import Iterator

from age_model.ages import CHALLENGE_AGE, LEGAL_AGE, under_column
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from age_model.predict.id_rule import ANY_CHANCE
from age_model.reports.markdown import Block, Metrics, Section, Table, share, signed, table
from age_model.reports.wording import group_in_words

RULES = {  # of whom to ask for ID, by the column of the predictions that they compare
    "predicted_age": mark("predicted age"),
    under_column(LEGAL_AGE): mark("probability of being under 18"),
    "age_low": mark("lower end of the range"),
}
MINORS = {"": mark("14 to 17"), "_16": mark("16 to 17"), "_17": mark("17")}
ADULTS = {"": mark("25 to 34"), "_all": mark("all from 25")}


def age_gate(test: Metrics) -> Section:
    """Return who is asked for ID, from a metrics report."""
    gate = test["gate"]
    return Section(
        tr("Asking for ID (test)"),
        [
            tr(
                "A false pass is somebody of 14 to 17 who is not asked, a false challenge somebody "
                "of 25 to 34 who is. Children and older adults, whom hardly a rule mistakes, are "
                "left out, as they would make any rule look good. 95% Wilson intervals."
            ),
            rule_in_words(gate),
            people_table(gate["usual"]),
            tr("The same by group, with the bias of the estimates of those of 14 to 17, years:"),
            groups_table(gate["groups"]),
            tr("If the estimate alone decided:"),
            _challenge_ages(gate["challenge_ages"]),
            *_beside_nist(gate["challenge_ages"]),
            _targets_in_words(gate),
            _targets(gate["targets"]),
        ],
    )


def rule_in_words(gate: Metrics) -> str:
    """Return whom the usual rule asks and how it was chosen, from the metrics of a gate."""
    usual = gate["usual"]
    if usual["likelihood"] >= ANY_CHANCE:
        return tr("The usual rule asks who looks younger than {age}.").format(
            age=usual["challenge_age"]
        )
    words = tr(
        "Nobody needs to be asked only where both agree: the usual rule asks who looks younger "
        "than {age}, and who is under {legal_age} with a probability above {likelihood}."
    ).format(
        age=usual["challenge_age"],
        legal_age=gate["legal_age"],
        likelihood=number(usual["likelihood"], ".2%"),
    )
    if gate["fitted_from"]:
        return f"{words} " + tr(
            "It was chosen on the validation photos: by the probability alone at most 2.4% of "
            "those of 14 to 17 pass there, with as few as possible of those of 25 to 34 asked, and "
            "the age is the highest that asks none of these in addition."
        )
    return f"{words} " + tr(
        "The probability is the strictest of those that were fitted on everybody under 18, "
        "children among them; of people of 14 to 17 they promise less."
    )


def people_table(metrics: Metrics) -> Table:
    """Return how many of whom a rule does not ask or asks, as `age_gate.rule_errors` counted."""
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


def groups_table(groups: list[Metrics]) -> Table:
    """Return the bias, false passes and false challenges of groups as `gate_metrics` has them."""
    header = (
        tr("group"),
        tr("n of 14 to 17"),
        tr("bias"),
        tr("14 to 17, not asked"),
        tr("n of 25 to 34"),
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
            "Beside the best false positive rate at Challenge 25 in NIST's evaluation, 0.024 ± "
            "0.011, belongs the row of 25 above: {share} of {n}. NIST's is of people under 18 "
            "whose youngest are about 14, on frontal photos from immigration offices (FATE AEV, "
            "October 2024), which are better pictures than these."
        ).format(share=number(row["false_pass"], ".3f"), n=number(row["n_minors"]))


def _targets_in_words(gate: Metrics) -> str:
    if gate["fitted_from"]:
        text = tr(
            "Thresholds chosen on the validation photos so that no more than the wanted share of "
            "those of 14 to 17 pass. The rule with the fewest false challenges there: {rule}."
        )
    else:
        text = tr(
            "Thresholds chosen on the validation photos so that no more than the wanted share of "
            "those under 18 pass, children among them. The rule with the fewest false challenges "
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
        tr("As Yoti reports it: the share of people of 13 to 17 who are read as under 25."),
        table(
            (tr("group"), "n", tr("read as under 25")),
            [
                (group_in_words(row["group"]), row["n"], share(row, "under_25"))
                for row in forms["yoti"]
            ],
        ),
    ]
    return Section(tr("In the forms of others (test)"), blocks)


def _nist(form: Metrics) -> list[Block]:
    text = tr(
        "As NIST averages it: the mean of the MAE of two sexes by the ages 18 to 30, each cell "
        "weighing the same, is {mae} years ({filled} of 26 cells, n = {n}). The best in NIST's "
        "evaluation is 2.76 on frontal photos from immigration offices (FATE AEV, October 2024), "
        "other people on better pictures."
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
