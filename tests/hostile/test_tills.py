"""Tokens and codes that somebody made up: none makes a device a till."""

import string
from random import Random

import pytest
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer
from sqlalchemy import Engine

from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.store.tills import pairing
from age_model.store.tills.pairing import PairingError, find_till, list_tills, make_code, pair
from tests.hostile.conftest import Campaign

TRIED = 1000
LETTERS = string.ascii_letters + string.digits + "-_.="
ODD = ["", ".", "..", "null", "[]", "{}", "\x00", "é", "\ud83d", "٣", "a" * 5000, "' OR 1=1 --"]


def changed(random: Random, token: str) -> str:
    """Return the token with some letters replaced, left out or added."""
    letters = list(token)
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(letters))
        some = random.choices(LETTERS, k=random.randint(0, 2))
        letters[place : place + random.randint(0, 2)] = some
    return "".join(letters)


def forged(random: Random, token: str, serial: str) -> str:
    """Return a token made up from a real one, which it is not."""
    payload, time, signature = token.split(".")
    kind = random.randrange(6)
    if kind == 0:
        return random.choice(ODD)
    if kind == 1:
        return "".join(random.choices(LETTERS, k=random.randint(1, 200)))
    if kind == 2:  # the parts of the real one in another order, or not all of them
        parts = [payload, time, signature, signature[::-1]]
        return ".".join(random.sample(parts, random.randint(1, 3)))
    if kind == 3:
        key = random.choice(["", "secret", "paired tills", f"{random.getrandbits(256):064x}"])
        make = random.choice([URLSafeTimedSerializer, URLSafeSerializer])
        return str(make(key or "x", salt=random.choice(["paired tills", ""])).dumps(serial))
    if kind == 4:
        odd = random.choice([None, 0, -1, True, [serial], {"serial": serial}, f"{serial}'", "%"])
        return str(URLSafeTimedSerializer("guess", salt="paired tills").dumps(odd))
    return changed(random, token)


def test_forged_tokens(record: Engine, campaign: Campaign) -> None:
    token = pair(record, make_code(record, ANYBODY, "North", "1"))
    till = find_till(record, token)
    assert till is not None

    def attempt(random: Random) -> None:
        false = forged(random, token, till.serial)
        if false == token:
            return
        found = find_till(record, false)
        # The last letter of base64 has bits that stand for nothing: the same signature in other
        # letters is the same token, and no forgery.
        assert found is None or false[:-1] == token[:-1], false

    campaign(f"forged tokens, {record.dialect.name}", attempt, few=TRIED)
    assert find_till(record, token) is not None


def test_guessed_codes(record: Engine, campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    code = make_code(record, ANYBODY, "North", "1")
    monkeypatch.setattr(pairing, "MOST_WRONG", 10**9)  # else nothing is tried after twenty

    def attempt(random: Random) -> None:
        digits = "".join(random.choices(string.digits, k=random.choice([8, 8, 8, 7, 9])))
        near = str(int(code) + random.choice([-1, 1])).zfill(8)
        guess = random.choice([digits, near, code[::-1], f"{code}0", code[:-1], *ODD])
        if guess == code:
            return
        with pytest.raises(PairingError):
            pair(record, guess)

    campaign(f"guessed codes, {record.dialect.name}", attempt, few=TRIED)
    assert list_tills(record, EVERYTHING) == []
    assert find_till(record, pair(record, code)) is not None
