"""Example pictures that show no real person: the average face of each age band, and a group.

Faces are averaged after alignment, so that eyes and mouths meet; of each band the most frontal of
its sharper half, since turned or soft faces blur the average.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter

from age_model import ASSETS
from age_model.data.face_set import FaceSet
from age_model.evaluation.metrics import age_band

EXAMPLES_DIR = ASSETS / "examples"
FACES_AT_LEAST = 40  # fewer could let one person show through
FACES_AT_MOST = 160  # more are safer still, but softer
PICTURE_SIDE = 320  # pixels
BACKGROUND = (206, 212, 218)


def average_faces(prepared: FaceSet) -> dict[str, Image.Image]:
    """Average the training faces of each age band.

    Args:
        prepared: a prepared data set with a train split.

    Returns:
        A square RGB picture for each band that has enough faces, in the order of age.
    """
    train = prepared.select("train")
    images = train.images()
    bands = age_band(train.table["real_age"].to_numpy())
    found = train.table["face_found"].to_numpy(dtype=bool)
    averages = {}
    for band in bands.categories:
        index = np.flatnonzero((bands == band) & found)
        if len(index) >= FACES_AT_LEAST:
            averages[str(band)] = _portrait(_average(images[index]))
    return averages


def group_picture(portraits: list[Image.Image]) -> Image.Image:
    """Set portraits side by side, at varied sizes and heights, into one wide picture."""
    width = PICTURE_SIDE * len(portraits)
    picture = Image.new("RGB", (width, round(PICTURE_SIDE * 1.5)), BACKGROUND)
    for i, portrait in enumerate(portraits):
        side = round(PICTURE_SIDE * (0.95, 0.75, 0.85)[i % 3])
        top = (picture.height - side) // 2 + round((-0.12, 0.1, 0.0)[i % 3] * PICTURE_SIDE)
        left = i * PICTURE_SIDE + (PICTURE_SIDE - side) // 2
        picture.paste(portrait.resize((side, side), Image.Resampling.LANCZOS), (left, top))
    return picture


def write_examples(prepared: FaceSet, folder: Path) -> list[Path]:
    """Write `ages-LOW-HIGH.jpg` for each band, and `group.jpg`; return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    averages = average_faces(prepared)
    pictures = {f"ages-{_file_part(band)}": image for band, image in averages.items()}
    if averages:
        pictures["group"] = group_picture(list(averages.values())[::2])
    paths = []
    for name, picture in pictures.items():
        paths.append(folder / f"{name}.jpg")
        picture.save(paths[-1], quality=92)
    return paths


def _file_part(band: str) -> str:
    return band.replace("–", "-").replace("+", "-and-over")


def _average(faces: torch.Tensor) -> Image.Image:
    """Average the most symmetric of the sharper half of faces, uint8 (N, 3, S, S).

    They are evened out in light first. Of few faces softer ones are taken too, down to
    `FACES_AT_LEAST` in all.
    """
    values = faces.float() / 255
    grey = values.mean(1)
    sharpness = (grey[:, 1:] - grey[:, :-1]).abs().mean((1, 2))
    turned = (grey - grey.flip(-1)).abs().mean((1, 2))
    turned[sharpness < sharpness.median()] = torch.inf
    count = max(FACES_AT_LEAST, min(FACES_AT_MOST, len(faces) // 2))
    values = values[turned.argsort()[:count]]
    mean, std = values.mean((2, 3), keepdim=True), values.std((2, 3), keepdim=True)
    average = ((values - mean) / std.clamp(min=0.02)).mean(0)
    # Averaging lowers the contrast; give back that of the single faces.
    average = average / average.std((1, 2), keepdim=True) * std.mean(0) + mean.mean(0)
    pixels = (average.clamp(0, 1) * 255).byte().permute(1, 2, 0).numpy()
    return Image.fromarray(pixels)


def _portrait(face: Image.Image) -> Image.Image:
    """Set an enlarged average, as a soft oval, into a plain picture with room around it."""
    inner = round(PICTURE_SIDE * 0.8)
    large = face.resize((inner, inner), Image.Resampling.LANCZOS)
    large = large.filter(ImageFilter.UnsharpMask(4, 70))
    margin = (PICTURE_SIDE - inner) // 2
    oval = Image.new("L", (PICTURE_SIDE, PICTURE_SIDE), 0)
    left, right = margin + 0.09 * inner, margin + 0.91 * inner
    ImageDraw.Draw(oval).ellipse((left, margin, right, margin + 0.97 * inner), fill=255)
    picture = Image.new("RGB", oval.size, BACKGROUND)
    framed = picture.copy()
    framed.paste(large, (margin, margin))
    picture.paste(framed, mask=oval.filter(ImageFilter.GaussianBlur(5)))
    return picture
