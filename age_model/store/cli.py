"""The commands of the store's record, parts of `python -m age_model`."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from age_model.store.demo_record import remove_demo, write_demo
from age_model.store.links import forget_links
from age_model.store.record import DEFAULT_FILE, open_record, record_url

DEMO_DIR = DEFAULT_FILE.parent / "demo"
DEMO_VISITS = 60_000


def demo_data(args: argparse.Namespace) -> int:
    """Put the demonstration month into the record, or take it out."""
    engine = open_record(record_url())
    if args.remove:
        remove_demo(engine)
        print("The demonstration month is no longer in the record.")
        return 0
    lines = write_demo(engine, args.out, args.seed, args.visits)
    print(f"Demonstration month: {args.visits:,} visits, {lines:,} receipt lines.")
    print(f"The truth about it is in {args.out}")
    return 0


def forget(args: argparse.Namespace) -> int:
    """Cut old visits' links to cashiers and receipts."""
    changed = forget_links(open_record(record_url()), args.days, datetime.now())
    print(f"{changed:,} visits older than {args.days} days lost their cashier and receipt.")
    return 0


def add_commands(commands: Any) -> None:  # noqa: ANN401  argparse does not tell its name
    """Add the commands to those of the command line."""
    demo = commands.add_parser("demo-data", help="put a demonstration month into the record")
    demo.set_defaults(run=demo_data)
    demo.add_argument("--seed", type=int, default=0, help="another seed, another month")
    demo.add_argument("--visits", type=_positive, default=DEMO_VISITS, metavar="N")
    demo.add_argument("--out", type=Path, default=DEMO_DIR, help="folder for the truth about it")
    demo.add_argument("--remove", action="store_true", help="take the month out of the record")
    old = commands.add_parser("forget", help="cut old visits' links to cashiers and receipts")
    old.set_defaults(run=forget)
    old.add_argument("--days", type=_positive, required=True, metavar="N", help="older than these")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1")
    return int(text)
