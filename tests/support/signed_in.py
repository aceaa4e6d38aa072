"""The app behind a sign-in, running, with a provider of identities beside it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from age_model.access.configuration import FILE_VARIABLE
from tests.support.oidc_provider import CLIENT_ID, CLIENT_SECRET
from tests.support.roles import write_access
from tests.support.serving import free_port, running, running_app

COOKIE_SECRET = "7d1c5a0e93b2f4688e1f3c7a90d5b2e4"
ANALYSTS = '\n[[app_roles]]\nname = "Store.Analyst"\nroles = ["analyst"]\nstores = "all"\n'


@contextmanager
def app_with_sign_in(folder: Path, variables: dict[str, str]) -> Iterator[str]:
    """Run the app with a provider of identities; give its address.

    Args:
        folder: for access.toml and the secrets.
        variables: of the app's environment.
    """
    access = write_access(folder / "access.toml")
    access.write_text(access.read_text("utf-8") + ANALYSTS, "utf-8")
    provider = f"http://127.0.0.1:{(port := free_port())}"
    discovery = f"{provider}/.well-known/openid-configuration"
    auth = {
        "redirect_uri": "http://127.0.0.1:{port}/oauth2callback",
        "cookie_secret": COOKIE_SECRET,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "server_metadata_url": discovery,
    }
    secrets = folder / "secrets.toml"
    lines = (f"{key} = {json.dumps(value)}\n" for key, value in auth.items())
    secrets.write_text("[auth]\n" + "".join(lines), "utf-8")
    command = ["-m", "tests.support.oidc_provider", str(port)]
    known = variables | {FILE_VARIABLE: str(access)}
    with (
        running(command, discovery, {}),
        running_app(known, f"--secrets.files={secrets}") as (address, _),
    ):
        yield address


@contextmanager
def app_behind_a_proxy(folder: Path, variables: dict[str, str], headers: str) -> Iterator[str]:
    """Run the app where a proxy signs people in; give its address, which the proxy would ask.

    Args:
        folder: for access.toml.
        variables: of the app's environment.
        headers: that the proxy sends, with the claims in them, as JSON.
    """
    known = variables | {FILE_VARIABLE: str(write_access(folder / "access.toml", "proxy"))}
    with running_app(known, f"--server.trustedUserHeaders={headers}") as (address, _):
        yield address
