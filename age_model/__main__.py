"""Runs the command line: `python -m age_model`."""

import sys

from age_model.cli.main import main

if __name__ == "__main__":  # the worker processes of `prepare` import this file again
    sys.exit(main())
