import streamlit as st

from age_model.access.rights import Action
from age_model.i18n.translate import number, tr, trn
from app_pages.purchases.amounts import show_amounts
from app_pages.purchases.counted import Counted
from app_pages.purchases.group import show_group
from app_pages.purchases.heat import show_heat
from app_pages.widgets.money import money_unit
from app_pages.widgets.period import controls_row
from app_pages.widgets.record import open_record_or_say_why
from app_pages.widgets.store import choose_visits, count_by_bands, show_all_receipts


def ask_bands() -> str:
    """Ask for the first ages of the bands."""
    from age_model.store.statistics.age_bands import DEFAULT_BANDS

    # Folded: few want other bands, and the heat map should be in sight.
    with st.popover(tr("Age groups"), icon=":material/straighten:"):
        return st.text_input(
            tr("Age bands begin at"),
            ", ".join(map(str, DEFAULT_BANDS.starts)),
            key="store_bands",
            persist_state="session",
            max_chars=80,
            width=320,
            help=tr(
                "Whole years, with commas between them. The youngest band begins at 0. Narrow "
                "bands are less sure: the model cannot tell ages that are close together."
            ),
        )


def show_page() -> None:
    """Show the analyses of the chosen visits."""
    from age_model.store.analysis.purchases import FEWEST_VISITS
    from age_model.store.statistics.age_bands import read_bands

    controls = controls_row()
    chosen = choose_visits(controls, Action.SEE_PURCHASES)
    if chosen is None:
        return
    count = chosen.tables.count
    if count < FEWEST_VISITS:
        text = trn(
            "There is only {n} visit with an age, too few for age groups: choose a longer period, "
            "or add more visits.",
            "There are only {n} visits with an age, too few for age groups: choose a longer "
            "period, or add more visits.",
            count,
        )
        st.info(text.format(n=number(count)))
        if (engine := open_record_or_say_why()) is not None:
            show_all_receipts(engine, chosen.scope)
        return
    with controls:
        text = ask_bands()
    try:
        bands = read_bands(text)
    except ValueError as error:
        st.error(str(error))
        return
    counted = Counted(chosen, count_by_bands(chosen.tables, bands, chosen.key), money_unit())
    for show in (show_heat, show_group, show_amounts):
        show(counted)


st.title(tr("Who buys what"), anchor=False)
st.markdown(
    tr(
        "What each age group buys. No buyer's age is known for certain: every visit counts towards "
        "several groups, by how likely each is, and every number has a range."
    )
)
show_page()
