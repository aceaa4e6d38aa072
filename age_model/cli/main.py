"""The command line: ages of photos, a model's errors on labelled photos, prepared data sets.

python -m age_model predict PATH... [--format table|csv|json] [--model DIR]
python -m age_model evaluate --data-dir DIR [--split test|valid|train|all] [--model DIR]
    [--out predictions.csv] [--json metrics.json]
python -m age_model evaluate --source NAME=DIR [--source NAME=DIR ...] [--model DIR]
    [--out sources.csv] [--json sources.json]
python -m age_model calibrate --data-dir DIR [--model DIR]
python -m age_model combine MODEL MODEL... --data-dir DIR --out DIR
python -m age_model robustness --data-dir DIR [--split test|valid|train|all] [--photos 1000]
    [--model DIR] [--json robustness.json]
python -m age_model prepare --data-dir DIR [--out DIR]
python -m age_model examples --data-dir DIR [--out DIR]
python -m age_model describe --data-dir DIR [--model DIR] [--out DIR]
python -m age_model crossfit --data-dir DIR [--folds 5] [--epochs 6] [--init imagenet|none|FILE]
    [--out predictions.csv]
python -m age_model report --data-dir DIR --portraits DIR [--source NAME=DIR ...]
python -m age_model demo-data [--seed 0] [--visits 60000] [--out DIR] [--remove]
python -m age_model forget --days N
python -m age_model score-folder FOLDER --store NAME [--model DIR]
"""

import argparse
import logging
import sys

from age_model.cli.data import add_crossfit, add_describe, add_examples, add_prepare
from age_model.cli.evaluate import (
    add_calibrate,
    add_combine,
    add_evaluate,
    add_report,
    add_robustness,
)
from age_model.cli.predict import add_predict
from age_model.cli.store import add_commands
from age_model.data.face_set import PreparedError
from age_model.data.problems import DatasetError
from age_model.model.pretrained import InitialWeightsError
from age_model.model.saved_model import (
    ModelError,
)
from age_model.reports.console import failure_in_words
from age_model.store.record.database import RecordError
from age_model.training.trainer import TrainingError

# What is said in one line, without a traceback.
EXPECTED_ERRORS = (
    DatasetError,
    PreparedError,
    ModelError,
    InitialWeightsError,
    TrainingError,
    RecordError,
    OSError,
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit status.

    Args:
        arguments: of the command line; by default those of this process.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    args = _parser().parse_args(arguments)
    try:
        status: int = args.run(args)
        return status
    except EXPECTED_ERRORS as error:
        print(f"age_model: {failure_in_words(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nage_model: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m age_model", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_predict(commands.add_parser("predict", help="tell the ages of the faces on photos"))
    add_evaluate(commands.add_parser("evaluate", help="measure a model on labelled photos"))
    add_calibrate(commands.add_parser("calibrate", help="fit a model's intervals anew"))
    add_combine(commands.add_parser("combine", help="let several models answer as one"))
    add_robustness(commands.add_parser("robustness", help="measure a model on damaged photos"))
    add_prepare(commands.add_parser("prepare", help="find and align the faces of labelled photos"))
    add_examples(commands.add_parser("examples", help="make the example pictures"))
    add_describe(commands.add_parser("describe", help="renew the tables of the Data set page"))
    add_crossfit(commands.add_parser("crossfit", help="find labels that are likely wrong"))
    add_report(commands.add_parser("report", help="renew every figure of the shipped model"))
    add_commands(commands)
    return parser
