"""A trained model as one ONNX file: from the pixels of aligned faces to ages.

The file does by itself what `AgeModel` does between a crop and its distribution: scaling of pixels,
views, normalisation, all networks and their average. How a crop is cut from a photo is in its
metadata, under the same names as in `model.json`, which stays the source.
"""

import json
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from age_model.ages import AGE_BINS
from age_model.i18n.message import mark
from age_model.model.age_model import AgeModel
from age_model.model.card import ModelError
from age_model.model.network import fold_batch_norms
from age_model.model.tta import View

OPSET = 18
NOT_INSTALLED = mark("“export” needs onnx: pip install 'age-model[onnx]'.")
NO_DISTRIBUTIONS = mark(
    "Only a model with the head “distribution” can be exported: train one with train.py."
)
FACES, DISTRIBUTION, AGE = "faces", "distribution", "age"  # its input and its outputs
CARD = "card"  # its metadata with the content of `model.json`


class _Whole(nn.Module):
    """From faces, uint8 (B, 3, size, size), to distributions (B, AGE_BINS) and ages (B,)."""

    def __init__(self, model: AgeModel) -> None:
        super().__init__()
        self._model = model
        self._networks = nn.ModuleList(map(fold_batch_norms, model.networks))
        for number, view in enumerate(model.views):
            self.register_buffer(f"_view_{number}", _matrix(view, model.spec.size))

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        images = faces.float() / 255
        answers = []
        for number, view in enumerate(self._model.views):
            seen = self._seen(images, number, view)
            for owner, network in enumerate(self._networks):
                if view.network in (None, owner):
                    answers.append(network(seen))
        distributions = self._model.averaged(torch.stack(answers))
        return distributions, self._model.ages(distributions)

    def _seen(self, images: Tensor, number: int, view: View) -> Tensor:
        if view.mirrored:
            images = images.flip(-1)
        if view.detail >= self._model.spec.size:
            return images
        resized = self.get_buffer(f"_view_{number}")
        return resized @ images @ resized.T


def _matrix(view: View, size: int) -> Tensor:
    """Return what a view's loss of detail does to a column of pixels, and likewise to a row.

    Resizing treats both alike and is linear; ONNX's own is rounded otherwise than PyTorch's.
    """
    one_row_each = torch.eye(size)[:, None, :, None].expand(size, 3, size, size)
    return View(view.detail).of(one_row_each)[:, 0, :, 0].T


def export_onnx(model: AgeModel, file: Path) -> None:
    """Write a model to a file, in full precision.

    Args:
        model: on the CPU.
        file: that is written as a whole, or not at all.

    Raises:
        ModelError: onnx is not installed, or the model's head gives no distributions.
        OSError: the file cannot be written.
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise ModelError(NOT_INSTALLED) from error
    if model.networks[0].head != "distribution":
        raise ModelError(NO_DISTRIBUTIONS)
    unfinished = file.with_name(f".{file.name}.unfinished")
    example = torch.zeros(2, 3, model.spec.size, model.spec.size, dtype=torch.uint8)
    batch = {0: "batch"}
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # tracing warns of each Python number
        torch.onnx.export(
            _Whole(model).eval(),
            (example,),
            str(unfinished),
            dynamo=False,
            input_names=[FACES],
            output_names=[DISTRIBUTION, AGE],
            dynamic_axes=dict.fromkeys((FACES, DISTRIBUTION, AGE), batch),
            opset_version=OPSET,
        )
    written = onnx.load(str(unfinished))
    onnx.checker.check_model(written)
    onnx.helper.set_model_props(written, _metadata(model))
    onnx.save(written, str(unfinished))
    unfinished.replace(file)


def _metadata(model: AgeModel) -> dict[str, str]:
    return {
        "model_version": model.version,
        "faces": "uint8, (batch, 3, size, size), RGB, aligned as “face” says",
        "distribution": f"float32, (batch, {AGE_BINS}): the probability of each age from 0",
        "age": "float32, (batch,), years",
        "face": json.dumps(model.card["face"]),
        CARD: json.dumps(model.card),
    }
