"""Validation: the MAE on the validation faces, each source and person weighted alike."""

import pandas as pd
import torch
from torch import Tensor, nn

from age_model.data.face_set import FaceSet
from age_model.model.distributions import age_quantile
from age_model.model.precision import autocast
from age_model.training.distributed import Process

BATCH = 256


def sample_weights(table: pd.DataFrame) -> Tensor:
    """Return the weight of each validation face: float64, shape (N,), summing to 1.

    Sources (column `source`) weigh the same, and so do the people of a source (column `person`);
    the photos of a person share that person's weight. Without the columns all photos weigh the
    same.
    """
    source = table["source"] if "source" in table else pd.Series("", table.index)
    person = pd.Series(table.index.astype(str), table.index)
    if "person" in table:
        person = table["person"].where(table["person"].notna(), person).astype(str)
    photos = person.groupby([source, person]).transform("size")
    people = person.groupby(source).transform("nunique")
    return torch.tensor((1 / (photos * people * source.nunique())).to_numpy())


class Validator:
    """Measures a network on validation faces.

    Args:
        valid: the faces.
        process: this process, which measures its part of them.
        dtype: the half-precision type of autocast, or None.
    """

    def __init__(self, valid: FaceSet, process: Process, dtype: torch.dtype | None) -> None:
        part = slice(process.rank, None, process.world)
        self._process, self._dtype = process, dtype
        self._images = valid.images()[part]
        self._ages = ages_of(valid)[part]
        self._weights = sample_weights(valid.table)[part]

    @torch.inference_mode()
    def mae(self, network: nn.Module) -> float:
        """Return the weighted MAE in years, over all processes.

        As in use, the outputs for a face and its mirror image are averaged, in half precision where
        that is faster.
        """
        network.eval()
        device, errors = self._process.device, []
        for faces, truth in zip(self._images.split(BATCH), self._ages.split(BATCH), strict=True):
            inputs = faces.to(device).float() / 255
            both = torch.cat([inputs, inputs.flip(-1)])
            with autocast(device, self._dtype):
                output = network(both.contiguous(memory_format=torch.channels_last))
            answer = torch.stack(answers(output).chunk(2)).mean(0)
            errors.append((decoded(answer).cpu() - truth).abs().double())
        return self._process.total((torch.cat(errors) * self._weights).sum()).item()


def ages_of(prepared: FaceSet) -> Tensor:
    """Return the labels of faces: float32, shape (N,), years."""
    return torch.tensor(prepared.table["real_age"].to_numpy(), dtype=torch.float32)


def answers(output: Tensor) -> Tensor:
    """Return ages (B,), or the distributions that logits (B, AGE_BINS) stand for."""
    return output.float() if output.dim() == 1 else torch.softmax(output.float(), -1)


def decoded(answer: Tensor) -> Tensor:
    """Return the ages (B,) that `answers` gave."""
    return answer if answer.dim() == 1 else age_quantile(answer, 0.5)
