"""Visitors with roles, for tests of the app without a browser."""

import time
from pathlib import Path

import pytest
from streamlit.runtime.secrets import AttrDict
from streamlit.testing.v1 import AppTest

from age_model.access import known_callers
from age_model.access.configuration import FILE_VARIABLE
from age_model.access.rights import Role
from app_pages.streamlit_fixes import entrance
from tests.support.app import ROOT

AUTH = {
    "redirect_uri": "http://localhost:8501/oauth2callback",
    "cookie_secret": "7d1c5a0e93b2f4688e1f3c7a90d5b2e4",
    "client_id": "ages",
    "client_secret": "secret",
    "server_metadata_url": "http://127.0.0.1:1/.well-known/openid-configuration",
}


def person(email: str, role: str, stores: str) -> str:
    """Return an entry of access.toml; stores as they are written there."""
    return f'\n[[people]]\nemail = "{email}"\nroles = ["{role}"]\nstores = {stores}\n'


def write_access(path: Path, sign_in: str = "oidc", stores: str = '["Demo Central"]') -> Path:
    """Write an access.toml with a person a role: ROLE@example.org; admin and analyst everywhere."""
    people = [
        person(f"{role}@example.org", role, stores if role in ("manager", "cashier") else '"all"')
        for role in Role
    ]
    path.write_text(f'sign_in = "{sign_in}"\n' + "".join(people), encoding="utf-8")
    return path


def app_of(
    name: str, monkeypatch: pytest.MonkeyPatch, access: Path, script: str | None = None
) -> AppTest:
    """Return the app, not yet run, for NAME@example.org; for "", nobody has signed in.

    Args:
        name: a role, or a stranger's.
        monkeypatch: of pytest.
        access: the access.toml.
        script: to run in place of the app.
    """
    monkeypatch.setenv(FILE_VARIABLE, str(access))
    monkeypatch.setattr(known_callers, "running", True)
    monkeypatch.setattr(entrance, "get_secrets_auth_section", lambda: AttrDict(AUTH))
    app = (
        AppTest.from_string(script, default_timeout=300)
        if script
        else AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300)
    )
    if name:
        claims = {"is_logged_in": True, "email": f"{name}@example.org", "iat": time.time()}
        app.user = claims
    return app
