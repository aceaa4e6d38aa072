"""The part of the model card on errors: overall, by age and group, on corrupted photos."""

from age_model.i18n.translate import number, tr
from age_model.reports.markdown import Metrics, Section, plain, signed, table
from age_model.reports.wording import group_in_words


def errors(test: Metrics, portraits: Metrics) -> Section:
    """Return the errors of all test photos and portraits; both are metrics reports."""
    named = [(tr("UTKFace, test split"), test["overall"])]
    if "coral_test" in test:
        named.append((tr("of these the CORAL test set, ages 21 to 60"), test["coral_test"]))
    if "coral_test_known" in test:
        named.append((tr("the same, told that the age is 21 to 60"), test["coral_test_known"]))
    constant = number(test["baseline"]["constant_age"], "g")
    named += [
        (tr("always saying {age}").format(age=constant), test["baseline"]),
        (tr("official portraits, another source"), portraits["overall"]),
    ]
    named += [
        (tr("of these {group}").format(group=group_in_words(group["group"])), group)
        for group in portraits["groups"]
        if group["by"] == "colour"
    ]
    rows = [(name, s["n"], plain(s, "mae"), signed(s, "bias")) for name, s in named]
    text = tr("In years, with 95% intervals.")
    if "coral_test_known" in test:
        text += " " + tr(
            "Errors that others published on the CORAL test set are of models that know only ages "
            "from 21 to 60: beside these belongs the row in which ours is told so too."
        )
    header = (tr("photos"), "n", tr("MAE"), tr("bias"))
    return Section(tr("Errors"), [text, table(header, rows)])


def bands(test: Metrics) -> Section:
    """Return the errors of the age bands of a metrics report."""
    rows = [(b["band"], b["n"], plain(b, "mae"), signed(b, "bias")) for b in test["bands"]]
    header = (tr("age"), "n", tr("MAE"), tr("bias"))
    return Section(tr("By real age (test)"), [table(header, rows)])


def groups(test: Metrics) -> Section:
    """Return the errors of the groups of a metrics report."""
    rows = [
        (
            group_in_words(group["group"]),
            group["n"],
            plain(group, "mae"),
            signed(group, "bias"),
            number(group["mae_same_ages"], ".2f"),
            number(group["same_ages_ratio"], ".2f"),
        )
        for group in test["groups"]
    ]
    header = (tr("group"), "n", tr("MAE"), tr("bias"), tr("MAE at equal ages"), tr("ratio"))
    return Section(
        tr("By group (test)"),
        [
            tr(
                "At equal ages: as if each group had the ages of all photos; the last column "
                "divides that by the MAE of all photos."
            ),
            table(header, rows),
        ],
    )


def corruptions(robustness: Metrics) -> Section:
    """Return the errors on corrupted photos, from a robustness report."""
    rows = [
        (
            tr(row["name"]),
            row["n"],
            "–" if row["mae"] is None else plain(row, "mae"),
            "–" if row["mae"] is None else signed(row, "bias"),
            "–" if row["mae"] is None else signed(row, "mae_change"),
            number(row["limit"], "+g"),
            row["not_found"],
        )
        for row in robustness["corruptions"]
    ]
    clean = robustness["undamaged"]
    text = tr(
        "A fixed sample of {n} {split} faces; their MAE without corruption is {mae}. Change: "
        "against the same faces without corruption."
    )
    header = (
        tr("corruption"),
        "n",
        tr("MAE"),
        tr("bias"),
        tr("change"),
        tr("aim"),
        tr("face not found"),
    )
    return Section(
        tr("Corrupted photos"),
        [
            text.format(
                n=number(clean["n"]), split=tr(robustness["split"]), mae=plain(clean, "mae")
            ),
            table(header, rows),
        ],
    )


def resolutions(test: Metrics, portraits: Metrics) -> Section:
    """Return what small faces cost; both are robustness reports."""
    named = ((tr("test"), test), (tr("portraits"), portraits))
    rows = [
        (
            name,
            tr("{pixels} px").format(pixels=r["pixels"]),
            r["n"],
            number(r["mae"], ".2f"),
            number(r["mean_predicted"], ".2f"),
            number(r["shift"], "+.2f"),
        )
        for name, report in named
        for r in report["resolutions"]
    ]
    header = (tr("photos"), tr("side"), "n", tr("MAE"), tr("mean prediction"), tr("shift"))
    return Section(tr("The same faces, smaller"), [table(header, rows)])
