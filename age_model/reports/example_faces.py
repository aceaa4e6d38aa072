"""Example pictures that show no real person: portraits averaged from many faces, and a group.

A portrait is the average of training photos of one age band, gender and ethnic label, so that it
looks like somebody: of sharp and frontal ones, those that look most alike, each bent onto their
common shape. The groups take turns over the bands.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch.nn import functional

from age_model import ASSETS
from age_model.data.face_set import FaceSet
from age_model.evaluation.metrics import age_band
from age_model.reports.face_registration import register

EXAMPLES_DIR = ASSETS / "examples"
FACES = 40  # averaged in a portrait; with fewer, one person could be recognised
CHOICE = 3  # a group takes its turn if it has this many times as many
FACE_SIDE = 160  # pixels, of the aligned faces: about that of faces in the training photos
PICTURE_SIDE = 320  # pixels
LOOK_SIDE = 20  # pixels of the pictures by which faces are compared
SAME = 0.03  # mean difference of brightness, of 1, below which two photos may be of one occasion
BACKGROUND = (206, 212, 218)


def portraits(prepared: FaceSet) -> dict[str, Image.Image]:
    """Average training faces of each age band.

    Args:
        prepared: a face set with a train split.

    Returns:
        A square RGB picture for each band that has enough faces, in the order of age.
    """
    train = prepared.select("train")
    bands = age_band(train.table["real_age"].to_numpy())
    found = train.table["face_found"].to_numpy(dtype=bool)
    made = {}
    for number, band in enumerate(bands.categories):
        of_band = np.flatnonzero((bands == band) & found)
        index = _group(train, of_band, number)
        if len(index) >= FACES:
            faces = torch.stack([train.image(int(i)) for i in index]).float() / 255
            chosen = alike(faces)
            if len(chosen) >= FACES:
                made[str(band)] = _portrait(_average(register(faces[chosen])))
    return made


def _group(train: FaceSet, index: np.ndarray, turn: int) -> np.ndarray:
    """Return those of faces that are of one group of people; turns go through the groups."""
    columns = [name for name in ("gender", "ethnicity") if name in train.table]
    if not columns:
        return index
    people = train.table.iloc[index].groupby(columns).indices.values()
    by_size = sorted(people, key=len, reverse=True)
    large = [rows for rows in by_size if len(rows) >= CHOICE * FACES] or by_size[:1]
    return index[large[turn % len(large)]] if large else index[:0]


def alike(faces: torch.Tensor) -> torch.Tensor:
    """Return the numbers of `FACES` faces that look most alike.

    They are chosen from the most symmetric quarter, of the sharper half. Of photos that are nearly
    the same, such as two of one occasion, one counts.

    Args:
        faces: float, shape (N, 3, S, S), from 0 to 1.

    Returns:
        integers, shape (at most `FACES`,).
    """
    grey = faces.mean(1)
    sharpness = (grey[:, 1:] - grey[:, :-1]).abs().mean((1, 2))
    turned = (grey - grey.flip(-1)).abs().mean((1, 2))
    turned[sharpness < sharpness.median()] = torch.inf
    frontal = turned.argsort()[: max(FACES, len(faces) // 4)]
    looks = functional.interpolate(faces[frontal], (LOOK_SIDE,) * 2, mode="area").flatten(1)
    apart = torch.cdist(looks, looks, p=1) / looks.shape[1]
    again = (apart.tril(-1) + torch.ones_like(apart).triu() < SAME).any(1)
    frontal, apart = frontal[~again], apart[~again][:, ~again]
    nearest = apart.sort(1)
    centre = nearest.values[:, :FACES].mean(1).argmin()
    return frontal[nearest.indices[centre, :FACES]]


def group_picture(pictures: list[Image.Image]) -> Image.Image:
    """Hang portraits side by side, at varied sizes and heights, on one wide wall."""
    width = PICTURE_SIDE * len(pictures)
    wall = Image.new("RGB", (width, round(PICTURE_SIDE * 1.2)), BACKGROUND)
    for i, picture in enumerate(pictures):
        side = round(PICTURE_SIDE * (0.94, 0.8, 0.88)[i % 3])
        top = (wall.height - side) // 2 + round((-0.06, 0.05, 0.0)[i % 3] * PICTURE_SIDE)
        left = i * PICTURE_SIDE + (PICTURE_SIDE - side) // 2
        wall.paste(picture.resize((side, side), Image.Resampling.LANCZOS), (left, top))
    return wall


def write_examples(prepared: FaceSet, folder: Path) -> list[Path]:
    """Write `ages-LOW-HIGH.jpg` for each band, and `group.jpg`; return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    made = portraits(prepared)
    pictures = {f"ages-{_file_part(band)}": image for band, image in made.items()}
    if made:
        pictures["group"] = group_picture(list(made.values())[::2])
    paths = []
    for name, picture in pictures.items():
        paths.append(folder / f"{name}.jpg")
        picture.save(paths[-1], quality=92)
    return paths


def _file_part(band: str) -> str:
    return band.replace("–", "-").replace("+", "-and-over")


def _average(faces: torch.Tensor) -> Image.Image:
    """Average faces, float (N, 3, S, S), after evening out their brightness and contrast."""
    mean, std = faces.mean((2, 3), keepdim=True), faces.std((2, 3), keepdim=True)
    average = ((faces - mean) / std.clamp(min=0.02)).mean(0)
    # Averaging lowers the contrast; restore that of single faces.
    average = average / average.std((1, 2), keepdim=True) * std.mean(0) + mean.mean(0)
    pixels = (average.clamp(0, 1) * 255).byte().permute(1, 2, 0).numpy()
    return Image.fromarray(pixels)


def _portrait(face: Image.Image) -> Image.Image:
    large = face.resize((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.LANCZOS)
    return large.filter(ImageFilter.UnsharpMask(4, 70))
