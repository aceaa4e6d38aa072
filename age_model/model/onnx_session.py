"""The networks run by onnxruntime, where that is faster: on an x86 processor without bf16.

There both it and PyTorch compute in full precision; `python -m benchmarks onnx_time` measures them.
The file that onnxruntime reads is written once, which takes seconds, and kept in the user's cache.
"""

import json
import logging
import os
import platform
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from age_model.model.age_model import AgeModel
from age_model.model.card import ModelError
from age_model.model.onnx_file import CARD, DISTRIBUTION, FACES, export_onnx
from age_model.model.precision import half_precision

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

CLOSE = 0.01  # years that an age may differ from PyTorch's
KEPT = 4  # files, those written last: each is as large as its model
MEASURED_ON = ("x86_64", "AMD64")

_LOG = logging.getLogger(__name__)


def onnx_distributions(model: AgeModel) -> Callable[[Tensor], Tensor] | None:
    """Return what stands for `AgeModel.distributions` where onnxruntime is faster, or None.

    Its threads are as many as PyTorch's of the thread that calls this. None too without the extra
    `onnx`, or where no file can be kept that gives the model's ages.

    Args:
        model: as it was loaded; its card names its weights.
    """
    if not _faster(model):
        return None
    try:
        session = _session_of(model, _cache() / f"{model.version.replace(' ', '-')}.onnx")
    except ModuleNotFoundError:  # without onnxruntime
        return None
    except (ModelError, OSError, RuntimeError) as error:
        _LOG.info("PyTorch runs the networks, not onnxruntime: %s", error)
        return None
    return partial(_answer, session)


def _faster(model: AgeModel) -> bool:
    return (
        model.device.type == "cpu"
        and half_precision(model.device) is None
        and platform.machine() in MEASURED_ON
        # Cards of older models do not name their weights, so a file may be of others.
        and "weights" in model.card
    )


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "age-model"


def _session_of(model: AgeModel, file: Path) -> "InferenceSession":
    """Open a model's file, and write it first if it is missing or not as it should be.

    Raises:
        ModuleNotFoundError: onnxruntime is not installed.
        ModelError: onnx is not installed, or the model cannot be exported.
        OSError: the file cannot be written.
        RuntimeError: what was written gives other ages.
    """
    session = _opened(model, file)
    if session is None:
        _write(model, file)
        session = _opened(model, file)
    if session is None:
        raise RuntimeError(f"{file} does not give the model's ages")
    return session


def _opened(model: AgeModel, file: Path) -> "InferenceSession | None":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    # As PyTorch's: see OMP_WAIT_POLICY.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # What a large batch took is given back.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4  # a damaged file is written anew
    try:
        session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"]
        )
        return session if _gives_the_ages(session, model) else None
    except Exception:  # of a damaged file, onnxruntime raises many kinds
        return None


def _gives_the_ages(session: "InferenceSession", model: AgeModel) -> bool:
    card = session.get_modelmeta().custom_metadata_map.get(CARD)
    if card is None or json.loads(card) != model.card:
        return False
    shape = (2, 3, model.spec.size, model.spec.size)
    random = torch.Generator().manual_seed(0)
    faces = torch.randint(256, shape, generator=random, dtype=torch.uint8)
    mine, known = _answer(session, faces), model.distributions(faces)
    return bool(((model.ages(mine) - model.ages(known)).abs() <= CLOSE).all())


def _answer(session: "InferenceSession", faces: Tensor) -> Tensor:
    return torch.from_numpy(session.run([DISTRIBUTION], {FACES: faces.numpy()})[0])


def _write(model: AgeModel, file: Path) -> None:
    """Write a model's file in one step, and delete those that were written long ago."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=file.parent) as folder:  # of this process alone
        written = Path(folder) / file.name
        export_onnx(model, written)
        written.replace(file)
    files = sorted(file.parent.glob("*.onnx"), key=lambda one: one.stat().st_mtime)
    for old in files[:-KEPT]:
        old.unlink(missing_ok=True)
