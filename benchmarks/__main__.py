"""Runs benchmarks and writes their results into docs/measure.md.

    python -m benchmarks [NAME...] [--photos FOLDER...] [--page FILE]

Without names, all are run: that takes about two hours, most of it for a batch of a thousand photos.
"""

import argparse
from pathlib import Path

from benchmarks.report import NAMES, PAGE, photos_in, run, write


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmarks named on the command line, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--photos", nargs="+", default=[], help="folders; default: the examples")
    parser.add_argument("--page", type=Path, default=PAGE, help="file to write to")
    parser.add_argument(
        "--miniature", action="store_true", help="a quick trial with few measurements"
    )
    args = parser.parse_args(arguments)
    unknown = set(args.names) - set(NAMES)
    if unknown:
        parser.error(f"unknown benchmarks: {', '.join(sorted(unknown))}")
    photos = photos_in(args.photos)
    for name in args.names or NAMES:
        print(name, flush=True)
        block = run(name, photos, args.miniature)
        print(block)
        write(block, args.page)


if __name__ == "__main__":
    main()
