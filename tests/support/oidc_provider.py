"""An OpenID Connect provider for tests, with made-up accounts: `python -m ... PORT`.

Discovery, authorization code flow, signed ID tokens, keys and end of session, as real providers
have them. Whoever opens its page chooses an account without a password.
"""

import base64
import html
import secrets
import sys
import time
from typing import Any
from urllib.parse import parse_qs, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "ages", "the-secret-of-the-client"
# The analyst is known by an app role alone; the last one's address was never confirmed.
ACCOUNTS: dict[str, dict[str, Any]] = {
    "cashier": {"email": "cashier@example.org"},
    "manager": {"email": "Manager@Example.org"},
    "analyst": {"email": "somebody@example.org", "roles": ["Store.Analyst", "Other.Role"]},
    "admin": {"email": "admin@example.org", "email_verified": True},
    "stranger": {"email": "stranger@example.org", "roles": ["Other.Role"]},
    "unconfirmed": {"email": "admin@example.org", "email_verified": False},
}

KEY = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
codes: dict[str, dict[str, str]] = {}  # a code -> account, nonce, redirect_uri; each counts once


async def discovery(request: Request) -> Response:
    here = str(request.base_url).rstrip("/")
    return JSONResponse(
        {
            "issuer": here,
            "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token",
            "jwks_uri": f"{here}/keys",
            "end_session_endpoint": f"{here}/leave",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


async def authorize(request: Request) -> Response:
    """Show the accounts; each is a link to `chosen`."""
    asked = dict(request.query_params)
    if asked.get("client_id") != CLIENT_ID or asked.get("response_type") != "code":
        return HTMLResponse("Unknown client", 400)
    links = "".join(
        f'<li><a href="/chosen?{html.escape(urlencode(asked | {"account": name}))}">{name}</a></li>'
        for name in ACCOUNTS
    )
    return HTMLResponse(f"<h1>Choose an account</h1><ul>{links}</ul>")


async def chosen(request: Request) -> Response:
    asked = dict(request.query_params)
    code = secrets.token_urlsafe()
    codes[code] = {name: asked.get(name, "") for name in ("account", "nonce", "redirect_uri")}
    back = urlencode({"code": code, "state": asked.get("state", "")})
    return RedirectResponse(f"{asked['redirect_uri']}?{back}", 302)


async def token(request: Request) -> Response:
    form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
    code = codes.pop(form.get("code", ""), None)
    if not _is_client(request, form) or code is None:
        return JSONResponse({"error": "invalid_grant"}, 400)
    if code["redirect_uri"] != form.get("redirect_uri"):
        return JSONResponse({"error": "invalid_grant"}, 400)
    now = int(time.time())
    claims = {
        "iss": str(request.base_url).rstrip("/"),
        "sub": f"subject of {code['account']}",
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 3600,
        "nonce": code["nonce"],
        **ACCOUNTS[code["account"]],
    }
    signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, KEY)
    return JSONResponse({"access_token": "unused", "token_type": "Bearer", "id_token": signed})


def _is_client(request: Request, form: dict[str, str]) -> bool:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        name, _, secret = base64.b64decode(value).decode().partition(":")
    else:
        name, secret = form.get("client_id", ""), form.get("client_secret", "")
    return (name, secret) == (CLIENT_ID, CLIENT_SECRET)


async def keys(_: Request) -> Response:
    return JSONResponse(KeySet([KEY]).as_dict(private=False))


async def leave(request: Request) -> Response:
    return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)


app = Starlette(
    routes=[
        Route("/.well-known/openid-configuration", discovery),
        Route("/authorize", authorize),
        Route("/chosen", chosen),
        Route("/token", token, methods=["POST"]),
        Route("/keys", keys),
        Route("/leave", leave),
    ]
)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
