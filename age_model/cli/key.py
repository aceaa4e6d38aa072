"""The commands for keys of the HTTP service."""

from typing import Annotated

import typer

from age_model.cli.store import program

app = typer.Typer()
key = typer.Typer(help="Make, list and revoke keys of the HTTP service.")
app.add_typer(key, name="key")


@key.command("create")
def create(
    *,
    store: Annotated[str, typer.Option(metavar="NAME", help="that the key is for")],
    till: Annotated[
        str | None, typer.Option(metavar="NAME", help="its only till; by default all of the store")
    ] = None,
) -> int:
    """Make a key for a store or a till, and show it once."""
    from age_model.store.record.database import open_record, record_url
    from age_model.store.tills.keys import make_key

    name, secret = make_key(open_record(record_url()), program(), store, till)
    print(f"Key {name}. It is shown only now: put it where the till or camera reads it.")
    print(secret)
    return 0


@key.command("list")
def list_all() -> int:
    """List the keys that may be used, without the keys themselves."""
    from age_model.access.visitor import EVERYTHING
    from age_model.store.record.database import open_record, record_url
    from age_model.store.tills.keys import list_keys

    found = list_keys(open_record(record_url()), EVERYTHING)
    for one in found:
        used = f"{one.last_used:%Y-%m-%d %H:%M} UTC" if one.last_used else "never"
        where = f"{one.store}, till {one.till}" if one.till else f"{one.store}, all tills"
        print(f"{one.id}  {where}; made {one.made_at:%Y-%m-%d}, last used {used}")
    if not found:
        print("There are no keys: make one with “key create”.")
    return 0


@key.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(metavar="ID", help="as “key list” has it")],
) -> int:
    """Revoke a key: requests with it are refused from now on."""
    from age_model.store.record.database import open_record, record_url
    from age_model.store.tills.keys import revoke_key

    found = revoke_key(open_record(record_url()), program(), name)
    print(f"Key {name} of {found.store} is revoked.")
    return 0
