"""The rule by which a store's tills ask for ID."""

import json

import pytest
from sqlalchemy import Engine, select

from age_model.access.rights import Role
from age_model.access.visitor import ANYBODY, AccessDenied, Visitor
from age_model.evaluation.age_gate import FittedGate
from age_model.predict.id_rule import AskRule
from age_model.store.record.add_visit import record_visit
from age_model.store.record.schema import AUDIT_LOG, VISITS
from age_model.store.tills.rules import StoreRule, read_rule, read_rules_in_force, set_rule
from tests.support.store_made_up import NOON, PLACE, estimate


def test_a_rule_is_kept_for_its_store_and_each_change_is_in_the_log(record: Engine) -> None:
    manager = Visitor.of("olga@example.org", [Role.MANAGER], ["North"])
    assert read_rule(record, "North") is None
    for rule in (StoreRule(25, "1"), StoreRule(30, None)):
        set_rule(record, manager, "North", rule)
        assert read_rule(record, "North") == rule
    assert read_rule(record, "South") is None
    with record.connect() as connection:
        logged = connection.scalars(select(AUDIT_LOG.c.detail).order_by(AUDIT_LOG.c.id)).all()
    assert [json.loads(detail)["challenge_age"] for detail in logged] == [25, 30]


def test_each_store_has_its_own_rule_and_the_others_the_usual_one(record: Engine) -> None:
    fitted = FittedGate(14, {"1": 0.02, "5": 0.1}, "1", AskRule(22, 0.02))
    set_rule(record, ANYBODY, "North", StoreRule(25, "5"))
    rules = read_rules_in_force(record, fitted)
    assert rules.of("North") == AskRule(25, 0.1) and rules.of("South") == fitted.rule


@pytest.mark.parametrize("age", [17, 117])
def test_no_rule_asks_below_the_legal_age(record: Engine, age: int) -> None:
    with pytest.raises(ValueError, match="challenge age"):
        set_rule(record, ANYBODY, "North", StoreRule(age, None))


@pytest.mark.parametrize("role", [Role.CASHIER, Role.ANALYST])
def test_a_cashier_and_an_analyst_cannot_move_it(record: Engine, role: Role) -> None:
    with pytest.raises(AccessDenied):
        set_rule(record, Visitor.of("x", [role], None), "North", StoreRule(18, None))
    assert read_rule(record, "North") is None


def test_a_visit_is_stored_with_the_rule(record: Engine) -> None:
    known = record_visit(record, ANYBODY, NOON, PLACE._replace(rule=AskRule(30, 0.02)), estimate())
    unknown = record_visit(record, ANYBODY, NOON, PLACE, estimate())
    columns = VISITS.c.challenge_age, VISITS.c.likelihood
    with record.connect() as connection:
        rules = [
            connection.execute(select(*columns).where(VISITS.c.id == key)).one()
            for key in (known, unknown)
        ]
    assert [tuple(rule) for rule in rules] == [(30, 0.02), (None, None)]
