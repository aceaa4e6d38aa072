"""The parts of the Alcohol page on one set of sales."""

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from age_model.ages import LEGAL_AGE
from age_model.i18n.dates import time_in_digits
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr, trn
from age_model.predict.id_rule import AskRule
from app_pages.streamlit_fixes.document import FIGURES
from app_pages.widgets.metrics import show_chart, show_metric
from app_pages.widgets.numbers import percent
from app_pages.widgets.period import offer_longer
from app_pages.widgets.store import (
    Chosen,
    choose_one,
    note_cashiers_seen,
    show_store_download,
    usual_share,
)
from app_pages.widgets.tables import Heading, show_numbers, show_table
from app_pages.widgets.words import plain, rule_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from age_model.store.analysis.alcohol import AlcoholSales
    from age_model.store.analysis.store_rules import StoreRules

BY = {
    "day": mark("Day"),
    "week": mark("Week"),
    "store": mark("Store"),
    "till": mark("Till"),
    "shift": mark("Shift"),
    "cashier": mark("Cashier"),
}
WHAT_IF = {
    "age": Heading(mark("Challenge age, years"), ".0f"),
    "questions": Heading(mark("Asked, of all buyers"), ".1%"),
    "false_pass": Heading(mark("Passing, aged 14 to 17"), ".1%"),
    "false_pass_low": Heading(mark("Passing, from"), ".1%"),
    "false_pass_high": Heading(mark("Passing, to"), ".1%"),
    "n_minors": Heading(mark("People aged 14 to 17"), ".0f"),
    "false_challenge": Heading(mark("Asked, aged 25 to 34"), ".1%"),
    "false_challenge_low": Heading(mark("Aged 25 to 34, from"), ".1%"),
    "false_challenge_high": Heading(mark("Aged 25 to 34, to"), ".1%"),
}
BEHIND = ["cashier", "visit_id", "time", "store", "till", "age", "age_low", "age_high", "asked"]


def show_headline(sales: "AlcoholSales", rule: "AskRule | StoreRules", longer: str | None) -> None:
    """Show the main metrics.

    Args:
        sales: of the chosen visits.
        rule: or rules, by which they are judged.
        longer: the period to offer where there are too few checks, see `Chosen`.
    """
    from age_model.store.analysis.alcohol import FEWEST_CHECKS, summarise_sales

    figures = summarise_sales(sales)
    with st.grid(4, min_column_width=170, key=FIGURES):
        show_metric(
            tr("Sales of alcohol"),
            number(figures["sales"]),
            tr("{count} without a record").format(count=number(figures["unrecorded"])),
            tr(
                "Visits with alcohol on the receipt, and sales that were refused. Those without a "
                "record of a check are left out of all that follows about asking."
            ),
        )
        show_metric(
            tr("Looked young"),
            number(figures["young"]),
            tr("{share} of the buyers").format(share=percent(figures["young"] / figures["sales"])),
            tr("Buyers whom the store's rule asks for ID, by the estimate of their photo.")
            + " "
            + rule_in_words(rule),
        )
        _show_rate(figures)
        known = figures["unrecorded"] < figures["sales"]
        show_metric(
            tr("Under {age} unasked").format(age=LEGAL_AGE),
            tr("about {count}").format(count=number(figures["minors"], ",.0f")) if known else "–",
            tr("probably {low} to {high}").format(
                low=number(figures["minors_low"], ",.0f"),
                high=number(figures["minors_high"], ",.0f"),
            )
            if known
            else tr("no check recorded"),
            tr(
                "How many buyers under age were probably served without a question: the sum of "
                "every unasked buyer's probability of being under age, among buyers of the ages "
                "that this store's buyers of alcohol have. The true number is likely within the "
                "range."
            ),
        )
    if known and figures["recorded"] < FEWEST_CHECKS:
        offer_longer(longer, "checks")


def _show_rate(figures: "Mapping[str, float]") -> None:
    """Show the share of those who looked young that was asked; of few, the counts alone."""
    from age_model.store.analysis.alcohol import FEWEST_CHECKS
    from age_model.store.reports.words import few_checks_in_words

    counts = tr("{asked} of {count}").format(
        asked=number(figures["asked"]), count=number(figures["recorded"])
    )
    if figures["recorded"] >= FEWEST_CHECKS:
        interval = tr("The 95% interval is {low} to {high}.").format(
            low=percent(figures["rate_low"]), high=percent(figures["rate_high"])
        )
        show_metric(tr("Of these, asked"), percent(figures["rate"]), counts, interval)
        return
    help = tr("A rate is shown from {count} recorded checks of such buyers on.")
    few = f"{counts}: {few_checks_in_words()}"
    show_metric(tr("Of these, asked"), "–", few, help.format(count=number(FEWEST_CHECKS)))


def show_parts(sales: "AlcoholSales") -> None:
    """Show who was asked over time, or by store, till, shift or cashier."""
    from age_model.store.analysis.alcohol import sales_by_part
    from app_pages.charts.store import asked_chart, in_order_of_day, part_name

    by = choose_one(tr("By"), BY, "alcohol_by")
    table = sales_by_part(sales, by)
    if table.empty:
        st.info(tr("No cashier is recorded for these sales."))
        return
    if not table["recorded"].any():
        st.info(tr("No check of such a buyer was recorded."))
        return
    if by == "cashier":
        note_cashiers_seen()
    if by == "shift":
        table = in_order_of_day(table)
    names = [part_name(part, by) for part in table["part"]]
    show_chart(
        tr("Asked, of those who looked young"),
        tr("With 95% intervals: those of few buyers are wide."),
        asked_chart(table, by),
        alt=", ".join(
            f"{name}: {asked} / {count}"
            for name, asked, count in zip(names, table["asked"], table["recorded"], strict=True)
        ),
    )
    show_table(table.assign(part=names), "parts", {"part": Heading(BY[by])})
    show_store_download(table, f"alcohol_checks_by_{by}.csv")


def _choose_standard(usual: float) -> float:
    """Show the choice of the share to ask, which starts at the usual one, 0..1."""
    chosen = st.slider(
        tr("Standard, % asked"),
        5,
        95,
        round(100 * usual),
        5,
        key=f"alcohol_standard_{usual:.2f}",
        width=480,
        help=tr(
            "The share of the buyers who should be asked that a cashier is expected to ask. "
            "Another one counts on this page only, until it is left."
        ),
    )
    st.caption(
        tr(
            "At least {usual} is usual, as the page Overview says: nine tenths of the rate of "
            "asking in these days and, where the record has them, as many days before, in the "
            "chosen stores by their own rules."
        ).format(usual=percent(usual))
    )
    return chosen / 100


def show_cashiers(sales: "AlcoholSales", chosen: Chosen) -> None:
    """Show each cashier's rate of asking, and with whom to have a conversation."""
    from age_model.store.analysis.cashiers import compare_cashiers
    from age_model.store.reports.words import few_checks_in_words
    from app_pages.charts.store import cashiers_chart

    usual = usual_share(chosen)
    if usual is None:
        st.info(tr("No cashier can be compared: {reason}.").format(reason=few_checks_in_words()))
        return
    standard = _choose_standard(usual)
    table = compare_cashiers(sales.table, standard)
    if table.empty:
        st.info(tr("No check of a young-looking buyer is recorded with a cashier's name."))
        return
    note_cashiers_seen()
    talk = list(table.loc[table["talk"], "cashier"])
    _say_who(talk)
    _say_how_sure(table, standard)
    show_chart(
        tr("How often each cashier asks"),
        tr(
            "Among buyers whom the store's rule asks, compared with the usual rate for buyers who "
            "look as old. With few such buyers, a rate is moved towards the usual one. In the "
            "order of names."
        ),
        cashiers_chart(table, standard),
        alt=", ".join(
            f"{name} {percent(rate)}"
            for name, rate in zip(table["cashier"], table["rate"], strict=True)
        ),
    )
    shown = table.drop(columns="talk")
    show_table(shown, "cashiers")
    show_store_download(shown, "cashiers.csv")
    if talk:
        _show_visits_behind(sales.table, talk)


def _say_who(talk: list[str]) -> None:
    if not talk:
        st.success(
            tr("Nothing here points to a cashier who asks less often than the standard."),
            icon=":material/check:",
        )
        return
    st.info(
        trn(
            "Worth a conversation: {names}. This is no proof: there may be good reasons, and the "
            "visits behind it are below.",
            "Worth a conversation, in the order of names: {names}. This is no proof: there may be "
            "good reasons, and the visits behind it are below.",
            len(talk),
        ).format(names=", ".join(map(plain, talk))),
        icon=":material/forum:",
    )


def _say_how_sure(table: pd.DataFrame, standard: float) -> None:
    """Note the limits of the chart: cashiers with few buyers, or nobody to compare with."""
    unsure = int((~table["talk"] & (table["rate_low"] < standard)).sum())
    if len(table) == 1:
        st.caption(tr("There is only one cashier: nobody to compare with, only the standard."))
    elif unsure:
        st.caption(
            trn(
                "The interval of {n} cashier reaches below the standard: there were too few "
                "buyers to tell.",
                "The intervals of {n} cashiers reach below the standard: there were too few "
                "buyers to tell.",
                unsure,
            ).format(n=number(unsure))
        )


def _show_visits_behind(table: pd.DataFrame, talk: list[str]) -> None:
    behind = table[table["cashier"].isin(talk) & table["looked_young"] & table["recorded"]]
    behind = behind[BEHIND].sort_values(["cashier", "time"])
    with st.expander(
        tr("The visits behind it: buyers who looked young"),
        icon=":material/list:",
    ):
        times = behind["time"].map(partial(time_in_digits, seconds=True))
        shown = behind.assign(time=times, visit_id=behind["visit_id"].astype(str))
        show_numbers(shown, tr("The visits behind it"))
        show_store_download(behind, "visits_behind.csv")


def _say_what_happened(sales: "AlcoholSales") -> None:
    """Tell those whom a rule would miss from those who were not asked."""
    from age_model.store.analysis.alcohol import minors_unasked

    if not sales.table["recorded"].any():
        return
    st.caption(
        tr(
            "Missed by the rule: they look old enough even if everybody whom it finds is asked. "
            "“Under {age} unasked” above, about {count}, is what happened: buyers whom the rule "
            "finds and nobody asked are in it too, and those who were asked all the same are not."
        ).format(age=LEGAL_AGE, count=number(minors_unasked(sales)["minors"], ",.0f"))
    )


def _at_an_age(row: "pd.Series") -> str:
    """Return the outcome of a challenge age, of a row of `what_if`."""
    return tr(
        "- At **{age}**: {questions} of the buyers are asked. Buyers under age whom the rule "
        "misses: about {minors} ({low} to {high}). On the current model's test photos "
        "{passing} of {n} people aged 14 to 17 pass ({passing_low} to {passing_high})."
    ).format(
        age=int(row["age"]),
        questions=percent(row["questions"], 1),
        minors=number(row["minors"], ",.0f"),
        low=number(row["minors_low"], ",.0f"),
        high=number(row["minors_high"], ",.0f"),
        passing=percent(row["false_pass"], 1),
        n=number(int(row["n_minors"])),
        passing_low=percent(row["false_pass_low"], 1),
        passing_high=percent(row["false_pass_high"], 1),
    )


def _by_own_rules(kept: "Mapping[str, float]") -> str:
    """Return the outcome of different rules, which no photo can be held against: of no store."""
    return tr(
        "- **By each store's own rule**: {questions} of the buyers are asked. Buyers under age "
        "whom the rules miss: about {minors} ({low} to {high})."
    ).format(
        questions=percent(kept["questions"], 1),
        minors=number(kept["minors"], ",.0f"),
        low=number(kept["minors_low"], ",.0f"),
        high=number(kept["minors_high"], ",.0f"),
    )


def _say_moving(
    sales: "AlcoholSales", rule: "AskRule | StoreRules", table: pd.DataFrame, then: "pd.Series"
) -> None:
    """Show the outcome of the present rule, or rules, beside that of another challenge age.

    Args:
        sales: by the present rules.
        rule: or rules, at present.
        table: of `what_if`.
        then: its row of the other age.
    """
    from age_model.store.analysis.alcohol import if_rules_were_kept

    moving = tr("Moving all stores to {then}: **{questions}** questions in this period.")
    if isinstance(rule, AskRule):
        now = table[table["age"] == rule.challenge_age].iloc[0]
        present = _at_an_age(now)
        moving = tr("Moving from {now} to {then}: **{questions}** questions in this period.")
    else:
        now = if_rules_were_kept(sales)
        present = _by_own_rules(now)
    st.markdown(f"{present}\n{_at_an_age(then)}")
    questions = round((then["questions"] - now["questions"]) * len(sales))
    ages = {"now": int(now.get("age", 0)), "then": int(then["age"])}
    st.markdown(moving.format(**ages, questions=number(questions, "+,")))


def show_what_if(sales: "AlcoholSales", rule: "AskRule | StoreRules") -> None:
    """Show the effect of the present rule, or rules, and of another age, if always followed."""
    from age_model.release import released
    from age_model.store.analysis.alcohol import what_if
    from app_pages.charts.store import challenge_chart

    one = rule if isinstance(rule, AskRule) else rule.strictest
    table = what_if(sales, released().predictions(), one)
    other = st.slider(
        tr("Another challenge age, years"),
        int(table["age"].min()),
        int(table["age"].max()),
        min(one.challenge_age + 5, int(table["age"].max())),
        key="alcohol_what_if",
        width=480,
    )
    then = table[table["age"] == other].iloc[0]
    _say_moving(sales, rule, table, then)
    for other_condition in one.conditions[1:]:
        text = tr("At every age here, the rule also asks {whom}.")
        st.caption(text.format(whom=tr(other_condition.whom)))
    _say_what_happened(sales)
    show_chart(
        tr("Questions and passes by challenge age"),
        tr(
            "If everybody who looks under the challenge age or is too likely under 18 is asked, "
            "and nobody else: the share of these buyers who are asked, and the share of people of "
            "14 to 17 on the present model's test photos who pass."
        ),
        challenge_chart(table, other),
        alt=tr("At {age}: {questions} asked, {passing} of people aged 14 to 17 pass.").format(
            age=other,
            questions=percent(then["questions"]),
            passing=percent(then["false_pass"], 1),
        ),
    )
    show_table(table, "what if", WHAT_IF)
    show_store_download(table, "challenge_ages.csv")
