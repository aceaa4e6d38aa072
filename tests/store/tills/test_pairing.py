"""Devices that are paired with a till, and those that only say so."""

from datetime import datetime, timedelta

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Engine, func, select, text

from age_model.access.rights import Role
from age_model.access.visitor import ANYBODY, EVERYTHING, AccessDenied, Scope, Visitor
from age_model.store.record.database import open_record
from age_model.store.record.schema import PAIRED_TILLS, PAIRING_CODES
from age_model.store.tills import pairing
from age_model.store.tills.pairing import (
    CODE_LIFE,
    MOST_WRONG,
    TOKEN_LIFE,
    WRONG_WITHIN,
    PairingError,
    find_till,
    list_tills,
    make_code,
    pair,
    revoke,
)

MANAGER = Visitor.of("olga@example.org", [Role.MANAGER], ["North"])


def paired(engine: Engine, till: str = "1") -> str:
    return pair(engine, make_code(engine, MANAGER, "North", till))


def shift_clock(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    now = pairing.utc_now
    monkeypatch.setattr(pairing, "utc_now", lambda: now() + by)


def test_a_code_makes_a_device_a_till(record: Engine) -> None:
    code = make_code(record, MANAGER, "North", "1")
    till = find_till(record, pair(record, f" {code[:4]}-{code[4:]} "))
    assert till is not None
    assert (till.store, till.till, till.paired_by) == ("North", "1", "olga@example.org")
    (listed,) = list_tills(record, EVERYTHING)
    assert listed.serial == till.serial and listed.last_seen is not None
    assert list_tills(record, Scope(frozenset({"South"}), None)) == []


def test_a_code_is_good_once(record: Engine) -> None:
    code = make_code(record, MANAGER, "North", "1")
    pair(record, code)
    with pytest.raises(PairingError, match="wrong, used or too old"):
        pair(record, code)
    assert len(list_tills(record, EVERYTHING)) == 1


def test_a_code_is_good_for_some_minutes(record: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    code = make_code(record, MANAGER, "North", "1")
    shift_clock(monkeypatch, CODE_LIFE)
    with pytest.raises(PairingError, match="too old"):
        pair(record, code)
    make_code(record, MANAGER, "North", "2")
    with record.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(PAIRING_CODES)) == 1


def test_neither_code_nor_token_is_in_the_record(record: Engine) -> None:
    code = make_code(record, MANAGER, "North", "1")
    with record.connect() as connection:
        codes = connection.execute(select(PAIRING_CODES)).all()
    token = pair(record, code)
    with record.connect() as connection:
        kept = str(codes) + str(connection.execute(select(PAIRED_TILLS)).all())
        kept += str(connection.execute(text("SELECT * FROM audit_log")).all())
    assert code not in kept and token not in kept


@pytest.mark.parametrize("code", ["", "1234567", "123456789", "abcdefgh", "１２３４５６７８"])
def test_what_is_no_code_is_told_and_not_counted(record: Engine, code: str) -> None:
    for _ in range(MOST_WRONG + 1):
        with pytest.raises(PairingError, match="8 digits"):
            pair(record, code)
    assert find_till(record, paired(record)) is not None


def test_after_many_wrong_codes_none_is_taken_for_a_while(
    record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = make_code(record, MANAGER, "North", "1")
    wrong = "0" * 8 if code != "0" * 8 else "1" * 8
    for _ in range(MOST_WRONG):
        with pytest.raises(PairingError, match="wrong, used"):
            pair(record, wrong)
    with pytest.raises(PairingError, match="too many wrong codes"):
        pair(record, code)
    shift_clock(monkeypatch, WRONG_WITHIN)
    assert find_till(record, paired(record, "2")) is not None


def test_a_revoked_device_is_no_till(record: Engine) -> None:
    token, other = paired(record), paired(record, "2")
    till = find_till(record, token)
    assert till is not None
    revoke(record, MANAGER, till)
    revoke(record, MANAGER, till)
    assert find_till(record, token) is None
    assert find_till(record, other) is not None
    assert [one.till for one in list_tills(record, EVERYTHING)] == ["2"]
    with record.connect() as connection:
        revoked = text("SELECT count(*) FROM audit_log WHERE what = 'revoked a till'")
        assert connection.scalar(revoked) == 1


def test_a_token_ends_after_a_year(record: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    token = paired(record)
    now = datetime.now().timestamp()
    for days, good in ((TOKEN_LIFE.days - 1, True), (TOKEN_LIFE.days + 1, False)):
        later = now + days * 86400
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda later=later: later)
        assert (find_till(record, token) is not None) is good


def test_a_token_of_another_record_is_none_here(
    record: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = open_record(f"sqlite:///{tmp_path_factory.mktemp('other') / 'store.sqlite'}")
    foreign = paired(other)
    assert find_till(record, foreign) is None  # where nothing was ever paired
    paired(record)
    assert find_till(record, foreign) is None
    other.dispose()


def test_a_serial_signed_with_another_key_or_for_another_purpose_is_none(record: Engine) -> None:
    till = find_till(record, paired(record))
    assert till is not None
    with record.connect() as connection:
        key = connection.scalar(text("SELECT value FROM signing_keys"))
    for secret, salt in (("guess", pairing._PURPOSE), (key, "another purpose"), (key, "")):
        assert (
            find_till(record, str(URLSafeTimedSerializer(secret, salt=salt).dumps(till.serial)))
            is None
        )


def test_who_is_no_manager_of_the_store_pairs_and_revokes_nothing(record: Engine) -> None:
    till = find_till(record, paired(record))
    assert till is not None
    for who in (
        Visitor.of("a@example.org", [Role.MANAGER], ["South"]),
        Visitor.of("b@example.org", [Role.CASHIER, Role.ANALYST], None),
        Visitor("stranger"),
    ):
        with pytest.raises(AccessDenied):
            make_code(record, who, "North", "1")
        with pytest.raises(AccessDenied):
            revoke(record, who, till)
    south = Visitor.of("a@example.org", [Role.MANAGER], ["South"])
    revoke(record, south, till._replace(store="South"))  # a lie about the store
    assert len(list_tills(record, EVERYTHING)) == 1
    revoke(record, ANYBODY, till)
    assert list_tills(record, EVERYTHING) == []
