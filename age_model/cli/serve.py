"""The command that answers requests over HTTP."""

import sys
from functools import partial
from typing import Annotated

import typer

from age_model.cli.options import count

app = typer.Typer()
NEEDS = ("fastapi", "uvicorn", "prometheus_client", "python_multipart")


@app.command("serve")
def serve(
    *,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(parser=count, metavar="N", help="to listen on")] = 8502,
    workers: Annotated[
        int,
        typer.Option(
            parser=partial(count, least=1), metavar="N", help="processes, each with the networks"
        ),
    ] = 1,
) -> int:
    """Answer requests over HTTP: docs/service.md."""
    try:
        from age_model.api.server import check_address, run
    except ModuleNotFoundError as error:
        if error.name not in NEEDS:
            raise
        print("age_model: “serve” needs more: pip install 'age-model[serve]'.", file=sys.stderr)
        return 1
    print(check_address(host), flush=True)
    print(f"http://{host}:{port}/docs", flush=True)
    run(host, port, workers)
    return 0
