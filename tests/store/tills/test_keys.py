"""Keys of the service: shown once, kept as a digest, revoked for good."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from age_model.access.rights import Action, Role
from age_model.access.visitor import EVERYTHING, AccessDenied, Scope, Visitor
from age_model.cli import main as cli
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.tills import keys
from age_model.store.tills.keys import (
    UnknownKeyError,
    find_key,
    list_keys,
    make_key,
    revoke_key,
)

MANAGER = Visitor.of("olga@example.org", [Role.MANAGER], ["North"])


def everything_kept(engine: Engine) -> str:
    with engine.connect() as connection:
        tables = ("api_keys", "audit_log")
        return str([connection.execute(text(f"SELECT * FROM {name}")).all() for name in tables])


def test_a_key_is_found_and_kept_nowhere(record: Engine) -> None:
    name, key = make_key(record, MANAGER, "North", "1")
    found = find_key(record, key)
    assert found is not None and (found.id, found.store, found.till) == (name, "North", "1")
    assert key not in everything_kept(record) and len(key) > 40
    assert find_key(record, key[:-1]) is None and find_key(record, "ключ") is None
    assert find_key(record, "x" * 10_000) is None


def test_a_key_may_import_into_its_store_alone(record: Engine) -> None:
    _, key = make_key(record, MANAGER, "North", None)
    found = find_key(record, key)
    assert found is not None and found.visitor.may(Action.IMPORT, "North")
    assert not found.visitor.may(Action.IMPORT, "South")


def test_a_revoked_key_is_worthless(record: Engine) -> None:
    name, key = make_key(record, MANAGER, "North", None)
    kept = make_key(record, MANAGER, "North", None)[0]
    assert revoke_key(record, MANAGER, name).store == "North"
    revoke_key(record, MANAGER, name)
    assert find_key(record, key) is None
    assert [one.id for one in list_keys(record, EVERYTHING)] == [kept]
    with pytest.raises(UnknownKeyError, match="no key nothing"):
        revoke_key(record, MANAGER, "nothing")
    log = everything_kept(record)
    assert log.count("revoked a key of the service") == 1
    assert log.count("made a key of the service") == 2


def test_only_who_may_pair_tills_of_the_store_makes_and_revokes(record: Engine) -> None:
    stranger = Visitor.of("ivan@example.org", [Role.MANAGER], ["South"])
    name, key = make_key(record, MANAGER, "North", None)
    with pytest.raises(AccessDenied):
        make_key(record, stranger, "North", None)
    with pytest.raises(AccessDenied):
        revoke_key(record, stranger, name)
    assert find_key(record, key) is not None
    assert list_keys(record, Scope(frozenset({"South"}), None)) == []


def test_the_last_use_is_known_to_the_minute(
    record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, key = make_key(record, MANAGER, "North", None)
    assert list_keys(record, EVERYTHING)[0].last_used is None
    find_key(record, key)
    first = list_keys(record, EVERYTHING)[0].last_used
    find_key(record, key)
    assert first is not None and list_keys(record, EVERYTHING)[0].last_used == first
    now = keys.utc_now
    monkeypatch.setattr(keys, "utc_now", lambda: now() + timedelta(minutes=2))
    find_key(record, key)
    assert list_keys(record, EVERYTHING)[0].last_used != first


def test_the_commands_make_list_and_revoke(
    store_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(URL_VARIABLE, store_url)

    def run(*arguments: str, status: int = 0) -> str:
        assert cli.main(["key", *arguments]) == status
        out = capsys.readouterr()
        return out.out + out.err

    assert "There are no keys" in run("list")
    told, key = run("create", "--store", "North", "--till", "1").splitlines()
    name = told.split()[1].rstrip(".")
    engine = open_record(store_url)
    assert find_key(engine, key) is not None
    engine.dispose()
    listed = run("list")
    assert name in listed and "North, till 1" in listed and key not in listed
    assert "is revoked" in run("revoke", name)
    assert "There are no keys" in run("list")
    assert "There is no key nothing" in run("revoke", "nothing", status=1)
