"""How the network looks at a face: its answers to several pictures of it are averaged."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Look:
    """One picture of a face that the network answers to.

    Args:
        detail: the side that the face is shrunk to and enlarged from again, pixels: finer detail
            is lost.
        mirrored: whether left and right change places.

    Raises:
        ValueError: for a look without pixels.
    """

    detail: int
    mirrored: bool = False

    def __post_init__(self) -> None:
        if type(self.detail) is not int or self.detail < 1:
            raise ValueError(f"a look of {self.detail!r} pixels")
        if not isinstance(self.mirrored, bool):
            raise ValueError(f"a look that is mirrored: {self.mirrored!r}")

    def of(self, faces: "Tensor") -> "Tensor":
        """Return the picture of faces: both float, shape (B, 3, side, side), RGB, 0..1."""
        side = faces.shape[-1]
        if self.mirrored:
            faces = faces.flip(-1)
        return resize(resize(faces, min(self.detail, side)), side)


Looks = tuple[Look, ...]
MOST_LOOKS = 16


def candidate_looks(size: int) -> tuple[Looks, Looks]:
    """Return the pairs of looks that a model may be used with; validation photos choose.

    A face and its mirror image, or the mirror image with less detail: by fine detail networks also
    tell cameras apart, and looks that keep different things err less alike (docs/experiments.md).

    Args:
        size: side of the aligned faces, pixels.
    """
    return (
        (Look(size), Look(size, mirrored=True)),
        (Look(size), Look(size * 2 // 5, mirrored=True)),
    )


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
    if len(looks) > MOST_LOOKS:
        raise ValueError(f"{len(looks)} looks, and at most {MOST_LOOKS} are taken")
    return looks


def resize(images: "Tensor", size: int) -> "Tensor":
    """Bring faces, float, shape (B, 3, H, W), to a side of `size` pixels."""
    if images.shape[-1] == size:
        return images
    from torch.nn.functional import interpolate  # takes seconds: model cards name looks without it

    return interpolate(images, (size, size), mode="bilinear", antialias=True)
