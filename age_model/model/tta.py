"""Test-time augmentation: the network's outputs for several views of a face are averaged."""

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class View:
    """One view of a face that the network is run on.

    Args:
        detail: the side that the face is shrunk to and enlarged from again, pixels: finer detail
            is lost.
        mirrored: whether left and right change places.
        network: which network of an ensemble is run on it, counted from 0; None for all.

    Raises:
        ValueError: for a view without pixels.
    """

    detail: int
    mirrored: bool = False
    network: int | None = None

    def __post_init__(self) -> None:
        if type(self.detail) is not int or self.detail < 1:
            raise ValueError(f"a view of {self.detail!r} pixels")
        if not isinstance(self.mirrored, bool):
            raise ValueError(f"a view that is mirrored: {self.mirrored!r}")
        if self.network is not None and (type(self.network) is not int or self.network < 0):
            raise ValueError(f"a view of network {self.network!r}")

    def of(self, faces: "Tensor") -> "Tensor":
        """Return this view of faces: both float, shape (B, 3, side, side), RGB, 0..1."""
        side = faces.shape[-1]
        if self.mirrored:
            faces = faces.flip(-1)
        return resize(resize(faces, min(self.detail, side)), side)


Views = tuple[View, ...]
MOST_VIEWS = 16


def candidate_views(size: int, networks: int = 1) -> tuple[Views, ...]:
    """Return the sets of views that a model may use; validation photos choose.

    A face and its mirror image, or the mirror image with less detail: networks also tell
    cameras apart by fine detail, and the errors of unlike views are less correlated
    (docs/experiments.md). An ensemble's networks share the views out among themselves: their own
    differences average out more than a further view would, at half the time.

    Args:
        size: side of the aligned faces, pixels.
        networks: of the model.
    """
    pairs = (
        (View(size), View(size, mirrored=True)),
        (View(size), View(size * 2 // 5, mirrored=True)),
    )
    if networks == 1:
        return pairs
    return tuple(tuple(replace(pair[i % 2], network=i) for i in range(networks)) for pair in pairs)


def views_to_list(views: Views) -> list[dict[str, Any]]:
    """Return views as `model.json` holds them."""
    return [asdict(view) for view in views]


def views_from_list(entries: list[dict[str, Any]]) -> Views:
    """Read views from `model.json`.

    Raises:
        TypeError, ValueError: for entries that are not views, or none.
    """
    views = tuple(View(**entry) for entry in entries)
    if not views:
        raise ValueError("a model needs at least one view")
    if len(views) > MOST_VIEWS:
        raise ValueError(f"{len(views)} views, and at most {MOST_VIEWS} are allowed")
    return views


def resize(images: "Tensor", size: int) -> "Tensor":
    """Bring faces, float, shape (B, 3, H, W), to a side of `size` pixels."""
    if images.shape[-1] == size:
        return images
    from torch.nn.functional import interpolate  # takes seconds: model cards name views without it

    return interpolate(images, (size, size), mode="bilinear", antialias=True)
