"""Paired tills: what a device shows with its token, and what it shows to everybody else."""

import re
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import segno
from sqlalchemy import Engine, select
from streamlit.testing.v1 import AppTest

from age_model.access.configuration import FILE_VARIABLE
from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.store.record.audit_log import read_log, utc_now
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.record.schema import VISITS
from age_model.store.tills.cashiers import add_cashier, list_cashiers, reset_pin, set_active
from age_model.store.tills.pairing import find_till, list_tills, make_code, pair, revoke
from age_model.store.tills.rules import StoreRule, set_rule
from tests.app_pages.test_roles import open_address
from tests.app_pages.test_store_pages import outcomes
from tests.support.app import FACE, answered, open_page, press, shown_text, take
from tests.support.roles import app_of, write_access

ADDRESS = "https://ages.example.org/till?pairing"
STORE = "Demo Central"  # that of the manager in `write_access`


pytestmark = pytest.mark.usefixtures("fast_hashes")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    monkeypatch.setenv(URL_VARIABLE, url)
    return open_record(url)


@pytest.fixture
def access(tmp_path: Path) -> Path:
    return write_access(tmp_path / "access.toml")


@pytest.fixture
def device(shop: Engine, access: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The app on a paired device with nobody signed in."""
    app = app_of("", monkeypatch, access)
    app.query_params["pairing"] = pair(shop, make_code(shop, ANYBODY, STORE, "1"))
    return app


def sign_in(app: AppTest, shop: Engine, name: str, pin: str) -> AppTest:
    key = next(one.id for one in list_cashiers(shop, STORE) if one.name == name)
    app.button_group(key="who at the till").set_value(key).run()
    app.text_input(key="pin").set_value(pin)
    return press(app, "Start")


def said(app: AppTest) -> str:
    """The first error, without the signs that keep it from being Markdown."""
    return str(app.error[0].value).replace("\\", "")


def qr_modules(uri: str) -> list[str]:
    """What draws the dark modules of a QR code, an SVG picture as a data URI."""
    data = uri.partition(",")[2]
    svg = b64decode(data).decode() if ";base64" in uri else unquote(data)
    return re.findall(r'class=.qrline.[^>]* d=["\']([^"\']+)', svg)


def asks_for_code(app: AppTest) -> bool:
    labels = [box.label for box in app.text_input]
    return labels == ["Code from the manager's page Settings"] and not app.get("camera_input")


def test_a_device_with_a_code_becomes_a_till(
    shop: Engine, access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_address(app_of("", monkeypatch, access), "checkout")
    assert asks_for_code(app) and not app.error
    app.text_input[0].set_value("12345678")
    press(app, "Pair")
    assert "wrong, used or too old" in app.error[0].value and asks_for_code(app)
    app.text_input[0].set_value(make_code(shop, ANYBODY, STORE, "1"))
    press(app, "Pair")
    token = app.query_params["pairing"]
    assert find_till(shop, token[0] if isinstance(token, list) else token)
    assert f"**{STORE}**, till **1**" in shown_text(app)
    assert "no cashiers yet" in app.info[0].value
    assert "Bookmark this page" in app.success[0].value


@pytest.mark.parametrize(
    "address",
    [
        {"store": STORE, "till": "1", "cashier": "Olga"},
        {"pairing": "forged", "store": STORE, "till": "1", "cashier": "Olga"},
        {"pairing": ""},
    ],
)
@pytest.mark.parametrize("who", ["", "stranger", "cashier", "admin"])
def test_with_roles_an_address_is_no_till(
    who: str,
    address: dict[str, str],
    shop: Engine,
    access: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = app_of(who, monkeypatch, access)
    app.query_params.update(address)
    assert asks_for_code(open_address(app, "checkout"))
    assert len(app.error) == (address.get("pairing", "") != "")


def test_the_store_the_till_and_the_rule_are_the_managers(device: AppTest, shop: Engine) -> None:
    set_rule(shop, ANYBODY, STORE, StoreRule(40, None))
    pin = add_cashier(shop, ANYBODY, STORE, "Olga")
    device.query_params.update(
        {"store": "South", "till": "9", "cashier": "Eve", "challenge_age": "18", "may_pass": "5"}
    )
    app = sign_in(open_address(device, "checkout"), shop, "Olga", pin)
    assert f"**{STORE}**, till **1** · Olga" in shown_text(app)
    assert "younger than 40" in " ".join(caption.value for caption in app.caption)
    assert not app.slider and not app.text_input  # no settings
    take(app, FACE.read_bytes())
    assert "Ask for ID" in answered(app)
    press(app, "**ID shown**")
    columns = ("store", "till", "cashier", "challenge_age", "likelihood")
    with shop.connect() as connection:
        (visit,) = connection.execute(select(*(VISITS.c[name] for name in columns)))
    assert tuple(visit) == (STORE, "1", "Olga", 40, 1.0)
    assert [outcome for _, outcome in outcomes(shop)] == ["ID shown"]


def test_a_till_that_is_revoked_records_nothing_more(device: AppTest, shop: Engine) -> None:
    pin = add_cashier(shop, ANYBODY, STORE, "Olga")
    app = sign_in(open_address(device, "checkout"), shop, "Olga", pin)
    press(app, "Go on without a picture")
    (till,) = list_tills(shop, EVERYTHING)
    revoke(shop, ANYBODY, till)
    press(app, "**ID shown**")
    assert outcomes(shop) == []
    assert asks_for_code(app) and len(app.error) == 1


def test_wrong_pins_lock_in_every_browser_and_a_new_pin_opens(
    device: AppTest, shop: Engine, access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = add_cashier(shop, ANYBODY, STORE, "Olga")
    app = open_address(device, "checkout")
    for _ in range(5):
        sign_in(app, shop, "Olga", "wrong")
    opens = list_cashiers(shop, STORE)[0].locked_until
    assert opens and f"account is locked until {opens:%Y-%m-%d %H:%M}" in said(app)
    other = app_of("", monkeypatch, access)
    other.query_params["pairing"] = pair(shop, make_code(shop, ANYBODY, STORE, "2"))
    open_address(other, "checkout")
    assert "account is locked until" in said(sign_in(other, shop, "Olga", pin))
    new = reset_pin(shop, ANYBODY, list_cashiers(shop, STORE)[0])
    assert "till **2** · Olga" in shown_text(sign_in(other, shop, "Olga", new))


def test_the_next_cashier_takes_over_with_one_tap(device: AppTest, shop: Engine) -> None:
    pins = {name: add_cashier(shop, ANYBODY, STORE, name) for name in ("Olga", "Anna")}
    app = sign_in(open_address(device, "checkout"), shop, "Olga", pins["Olga"])
    press(press(app, "Go on without a picture"), "**Sold, not asked**")
    press(app, "Next cashier")
    assert "Undo" not in [button.label for button in app.button]
    sign_in(app, shop, "Anna", pins["Anna"])
    assert "· Anna" in shown_text(app)
    assert "Undo" not in [button.label for button in app.button]  # that outcome is Olga's
    reset_pin(shop, ANYBODY, list_cashiers(shop, STORE)[0])  # Anna's
    assert "· Anna" not in shown_text(app.run())


def test_who_is_put_out_is_told_why(device: AppTest, shop: Engine) -> None:
    pins = {name: add_cashier(shop, ANYBODY, STORE, name) for name in ("Olga", "Anna")}
    app = sign_in(open_address(device, "checkout"), shop, "Olga", pins["Olga"])
    press(app, "Go on without a picture")
    olga = next(one for one in list_cashiers(shop, STORE) if one.name == "Olga")
    set_active(shop, ANYBODY, olga, False)
    press(app, "**ID shown**")
    assert said(app) == "Olga was signed out: the manager has deactivated the account."
    assert len(app.error) == 1 and outcomes(shop) == []
    sign_in(app, shop, "Anna", pins["Anna"])
    assert "· Anna" in shown_text(app) and not app.error


def test_without_the_record_a_till_goes_on_judging_and_says_that_nothing_is_recorded(
    device: AppTest, shop: Engine, tmp_path: Path
) -> None:
    set_rule(shop, ANYBODY, STORE, StoreRule(40, None))
    pin = add_cashier(shop, ANYBODY, STORE, "Olga")
    app = sign_in(open_address(device, "checkout"), shop, "Olga", pin)
    shop.dispose()
    for file in tmp_path.glob("store.sqlite*"):
        file.write_bytes(b"not a database" * 100)
    take(app, FACE.read_bytes())
    assert "Ask for ID" in answered(app)  # by the store's rule: the face looks over 25
    assert "cannot be" in said(app) or "does not answer" in said(app) or "database" in said(app)
    assert "Nothing is recorded" in " ".join(box.value for box in app.warning)
    assert "fill in store and till" not in shown_text(app)  # there is nothing to fill in
    assert "**ID shown**" not in [button.label for button in app.button]
    press(app, "No alcohol, next buyer")
    assert not answered(app)


def test_a_device_unknown_before_the_record_broke_is_told_to_ask_everybody(
    device: AppTest, shop: Engine, tmp_path: Path
) -> None:
    shop.dispose()
    for file in tmp_path.glob("store.sqlite*"):
        file.write_bytes(b"not a database" * 100)
    app = open_address(device, "checkout")
    assert "sk for ID" in answered(app) and not app.get("camera_input") and app.error


def test_an_outcome_undone_at_a_till_is_the_cashiers_in_the_log(
    device: AppTest, shop: Engine
) -> None:
    pin = add_cashier(shop, ANYBODY, STORE, "Olga")
    app = sign_in(open_address(device, "checkout"), shop, "Olga", pin)
    press(press(press(app, "Go on without a picture"), "**Sold, not asked**"), "Undo")
    log = read_log(shop, utc_now().replace(year=2000), utc_now().replace(year=2100))
    assert log.iloc[0][["who", "what", "store"]].tolist() == ["Olga", "undid an outcome", STORE]


# ---- The manager's page


def test_a_manager_pairs_adds_resets_and_sets_the_rule(
    shop: Engine, access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_address(app_of("manager", monkeypatch, access), "settings")
    assert app.selectbox[0].options == [STORE]
    press(app, "Make a code")
    assert "name of the till first" in app.error[0].value
    app.text_input[0].set_value("1")
    press(app, "Make a code")
    assert not app.error
    code = next(head.value for head in app.header if head.value.replace(" ", "").isdigit())
    pair(shop, code)
    app.run()
    assert "Till **1**" in shown_text(app)
    press(app, "Revoke")
    assert list_tills(shop, EVERYTHING) == []
    log = read_log(shop, utc_now().replace(year=2000), utc_now().replace(year=2100))
    assert log["what"].tolist() == ["revoked a till", "paired a till", "made a pairing code"]
    assert set(log["who"]) == {"manager@example.org"}


def test_a_code_for_a_store_without_cashiers_leads_to_them_first(
    shop: Engine, access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_address(app_of("manager", monkeypatch, access), "settings")
    app.text_input[0].set_value("1")
    press(app, "Make a code")
    (warning,) = app.warning
    assert "the store has no active cashiers" in warning.value
    (link,) = [one.proto for one in app.get("page_link") if one.proto.label == "Add cashiers"]
    assert (link.page, link.query_string) == ("settings", "tab=cashiers")
    add_cashier(shop, ANYBODY, STORE, "Olga")
    assert not app.run().warning
    set_active(shop, ANYBODY, list_cashiers(shop, STORE)[0], False)
    assert len(app.run().warning) == 1


def test_the_pins_of_several_cashiers_stay_each_with_its_name(
    shop: Engine, access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of("manager", monkeypatch, access)
    app.query_params["tab"] = "cashiers"
    app = open_address(app, "settings")
    for name in ("Olga", "Anna"):
        app.text_input[0].set_value(name)
        press(app, "Add a cashier")
    first, second = (head.value for head in app.header)
    shown = shown_text(app)
    assert shown.index("PIN of **Olga**") < shown.index("PIN of **Anna**")
    anna = next(one.id for one in list_cashiers(shop, STORE) if one.name == "Anna")
    app.button(key=f"pin {anna}").click().run()
    assert app.header[0].value == first and app.header[1].value != second


@pytest.mark.parametrize(
    ("url", "here_only"),
    [("http://127.0.0.1:8501/settings", True), ("http://localhost:8501/settings", True),
     ("https://ages.example.org/settings", False)],
)  # fmt: skip
def test_an_address_that_tablets_cannot_reach_is_said_to_be(
    url: str, here_only: bool, shop: Engine, access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of("manager", monkeypatch, access)
    app.context["url"] = url
    app = open_address(app, "settings")
    app.text_input[0].set_value("1")
    press(app, "Make a code")
    assert ("works on this computer only" in shown_text(app)) is here_only
    assert ("with `/till?pairing` at its end" in shown_text(app)) is here_only
    assert "docs/" not in shown_text(app)
    shown = [code.value for code in app.code]
    assert shown == ([] if here_only else [ADDRESS])
    images: Any = app.get("image")
    codes = [qr_modules(uri) for image in images for uri in image.value]
    assert codes == ([] if here_only else [qr_modules(segno.make_qr(ADDRESS).svg_data_uri())])


def test_in_open_mode_the_typed_address_still_works(
    shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    app = open_page("checkout", store="North", till="1", cashier="Olga")
    press(press(app, "Go on without a picture"), "**Sold, not asked**")
    assert len(outcomes(shop)) == 1
    with shop.connect() as connection:
        assert connection.scalar(select(VISITS.c.challenge_age)) is not None
