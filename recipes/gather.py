"""Gather the labelled photos of several sources into one data set that train.py reads.

    python -m recipes.gather --utkface UTKFACE --lfw LFW --out DATA \
        --unlabelled-photos FOLDER --unlabelled-out UNLABELLED

The photos of UTKFace keep their splits. Those of LFW are divided into train and valid by person, so
that nobody is in both, and are shown three times an epoch: they are few, but their ages are
correct to about a year and their cameras differ. UTKFace's photos of ages 13 to 17 are shown twice.
"""

import argparse
import hashlib
import shutil
from pathlib import Path

import pandas as pd

VALID_TENTHS = 3  # of LFW's people
LFW_WEIGHT = 3
TEENS, TEEN_WEIGHT = (13, 17), 2


def split_of(person: str) -> str:
    """Return the split of a person, decided by the name alone."""
    number = int(hashlib.sha256(person.encode()).hexdigest(), 16)
    return "valid" if number % 10 < VALID_TENTHS else "train"


def utkface(folder: Path) -> pd.DataFrame:
    """Return the labels of UTKFace with `source` and `weight`."""
    table = _labels(folder)
    teens = table["real_age"].between(*TEENS)
    return table.assign(source="UTKFace", weight=teens.map({True: TEEN_WEIGHT, False: 1}))


def lfw(folder: Path) -> pd.DataFrame:
    """Return the labels of LFW with `source`, `split` and `weight`."""
    table = _labels(folder)
    return table.assign(source="LFW", split=table["person"].map(split_of), weight=LFW_WEIGHT)


def gather(sources: list[tuple[Path, pd.DataFrame]], out: Path) -> None:
    """Write `labels.csv` and `final_files/`, the photos copied.

    Args:
        sources: folders in the layout of `labels.csv` and `final_files/`, and their labels.
        out: made if missing.

    Raises:
        ValueError: if two sources have photos of one name.
    """
    table = pd.concat([labels for _, labels in sources], ignore_index=True)
    if table["file_name"].duplicated().any():
        raise ValueError("Two sources have photos of one name.")
    (out / "final_files").mkdir(parents=True, exist_ok=True)
    for folder, labels in sources:
        for name in labels["file_name"]:
            shutil.copy2(folder / "final_files" / name, out / "final_files" / name)
    table.to_csv(out / "labels.csv", index=False)


def gather_unlabelled(photos: Path, out: Path) -> None:
    """Lay out photos without labels as a data set that `age_model prepare` reads.

    Its ages are 0 and have no meaning: training ignores those of unlabelled faces.
    """
    names = sorted(path.name for path in photos.glob("*.jpg"))
    (out / "final_files").mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy2(photos / name, out / "final_files" / name)
    table = pd.DataFrame({"file_name": names, "real_age": 0, "split": "train"})
    table.to_csv(out / "labels.csv", index=False)


def _labels(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "labels.csv", dtype={"file_name": str, "person": str})


def main(arguments: list[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Gather the photos of several sources.")
    for name in ("utkface", "lfw", "out", "unlabelled-photos", "unlabelled-out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(arguments)
    sources = [(args.utkface, utkface(args.utkface)), (args.lfw, lfw(args.lfw))]
    gather(sources, args.out)
    gather_unlabelled(args.unlabelled_photos, args.unlabelled_out)


if __name__ == "__main__":
    main()
