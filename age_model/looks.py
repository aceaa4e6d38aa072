"""How the network looks at a face: its answers to several pictures of it are averaged."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.v2 import functional as TF

from age_model.language import tr

SMALLER = 16  # pixels by which a mirror image may be smaller: half a cell of the last grid
SMALLEST = 16


@dataclass(frozen=True)
class Look:
    """One picture of a face that the network answers to.

    Args:
        size: its side, pixels.
        detail: the side that the face is shrunk to before, pixels: finer detail is lost.
        mirrored: whether left and right change places.
        grey: whether its colour is taken.

    Raises:
        ValueError: for a look without pixels.
    """

    size: int
    detail: int
    mirrored: bool = False
    grey: bool = False

    def __post_init__(self) -> None:
        if min(self.size, self.detail) < 1:
            raise ValueError(f"a look of {min(self.size, self.detail)} pixels")

    def of(self, faces: Tensor) -> Tensor:
        """Return the picture of faces.

        Args:
            faces: float, shape (B, 3, H, W), RGB, 0..1.

        Returns:
            Shape (B, 3, size, size).
        """
        if self.grey:
            faces = TF.rgb_to_grayscale(faces, 3)
        if self.mirrored:
            faces = faces.flip(-1)
        if self.detail < faces.shape[-1]:
            faces = resize(faces, self.detail)
        return resize(faces, self.size)


Looks = tuple[Look, ...]


def candidate_looks(size: int) -> Iterator[Looks]:
    """Yield the pairs of looks that a model may be used with; validation photos choose.

    The mirror image may be smaller: the network's grid then lies on other parts of the face, and
    the two looks err less alike. And the face may be grey and its mirror image without fine
    detail: no look then has both of what tells one camera from another.

    Args:
        size: side of the aligned faces, pixels.
    """
    for mirror_size in (size, max(SMALLEST, size - SMALLER)):
        yield Look(size, size), Look(mirror_size, size, mirrored=True)
        yield Look(size, size, grey=True), Look(mirror_size, size // 2, mirrored=True)


def looks_to_list(looks: Looks) -> list[dict[str, Any]]:
    """Return looks as `model.json` holds them."""
    return [asdict(look) for look in looks]


def looks_from_list(entries: list[dict[str, Any]]) -> Looks:
    """Read looks from `model.json`.

    Raises:
        TypeError, ValueError: for entries that are not looks, or none.
    """
    looks = tuple(Look(**entry) for entry in entries)
    if not looks:
        raise ValueError("a model needs at least one look")
    return looks


def describe_looks(looks: Looks) -> str:
    """Return looks in words."""
    return "; ".join(_describe(look) for look in looks)


def _describe(look: Look) -> str:
    words = [tr("mirror image") if look.mirrored else tr("the face itself")]
    if look.grey:
        words.append(tr("in grey"))
    words.append(tr("{size} px").format(size=look.size))
    if look.detail < look.size:
        words.append(tr("no detail finer than at {size} px").format(size=look.detail))
    return ", ".join(words)


def resize(images: Tensor, size: int) -> Tensor:
    """Bring faces, float, shape (B, 3, H, W), to a side of `size` pixels."""
    if images.shape[-1] == size:
        return images
    return F.interpolate(images, (size, size), mode="bilinear", antialias=True)
