"""What a visitor may do and read."""

import pytest

from age_model.access.rights import RIGHTS, Action, Role, action_of
from age_model.access.visitor import ANYBODY, EVERYTHING, AccessDenied, Grant, Scope, Visitor

SEEN = {  # the pages of each role, as the store asked for them
    Role.CASHIER: {"checkout"},
    Role.MANAGER: {"overview", "purchases", "alcohol", "import_data", "settings", "about"},
    Role.ANALYST: {"purchases", "errors", "data_set", "train", "photo", "webcam", "about"},
}


def pages(visitor: Visitor) -> set[str]:
    return {page for action in Action if visitor.may(action) for page in RIGHTS[action].pages}


@pytest.mark.parametrize("role", SEEN)
def test_a_role_has_its_pages(role: Role) -> None:
    assert pages(Visitor.of("a", [role], None)) == SEEN[role]


def test_every_action_is_in_the_table_and_the_admin_may_all() -> None:
    assert set(RIGHTS) == set(Action)
    assert all(Visitor.of("a", [Role.ADMIN], None).may(action) for action in Action)
    assert all(ANYBODY.may(action, "any store") for action in Action)


def test_a_stranger_may_nothing_and_reads_nothing() -> None:
    stranger = Visitor("who@example.org")
    assert not any(stranger.may(action) for action in Action)
    assert stranger.scope(Action.SEE_PURCHASES) == Scope(frozenset(), frozenset())
    with pytest.raises(AccessDenied, match="Ask the administrator"):
        stranger.check(Action.SEE_PURCHASES)


def test_a_role_counts_in_its_stores_only() -> None:
    both = Visitor("a", frozenset({Grant(Role.ANALYST, None), Grant(Role.MANAGER, frozenset("N"))}))
    assert both.scope(Action.SEE_PURCHASES) == Scope(None, frozenset("N"))
    assert both.scope(Action.SEE_CHECKS) == Scope(frozenset("N"), frozenset("N"))
    assert both.may(Action.IMPORT, "N") and not both.may(Action.IMPORT, "S")
    with pytest.raises(AccessDenied, match="no rights in the store S"):
        both.check(Action.IMPORT, "S")


def test_a_scope_is_never_widened() -> None:
    north = Scope(frozenset({"North"}), frozenset())
    assert north.narrowed(["North", "South"]) == north
    assert EVERYTHING.narrowed(["South"]) == Scope(frozenset({"South"}), None)


def test_a_page_outside_the_table_has_no_action() -> None:
    assert action_of("webcam") is Action.ESTIMATE
    with pytest.raises(KeyError):
        action_of("nothing")
