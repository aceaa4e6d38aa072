"""Synthetic faces, on which a bar shows the age, and a network that trains quickly."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torchvision
from PIL import Image
from torch import nn

from age_model.data.face_set import FaceSet
from age_model.model.tta import candidate_views, views_to_list
from age_model.vision.alignment import FaceSpec
from age_model.vision.faces import DetectedFace

SPEC = FaceSpec(size=32)
VIEWS = views_to_list(candidate_views(SPEC.size)[0])  # at the face and its mirror image
OLDEST = 80


def face(age: float) -> Image.Image:
    """Draw a bright bar on a dark ground: at the top for 0 years, at the bottom for `OLDEST`."""
    pixels = np.full((SPEC.size, SPEC.size, 3), (60, 80, 110), np.uint8)
    top = round(age / OLDEST * (SPEC.size - 6))
    pixels[top : top + 6] = (220, 190, 160)
    return Image.fromarray(pixels)


def ages_of(count: int) -> np.ndarray:
    """Return ages, shape (count,), years, that cover 2 to 78 evenly in a mixed order."""
    return 2 + 76 * (np.arange(count) * 0.618 % 1)


def synthetic_face_set(train: int = 48, valid: int = 16, test: int = 12) -> FaceSet:
    """Return a face set of so many faces a split."""
    ages = np.concatenate([ages_of(count) for count in (train, valid, test)]).round(1)
    table = pd.DataFrame(
        {
            "file_name": [f"{i:03d}.jpg" for i in range(len(ages))],
            "real_age": ages,
            "split": ["train"] * train + ["valid"] * valid + ["test"] * test,
            "content_hash": [f"{i:064x}" for i in range(len(ages))],
            "face_found": True,
        }
    )
    return FaceSet(table, tuple(jpeg_of(face(age)) for age in ages), SPEC, ())


def jpeg_of(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()


def count_decoded(monkeypatch: pytest.MonkeyPatch) -> list[Image.Image]:
    """Return a list that from now on gets an entry for each picture that is opened."""
    decoded: list[Image.Image] = []
    open_picture = Image.open

    def counting(*arguments: Any, **options: Any) -> Image.Image:  # noqa: ANN401
        picture: Image.Image = open_picture(*arguments, **options)
        decoded.append(picture)
        return picture

    monkeypatch.setattr(Image, "open", counting)
    return decoded


class NoFaces:
    """A fake detector; each whole picture is then the face."""

    cache_key = "no faces"

    def detect(self, photos: Sequence[Image.Image]) -> list[list[DetectedFace]]:
        return [[] for _ in photos]


class TinyNetwork(nn.Sequential):
    """A small replacement for torchvision's ResNet-18 that can locate bars."""

    def __init__(self, num_classes: int) -> None:
        super().__init__(
            nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d((8, 1)),
            nn.Flatten(),
        )
        self.fc = nn.Linear(64, num_classes)  # as torchvision calls it


def use_tiny_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `AgeNetwork("resnet18")` a tiny network."""
    monkeypatch.setattr(torchvision.models, "resnet18", TinyNetwork)
