from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.rights import Action
from age_model.ages import OLDEST_CHALLENGE_AGE
from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from age_model.predict.id_rule import AskRule
from app_pages.alcohol.hours import say_outside_hours
from app_pages.alcohol.purchases import show_test_purchases
from app_pages.alcohol.views import show_cashiers, show_headline, show_parts, show_what_if
from app_pages.widgets.doors import CASHIERS_TAB, link_to
from app_pages.widgets.id_rule import choose_rule, rule_of_store, usual_rule
from app_pages.widgets.kept import kept
from app_pages.widgets.period import controls_row, offer_longer
from app_pages.widgets.record import failures_shown, open_record_or_say_why
from app_pages.widgets.store import Chosen, choose_visits
from app_pages.widgets.tabs import show_addressed
from app_pages.widgets.visitor import fragment
from app_pages.widgets.words import rule_in_words

if TYPE_CHECKING:
    from age_model.store.analysis.alcohol import AlcoholSales
    from age_model.store.analysis.store_rules import StoreRules
    from age_model.store.record.select import Tables
    from age_model.store.tills.rules import StoreRule


@kept
def gather_sales(
    _tables: "Tables", rule: "AskRule | StoreRules", key: tuple[object, ...]
) -> "AlcoholSales":
    """Return the sales of alcohol; `key` identifies the tables."""
    from age_model.store.analysis.alcohol import alcohol_sales
    from age_model.store.statistics.model_errors import errors

    return alcohol_sales(_tables, errors, rule)


@fragment
def show_views(sales: "AlcoholSales", rule: "AskRule | StoreRules", chosen: Chosen) -> None:
    """Show the analyses in tabs; only the open one is computed."""
    views = {
        "parts": (mark("Where and when"), partial(show_parts, sales)),
        CASHIERS_TAB: (mark("Cashiers"), partial(show_cashiers, sales, chosen)),
        "what_if": (mark("What if"), partial(show_what_if, sales, rule)),
        "test_purchases": (mark("Test purchases"), partial(show_test_purchases, chosen, sales)),
    }
    show_addressed(views, "alcohol_view")


def show_page() -> None:
    """Show the analyses of the chosen sales."""
    controls = controls_row()
    chosen = choose_visits(controls, Action.SEE_CHECKS)
    if chosen is None:
        return
    with failures_shown():
        # Folded: what happened comes first, and few want another rule than the tills'.
        with controls, st.popover(tr("Who is asked for ID"), icon=":material/rule:"):
            rule = choose_tills_rule(chosen)
        st.caption(rule_in_words(rule))
        show_sales(gather_sales(chosen.tables, rule, chosen.key), rule, chosen)


def choose_tills_rule(chosen: Chosen) -> "AskRule | StoreRules":
    """Show the choice of whom to ask, which starts at the rule of each store's tills.

    Raises:
        RecordError: the record cannot be read.
    """
    from age_model.store.reports.gather import read_rules_now
    from age_model.store.tills.rules import read_rules

    engine = open_record_or_say_why()
    if engine is None:
        return usual_rule()
    rules = read_rules_now(engine).among(chosen.tables.stores)
    stored = read_rules(engine)
    some = {stored.get(store) for store in chosen.tables.stores}
    strictest = max(some, key=lambda rule: rule_of_store(rule).challenge_age)
    if not isinstance(rules, AskRule):
        if st.toggle(
            tr("By each store's own rule"),
            value=True,
            key="alcohol_own_rules",
            persist_state="session",
        ):
            st.caption(tr("The stores have different rules, which are set in Settings."))
            return rules
        st.caption(tr("One rule for all: this starts with the highest age of the stores' rules."))
    elif strictest is not None:
        st.caption(tr("This starts with the rule of the tills, which is set in Settings."))
    return _choose_one_rule(strictest)


def _choose_one_rule(now: "StoreRule | None") -> AskRule:
    # A key of its own for each rule: what was chosen before it was set is over.
    prefix = "alcohol_" if now is None else "alcohol_{}_{}_".format(*now)
    return choose_rule(prefix, OLDEST_CHALLENGE_AGE, in_address=False, now=now)


def show_sales(sales: "AlcoholSales", rule: "AskRule | StoreRules", chosen: Chosen) -> None:
    """Show the metrics of all sales, and the analyses."""
    say_outside_hours(chosen)
    if not len(sales):
        st.info(
            tr(
                "There are no sales of alcohol among these visits. If alcohol was sold, add the "
                "receipts again and choose which categories are alcohol."
            )
        )
        offer_longer(chosen.longer, "sales")
        link_to("import_data")
        return
    show_headline(sales, rule, chosen.longer)
    show_views(sales, rule, chosen)


st.title(tr("ID checks"), anchor=False)
st.markdown(
    tr(
        "Whether young-looking buyers of alcohol are asked for ID. Ages are estimates: they "
        "describe a store as a whole, and never prove anything about one person."
    )
)
show_page()
