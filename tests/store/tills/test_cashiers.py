"""Cashiers sign in with a PIN; wrong ones lock the account, whoever tries them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, text

from age_model.access.rights import Action, Role
from age_model.access.visitor import AccessDenied, Visitor
from age_model.store.record.database import RecordError, open_record
from age_model.store.record.schema import CASHIERS
from age_model.store.tills import cashiers
from age_model.store.tills.cashiers import (
    LOCKED_AT_MOST,
    LOCKED_FOR,
    MOST_WRONG,
    Cashier,
    CashierError,
    LockedError,
    add_cashier,
    list_cashiers,
    reset_pin,
    set_active,
    sign_in,
    why_out,
)

MANAGER = Visitor.of("olga@example.org", [Role.MANAGER], ["North"])


pytestmark = pytest.mark.usefixtures("fast_hashes")


def added(engine: Engine, name: str = "Anna") -> tuple[Cashier, str]:
    pin = add_cashier(engine, MANAGER, "North", name)
    return next(one for one in list_cashiers(engine, "North") if one.name == name), pin


def wrong(pin: str) -> str:
    return f"{(int(pin) + 1) % 10**6:06}"


def fail(engine: Engine, cashier: Cashier, pin: str, message: str = "Wrong PIN") -> None:
    with pytest.raises(CashierError, match=message):
        sign_in(engine, "North", cashier.id, pin)


def shift_clock(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    now = cashiers.utc_now
    monkeypatch.setattr(cashiers, "utc_now", lambda: now() + by)


def test_the_right_pin_signs_in_and_gives_the_till_alone(record: Engine) -> None:
    cashier, pin = added(record)
    signed_in = sign_in(record, "North", cashier.id, f" {pin} ")
    assert signed_in == cashier and why_out(record, signed_in) is None
    may = [action for action in Action if signed_in.visitor.may(action)]
    assert may == [Action.USE_TILL]
    assert not signed_in.visitor.may(Action.USE_TILL, "South")


def test_pins_are_kept_as_argon2_hashes(record: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the real cost
    _, pin = added(record)
    with record.connect() as connection:
        hashed = connection.scalar(select(CASHIERS.c.pin))
        everything = str(connection.execute(select(CASHIERS)).all())
        everything += str(connection.execute(text("SELECT * FROM audit_log")).all())
    assert hashed and hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert pin not in everything.replace(hashed, "")


def test_five_wrong_pins_lock_for_a_while_in_every_browser(
    record: Engine, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cashier, pin = added(record)
    for left in range(MOST_WRONG - 1, 0, -1):
        fail(record, cashier, wrong(pin), f"locked: {left}")
    with pytest.raises(LockedError, match="Too many") as locking:
        sign_in(record, "North", cashier.id, wrong(pin))
    assert timedelta() < locking.value.until - cashiers.utc_now() <= LOCKED_FOR
    other = open_record(store_url)
    with pytest.raises(LockedError, match="Too many") as locked_out:
        sign_in(other, "North", cashier.id, pin)
    assert locked_out.value.until == locking.value.until
    other.dispose()
    shift_clock(monkeypatch, LOCKED_FOR)
    assert sign_in(record, "North", cashier.id, pin).id == cashier.id
    with record.connect() as connection:
        state = connection.execute(select(CASHIERS.c.wrong_pins, CASHIERS.c.locked_until)).one()
        (locked,) = connection.execute(
            text("SELECT who, store FROM audit_log WHERE what LIKE 'locked%'")
        )
    assert tuple(state) == (0, None)
    assert tuple(locked) == (f"cashier {cashier.id}", "North")


def test_each_further_lock_is_longer_up_to_a_day(
    record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cashier, pin = added(record)
    lengths = []
    for _ in range(9):
        for _ in range(MOST_WRONG):
            with pytest.raises(CashierError):
                sign_in(record, "North", cashier.id, wrong(pin))
        (now,) = list_cashiers(record, "North")
        assert now.locked_until
        lengths.append(round((now.locked_until - cashiers.utc_now()) / LOCKED_FOR))
        shift_clock(monkeypatch, LOCKED_AT_MOST)
    assert lengths == [1, 2, 4, 8, 16, 32, 64, 96, 96]


def test_many_tries_at_once_are_no_more_than_five(record: Engine) -> None:
    cashier, pin = added(record)
    guesses = [f"{(int(pin) + 1 + i) % 10**6:06}" for i in range(20)]

    def tried(guess: str) -> str:
        try:
            sign_in(record, "North", cashier.id, guess)
        except CashierError as error:
            return str(error)
        raise AssertionError("a wrong PIN was taken")

    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(tried, guesses))
    assert sum("Wrong PIN" in answer for answer in answers) == MOST_WRONG - 1
    with record.connect() as connection:
        assert connection.scalar(select(CASHIERS.c.wrong_pins)) == MOST_WRONG


def test_a_manager_resets_a_pin_which_unlocks_and_ends_what_was_open(record: Engine) -> None:
    cashier, pin = added(record)
    signed_in = sign_in(record, "North", cashier.id, pin)
    for _ in range(MOST_WRONG):
        with pytest.raises(CashierError):
            sign_in(record, "North", cashier.id, wrong(pin))
    new = reset_pin(record, MANAGER, cashier)
    assert "new PIN" in str(why_out(record, signed_in))
    if new != pin:
        fail(record, cashier, pin)
    assert why_out(record, sign_in(record, "North", cashier.id, new)) is None


def test_who_left_cannot_sign_in_nor_go_on(record: Engine) -> None:
    cashier, pin = added(record)
    signed_in = sign_in(record, "North", cashier.id, pin)
    set_active(record, MANAGER, cashier, False)
    assert "deactivated" in str(why_out(record, signed_in))
    fail(record, cashier, pin, "does not work here")
    set_active(record, MANAGER, cashier, True)
    assert why_out(record, sign_in(record, "North", cashier.id, pin)) is None


def test_a_cashier_of_another_store_is_unknown_here(record: Engine) -> None:
    cashier, pin = added(record)
    with pytest.raises(CashierError, match="does not work here"):
        sign_in(record, "South", cashier.id, pin)


@pytest.mark.parametrize("pin", ["", "x" * 10_000, "\x00", "１２３４５６", "\ud83d"])
def test_what_is_no_pin_is_wrong(record: Engine, pin: str) -> None:
    fail(record, added(record)[0], pin)


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "An\x00na", "An\u202ena"])
def test_what_is_no_name_is_refused(record: Engine, name: str) -> None:
    with pytest.raises(CashierError, match="name of 1 to 60 characters"):
        added(record, name)


def test_a_name_that_cannot_be_kept_gives_a_sentence(record: Engine) -> None:
    with pytest.raises(RecordError, match="not text"):
        added(record, "An\ud83dna")


def test_a_store_has_each_name_once(record: Engine) -> None:
    added(record)
    added(record, "Öлга")
    for known, name in (("Anna", " Anna "), ("Anna", "aNNa"), ("Öлга", "öЛГА")):
        with pytest.raises(CashierError, match=f"has a cashier {known} already"):
            added(record, name)
    assert add_cashier(record, Visitor.of("", [Role.ADMIN], None), "South", "Anna")


def test_who_is_no_manager_of_the_store_changes_no_account(record: Engine) -> None:
    cashier, _ = added(record)
    south = Visitor.of("a@example.org", [Role.MANAGER], ["South"])
    for who in (
        south,
        Visitor.of("b@example.org", [Role.CASHIER, Role.ANALYST], None),
        cashier.visitor,
    ):
        with pytest.raises(AccessDenied):
            add_cashier(record, who, "North", "Eve")
        with pytest.raises(AccessDenied):
            reset_pin(record, who, cashier)
        with pytest.raises(AccessDenied):
            set_active(record, who, cashier, False)
    set_active(record, south, cashier._replace(store="South"), False)  # a lie about the store
    assert why_out(record, cashier) is None
