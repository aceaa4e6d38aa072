"""Save a face recognition network as TorchScript, to compare with in `age_model verification`.

    python -m recipes.recogniser --networks FOLDER --name dlib-resnet29-face --out dlib.pt

FOLDER is as of `recipes.teachers`. The network saved maps faces aligned for the shipped model,
float, shape (B, 3, side, side), RGB, 0..1, to its descriptors.
"""

import argparse
import importlib.util
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIDE = 160  # of the shipped model's faces, pixels
# dlib's faces are this much wider than the shipped model's on each side; what lies outside is
# filled with the pixels at the edge. Verification rates are within three points of those with
# dlib's own crop (576 photos of LFW, 465 of FG-NET).
MARGIN = 12  # pixels


class Recogniser(nn.Module):
    """A network with the step from the age model's faces to its own.

    Args:
        network: gives descriptors.
        prepare: brings faces, uint8-ranged float, shape (B, H, W, 3), to its input.
    """

    def __init__(self, network: nn.Module, prepare: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.network, self.prepare = network, prepare

    def forward(self, faces: Tensor) -> Tensor:
        """Return descriptors (B, width) of faces (B, 3, side, side), RGB, 0..1."""
        wider = F.pad(faces * 255, (MARGIN,) * 4, mode="replicate")
        descriptors: Tensor = self.network(self.prepare(wider.permute(0, 2, 3, 1)))
        return descriptors


def main(arguments: list[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Save a face recognition network.")
    parser.add_argument("--networks", type=Path, required=True, help="folder with load.py")
    parser.add_argument("--name", required=True, help="of the network")
    parser.add_argument("--out", type=Path, required=True, help="TorchScript file")
    args = parser.parse_args(arguments)
    spec = importlib.util.spec_from_file_location("face_networks", args.networks / "load.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(args.networks / "load.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network, _, prepare = module.load(args.name)
    with torch.no_grad():
        example = torch.rand(4, 3, SIDE, SIDE)
        torch.jit.trace(Recogniser(network, prepare).eval(), example).save(args.out)


if __name__ == "__main__":
    main()
