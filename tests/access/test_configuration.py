"""access.toml: who gets which role, and what is said of mistakes."""

from pathlib import Path
from typing import Any

import pytest

from age_model.access.configuration import (
    FILE_VARIABLE,
    SIGNED_IN_FOR,
    Access,
    AccessFileError,
    access_in_use,
    read_access,
)
from age_model.access.rights import Action, Role
from age_model.access.visitor import NOBODY, Grant

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "access.example.toml"
PERSON = '[[people]]\nemail = "olga@example.org"\nroles = ["manager"]\nstores = ["North"]\n'
SIGNED_IN = {"is_logged_in": True, "iat": 1000, "sub": "1"}
NOW = 2000.0


def written(folder: Path, text: str) -> Path:
    path = folder / "access.toml"
    path.write_text(text, encoding="utf-8")
    return path


def grants(access: Access, claims: dict[str, Any], now: float = NOW) -> set[tuple[Role, Any]]:
    visitor = access.visitor(SIGNED_IN | claims, now)
    return {(grant.role, grant.stores) for grant in visitor.grants}


def test_the_example_gives_what_it_says() -> None:
    access = read_access(EXAMPLE)
    assert grants(access, {"email": "IT@example.org"}) == {(Role.ADMIN, None)}
    assert grants(access, {"email": "olga@example.org", "roles": ["Store.Analyst", "Other"]}) == {
        (Role.MANAGER, frozenset({"North", "South"})),
        (Role.ANALYST, None),
    }
    assert access.visitor(SIGNED_IN | {"email": "olga@example.org"}, NOW).name == "olga@example.org"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "mallory@example.org"},
        {"email": "olga@example.org", "email_verified": False},
        {"email": "olga@example.org", "email_verified": "false"},
        {"email": "o\u212aga@example.org"},
        {"email": ["olga@example.org"]},
        {"preferred_username": "olga@example.org"},
        {"groups": ["Store.Analyst"]},
        {"roles": {"Store.Analyst": True}},
        {"roles": "store.analyst"},
        {"roles": [["Store.Analyst"]]},
    ],
)
def test_a_stranger_gets_no_role(claims: dict[str, Any]) -> None:
    assert grants(read_access(EXAMPLE), claims) == set()


def test_the_sign_of_kelvin_is_no_k(tmp_path: Path) -> None:
    text = 'sign_in = "oidc"\n' + PERSON.replace("olga", "kim")
    access = read_access(written(tmp_path, text))
    assert "\u212aim".lower() == "kim"
    assert grants(access, {"email": "\u212aim@example.org"}) == set()
    assert grants(access, {"email": "Kim@example.org"})


def test_a_sign_in_counts_for_half_a_day() -> None:
    access, olga = read_access(EXAMPLE), {"email": "olga@example.org"}
    assert grants(access, olga, 1000 + SIGNED_IN_FOR - 1)
    assert access.visitor(SIGNED_IN | olga, 1000 + SIGNED_IN_FOR) == NOBODY
    for claims in ({"iat": None}, {"iat": "1000"}, {"iat": True}, {"is_logged_in": "yes"}):
        assert access.visitor(SIGNED_IN | olga | claims, NOW) == NOBODY


def test_a_proxy_tells_roles_with_commas_between_them(tmp_path: Path) -> None:
    access = read_access(
        written(tmp_path, EXAMPLE.read_text("utf-8").replace('= "oidc"', '= "proxy"'))
    )
    visitor = access.visitor({"email": "a@example.org", "roles": "Other, Store.Analyst"}, NOW)
    assert visitor.grants == {Grant(Role.ANALYST, None)}
    assert access.visitor({"email": None, "roles": None}, NOW) == NOBODY
    assert not access.visitor({"roles": "Store.Analyst"}, NOW).may(Action.SEE_PURCHASES)


MISTAKES = {
    "": 'write sign_in = "oidc" or sign_in = "proxy".',
    'sign_in = "none"': 'write sign_in = "oidc" or sign_in = "proxy".',
    'sign_in = "oidc"': "it gives nobody a role; add [[people]] or [[app_roles]].",
    'sign_in = "oidc"\npeopel = []': "it has peopel, which is not known; known are "
    "app_roles, people, sign_in.",
    'sign_in = "oidc"\n' + PERSON.replace("[[people]]", "[people]"): "write [[people]] in double "
    "brackets.",
    'sign_in = "oidc"\n' + PERSON.replace('"manager"', '"boss"'): "[[people]] 1 needs roles, a "
    'list of some of "cashier", "manager", "analyst", "admin".',
    'sign_in = "oidc"\n' + PERSON.replace('["manager"]', '"manager"'): "[[people]] 1 needs roles",
    'sign_in = "oidc"\n' + PERSON.replace('["manager"]', "[[]]"): "[[people]] 1 needs roles",
    'sign_in = "oidc"\n' + PERSON + PERSON.replace('stores = ["North"]', ""): "In [[people]] 2, "
    'write stores = "all", or a list of names as ["North", "South"].',
    'sign_in = "oidc"\n' + PERSON.replace('["North"]', "[]"): "In [[people]] 1, write stores",
    'sign_in = "oidc"\n' + PERSON.replace('["North"]', '"North"'): "In [[people]] 1, write stores",
    'sign_in = "oidc"\n' + PERSON.replace("olga@", "olga"): "[[people]] 1: olgaexample.org is no "
    "e-mail address.",
    'sign_in = "oidc"\n' + PERSON.replace('"olga@example.org"', "7"): "[[people]] 1 needs email",
    'sign_in = "oidc"\n' + PERSON + 'store = "North"': "[[people]] 1 has store, which is not known",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_each_mistake_is_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(AccessFileError) as raised:
        read_access(written(tmp_path, text))
    said = str(raised.value.args[0])
    assert said.startswith("access.toml cannot be used: " + MISTAKES[text])
    assert "\n" not in said and said.endswith(".")


def test_what_is_no_toml_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, "sign_in = ")
    with pytest.raises(AccessFileError, match="is not valid TOML: "):
        read_access(path)
    path.write_bytes(b'sign_in = "\xff"')
    with pytest.raises(AccessFileError, match="is not valid TOML: "):
        read_access(path)


def test_a_damaged_file_never_means_open_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing, folder, damaged = tmp_path / "gone.toml", tmp_path / "folder", tmp_path / "damaged"
    folder.mkdir()
    damaged.write_text("[[")
    link = tmp_path / "link"
    link.symlink_to(missing)
    for path in (missing, folder, damaged):
        monkeypatch.setenv(FILE_VARIABLE, str(path))
        with pytest.raises(AccessFileError):
            access_in_use()
    monkeypatch.delenv(FILE_VARIABLE)
    monkeypatch.setattr("age_model.access.configuration.DEFAULT_FILE", link)
    with pytest.raises(AccessFileError):
        access_in_use()
    monkeypatch.setattr("age_model.access.configuration.DEFAULT_FILE", missing)
    assert access_in_use() is None
