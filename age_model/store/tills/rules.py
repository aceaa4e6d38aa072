"""The rule by which a store's tills ask for ID, set by its manager."""

from typing import NamedTuple

from sqlalchemy import Engine, delete, insert, select

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.ages import LEGAL_AGE, MAX_AGE
from age_model.evaluation.age_gate import FittedGate
from age_model.predict.id_rule import AskRule
from age_model.store.analysis.store_rules import StoreRules
from age_model.store.record.audit_log import Event, log_event
from age_model.store.record.database import reading, writing
from age_model.store.record.schema import STORE_RULES


class StoreRule(NamedTuple):
    """Who is asked for ID in a store.

    Attributes:
        challenge_age: who looks younger is asked, years.
        may_pass: percent of people under age who may pass, one of the model's `FittedGate.limits`;
            None where the model has none. Each model has its own chance for it.
    """

    challenge_age: int
    may_pass: str | None


def read_rule(engine: Engine, store: str) -> StoreRule | None:
    """Return the rule of a store; None where the manager has set none.

    Raises:
        RecordError: the record cannot be read.
    """
    columns = STORE_RULES.c.challenge_age, STORE_RULES.c.may_pass
    with reading(engine) as connection:
        row = connection.execute(select(*columns).where(STORE_RULES.c.store == store)).first()
    return None if row is None else StoreRule(*row)


def read_rules(engine: Engine) -> dict[str, StoreRule]:
    """Return the rules that managers have set, by store.

    Raises:
        RecordError: the record cannot be read.
    """
    columns = STORE_RULES.c.store, STORE_RULES.c.challenge_age, STORE_RULES.c.may_pass
    with reading(engine) as connection:
        rows = connection.execute(select(*columns).order_by(STORE_RULES.c.store)).all()
    return {store: StoreRule(age, may_pass) for store, age, may_pass in rows}


def read_rules_in_force(engine: Engine, fitted: FittedGate) -> StoreRules:
    """Return the rule of every store for a model, see `rule_in_force`.

    Raises:
        RecordError: the record cannot be read.
    """
    stored = read_rules(engine)
    own = {store: rule_in_force(rule, fitted) for store, rule in stored.items()}
    return StoreRules(fitted.rule, own)


def rule_in_force(stored: StoreRule | None, fitted: FittedGate) -> AskRule:
    """Return the rule of a store for a model, by default the model's usual one.

    Where the model has no limit for the share that the manager chose, its strictest one counts.

    Args:
        stored: what the manager has set, if anything.
        fitted: of the model.
    """
    if stored is None:
        return fitted.rule
    if stored.may_pass is None or not fitted.limits:
        return AskRule(stored.challenge_age)
    strictest = min(fitted.limits.values())
    return AskRule(stored.challenge_age, fitted.limits.get(stored.may_pass, strictest))


def set_rule(engine: Engine, writer: Visitor, store: str, rule: StoreRule) -> None:
    """Set the rule of a store.

    Raises:
        AccessDenied: the writer may not change rules of the store.
        RecordError: nothing was written.
        ValueError: no till may ask by this rule.
    """
    writer.check(Action.CHANGE_RULES, store)
    if not LEGAL_AGE <= rule.challenge_age <= MAX_AGE:
        raise ValueError(f"no challenge age: {rule.challenge_age}")
    with writing(engine) as connection:
        connection.execute(delete(STORE_RULES).where(STORE_RULES.c.store == store))
        connection.execute(insert(STORE_RULES).values(store=store, **rule._asdict()))
        log_event(connection, writer.name, Event.CHANGED_RULE, store, **rule._asdict())
