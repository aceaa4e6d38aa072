"""What could be compared to tell who is on a photo: features of faces, and age distributions."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from age_model.data.face_set import FaceSet
from age_model.data.problems import DatasetError
from age_model.evaluation.predictions import decoded_faces
from age_model.i18n.message import Sentence
from age_model.model.age_model import AgeModel
from age_model.model.network import AgeNetwork

# Share of the mean variance added to each direction's, so that none of few faces blows up.
SHRINKAGE = 0.1


class Descriptors(NamedTuple):
    """Descriptions of N faces, one row each.

    Attributes:
        features: of the model's networks before their last layer, shape (N, width), of length 1.
        distributions: predicted of ages, shape (N, AGE_BINS).
        references: by name, what other networks give, each of shape (N, width), of length 1.
    """

    features: np.ndarray
    distributions: np.ndarray
    references: dict[str, np.ndarray]


@torch.inference_mode()
def describe_faces(
    model: AgeModel, faces: FaceSet, references: Mapping[str, nn.Module] | None = None
) -> Descriptors:
    """Describe all faces of a set.

    Args:
        model: the age model.
        faces: aligned as it expects.
        references: networks to compare with, by name; each maps faces, float, shape
            (B, 3, side, side), RGB, 0..1, to descriptors (B, width).

    Raises:
        FaceSetError: as `decoded_faces`.
    """
    others = references or {}
    features, distributions = [], []
    given: dict[str, list[Tensor]] = {name: [] for name in others}
    for batch in decoded_faces(model, faces):
        images = batch.to(model.device).float() / 255
        features.append(_features(model, images))
        distributions.append(model.distributions(batch))
        for name, network in others.items():
            given[name].append(F.normalize(network(images.cpu())))
    return Descriptors(
        torch.cat(features).cpu().numpy(),
        torch.cat(distributions).numpy(),
        {name: torch.cat(rows).numpy() for name, rows in given.items()},
    )


def _features(model: AgeModel, images: Tensor) -> Tensor:
    """Return the features of all networks for all their views, each of equal weight."""
    parts = [
        F.normalize(_before_the_last_layer(network, view.of(images)))
        for number, network in enumerate(model.networks)
        for view in model.views
        if view.network in (None, number)
    ]
    return F.normalize(torch.cat(parts, 1))


def _before_the_last_layer(network: AgeNetwork, images: Tensor) -> Tensor:
    kept: list[Tensor] = []
    hook = network.last_layer.register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0]))
    try:
        network(images)
    finally:
        hook.remove()
    return kept[0].float()


def load_reference(file: Path) -> nn.Module:
    """Load a network saved as TorchScript, as `describe_faces` takes it.

    Raises:
        DatasetError: it cannot be read.
    """
    try:
        network: nn.Module = torch.jit.load(file, map_location="cpu")
    except (RuntimeError, ValueError, OSError) as error:
        raise DatasetError(
            Sentence("{file} is missing or not a network saved as TorchScript.", file=file)
        ) from error
    return network.eval()


class Transformation(NamedTuple):
    """Features with what varies between photos of one person scaled down.

    Within-class covariance normalisation (Hatch, Kajarekar and Stolcke 2006), fitted on named
    photos: what somebody could do who has the features of people and wants to tell them apart.
    """

    mean: np.ndarray  # (width,)
    matrix: np.ndarray  # (width, width)

    @classmethod
    def fit(cls, features: np.ndarray, people: np.ndarray) -> "Transformation":
        """Fit on features (N, width) of people, numbered from 0, shape (N,)."""
        sums = np.zeros((people.max() + 1, features.shape[1]))
        np.add.at(sums, people, features)
        deviations = features - (sums / np.bincount(people)[:, None])[people]
        within = deviations.T @ deviations / len(features)
        within += SHRINKAGE * np.trace(within) / len(within) * np.eye(len(within))
        return cls(features.mean(0), np.linalg.inv(np.linalg.cholesky(within)).T)

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Transform features (N, width); the results have length 1."""
        moved = (features - self.mean) @ self.matrix
        unit: np.ndarray = moved / np.linalg.norm(moved, axis=1, keepdims=True)
        return unit
