"""Teachers: other networks, whose predictions for each augmented face are learned with the labels.

A teacher and its student see the same augmented face, so that the student learns the teacher's
whole function and not only its answers to the training faces (Beyer et al. 2022,
arXiv:2106.05237).
"""

from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn

from age_model.ages import AGE_BINS
from age_model.training.config import TrainingError

# A teacher's output for faces: age distributions (B, AGE_BINS) and features (B, width).
TeacherOutput = tuple[Tensor, Tensor]


class Teachers(nn.Module):
    """Networks saved as TorchScript, each mapping faces to age distributions and features.

    Args:
        files: TorchScript files; input float, shape (B, 3, side, side), RGB, 0..1; output
            `TeacherOutput`.
        device: where they run.

    Raises:
        TrainingError: if a file cannot be read.
    """

    def __init__(self, files: list[str], device: torch.device) -> None:
        super().__init__()
        self.networks = nn.ModuleList(_load(Path(file), device) for file in files)

    @torch.no_grad()
    def forward(self, faces: Tensor) -> list[TeacherOutput]:
        """Run all teachers on faces: float, shape (B, 3, side, side), RGB, 0..1."""
        self.networks.eval()
        return [network(faces) for network in self.networks]


def _load(file: Path, device: torch.device) -> nn.Module:
    try:
        network: nn.Module = torch.jit.load(file, map_location=device)
    except (RuntimeError, ValueError, OSError) as error:
        raise TrainingError(
            f"--teacher: {file} is missing or not a network saved as TorchScript."
        ) from error
    return network


def read_soft_labels(file: Path, names: pd.Series) -> Tensor:
    """Read a table of other models' predictions for photos.

    Args:
        file: CSV with the column `file_name` and one a year of age, `age_0` to `age_116`, each row
            a distribution; several rows of a photo are averaged.
        names: the file names of the photos to learn from.

    Returns:
        float32, shape (N, AGE_BINS), rows summing to 1; NaN for photos that the table lacks.

    Raises:
        TrainingError: if the table cannot be read, or lacks a column or every photo.
    """
    columns = [f"age_{age}" for age in range(AGE_BINS)]
    try:
        table = pd.read_csv(file, dtype={"file_name": str}).groupby("file_name")[columns].mean()
    except (OSError, KeyError, ValueError) as error:
        raise TrainingError(
            f"--soft-labels: {file} must be a CSV table with the columns file_name and age_0 to "
            f"age_{AGE_BINS - 1} ({error})."
        ) from error
    found = torch.tensor(table.reindex(names).to_numpy(), dtype=torch.float32)
    if found.isnan().all():
        raise TrainingError(f"--soft-labels: {file} names none of the photos to learn from.")
    return found / found.sum(1, keepdim=True)
