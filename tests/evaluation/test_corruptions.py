"""Each corruption does what its name says, deterministically."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from age_model.evaluation.corruptions import (
    Corruption,
    at_resolution,
    blur,
    corruptions,
    cover_left,
    greyscale,
    jpeg,
    light,
    mask,
    motion_blur,
    noise,
    photo_corruptions,
    smooth_skin,
    sunglasses,
    turned,
    within_scene,
    zoom,
)
from age_model.model.age_model import as_batch
from age_model.vision.alignment import FaceSpec

SPEC = FaceSpec(size=64)


@pytest.fixture(scope="module")
def faces(portraits: list[Image.Image]) -> Tensor:
    return as_batch([face.resize((64, 64)) for face in portraits[2:6]])


def detail(faces: Tensor, axis: int) -> float:
    """Return the mean difference of neighbouring pixels, grey levels."""
    return faces.float().diff(dim=axis).abs().mean().item()


def change(before: Tensor, after: Tensor) -> Tensor:
    """Return which pixels differ in any face and channel: bool, shape (size, size)."""
    return (before != after).any(0).any(0)


@pytest.mark.parametrize("kind", corruptions(SPEC), ids=lambda kind: kind.name)
def test_faces_stay_faces_and_a_corruption_is_always_the_same(
    kind: Corruption, faces: Tensor
) -> None:
    before = faces.clone()
    corrupted = kind.change(faces)
    assert (corrupted.shape, corrupted.dtype) == (faces.shape, torch.uint8)
    assert (corrupted != faces).any((1, 2, 3)).all()
    assert torch.equal(faces, before)
    assert torch.equal(kind.change(faces), corrupted)
    assert torch.equal(kind.change(faces[2:3]), corrupted[2:3])  # alone as in a batch


def test_names_are_unique_and_limits_are_higher_where_the_face_is_covered() -> None:
    kinds = corruptions(SPEC)
    names = [kind.name for kind in kinds] + [kind.name for kind in photo_corruptions()]
    assert len(set(names)) == len(names) == 19
    covered = {kind.name for kind in kinds if kind.limit == 2}
    assert covered == {"left third covered", "mask", "sunglasses"}
    assert [kind.name for kind in kinds if kind.bias_limit] == ["greyscale"]


def test_grey_faces_have_no_colour_and_the_same_light(faces: Tensor) -> None:
    grey = greyscale(faces)
    assert torch.equal(grey[:, 0], grey[:, 1]) and torch.equal(grey[:, 0], grey[:, 2])
    luma = (faces.float() * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1)
    assert (grey[:, 0] - luma).abs().max() < 1.5


def test_a_lower_resolution_has_less_detail_and_a_higher_one_changes_nothing(
    faces: Tensor,
) -> None:
    half, quarter = at_resolution(faces, 32), at_resolution(faces, 16)
    assert detail(quarter, -1) < detail(half, -1) < detail(faces, -1)
    assert quarter.float().mean().item() == pytest.approx(faces.float().mean().item(), abs=1)
    assert torch.equal(at_resolution(faces, 64), faces)
    assert torch.equal(at_resolution(faces, 200), faces)


def test_fine_stripes_vanish_at_half_the_resolution_and_do_not_alias() -> None:
    stripes = torch.zeros((1, 3, 64, 64), dtype=torch.uint8)
    stripes[..., ::2] = 200
    inside = at_resolution(stripes, 32)[..., 8:-8]
    assert (inside.float() - 100).abs().max() < 10


def test_blur_spreads_a_point_as_far_as_it_says() -> None:
    point = torch.zeros((1, 3, 65, 65), dtype=torch.uint8)
    point[..., 30:35, 30:35] = 255
    row = blur(point, sigma=0.1)[0, 0].float().sum(0)
    places = torch.arange(65.0)
    middle = (row * places).sum() / row.sum()
    spread = ((row * (places - middle) ** 2).sum() / row.sum()).sqrt().item()
    assert middle.item() == pytest.approx(32, abs=0.1)
    assert spread == pytest.approx((6.5**2 + 2) ** 0.5, rel=0.05)


def test_motion_blurs_to_the_side_only() -> None:
    across = torch.randint(0, 256, (2, 3, 64, 1), generator=torch.Generator().manual_seed(0))
    across = across.expand(-1, -1, -1, 64).to(torch.uint8)  # each row of one colour
    down = across.transpose(2, 3).contiguous()
    assert (motion_blur(across, length=0.1).int() - across.int()).abs().max() <= 1
    assert detail(motion_blur(down, length=0.1), -1) < 0.5 * detail(down, -1)


def test_skin_is_evened_out_and_edges_stay() -> None:
    generator = torch.Generator().manual_seed(0)
    face = torch.full((1, 3, 64, 64), 90.0)
    face[..., 32:] = 190
    face += torch.randint(-6, 7, (1, 1, 64, 64), generator=generator)  # pores
    corrupted = smooth_skin(face.to(torch.uint8), tone=15)
    assert detail(corrupted[..., :30], -1) < 0.4 * detail(face[..., :30], -1)
    step = corrupted[..., 33].float().mean() - corrupted[..., 30].float().mean()
    assert step > 95
    # Where one channel has an edge, the others are left alone too, though they differ little.
    lips = torch.full((1, 3, 64, 64), 100, dtype=torch.uint8)
    lips[:, 0, :, :32], lips[:, 2, :, 32:] = 210, 108
    assert (smooth_skin(lips, tone=15).int() - lips).abs().max() <= 1


def test_jpeg_leaves_blocks_of_eight_pixels(faces: Tensor) -> None:
    steps = jpeg(faces, quality=15).float().diff(dim=-1).abs().mean((0, 1, 2))  # (63,)
    edges = torch.arange(63) % 8 == 7
    assert steps[edges].mean() > 1.2 * steps[~edges].mean()
    near = (jpeg(faces, quality=95).float() - faces).abs().mean()
    assert near < (jpeg(faces, quality=15).float() - faces).abs().mean() / 2


def test_noise_has_the_strength_that_it_says() -> None:
    grey = torch.full((2, 3, 64, 64), 128, dtype=torch.uint8)
    noisy = noise(grey, sigma=25).float()
    assert noisy.std().item() == pytest.approx(25, rel=0.03)
    assert noisy.mean().item() == pytest.approx(128, abs=1)


def test_light_is_multiplied_and_clipped() -> None:
    grey = torch.full((1, 3, 4, 4), 188, dtype=torch.uint8)  # half of white's light
    assert light(grey, (0.25, 0.25, 0.25)).unique().tolist() == [99]  # an eighth
    assert light(grey, (2.0, 2.0, 2.0)).unique().tolist() == [255]
    assert light(grey, (1.0, 1.0, 1.0)).unique().tolist() == [188]
    assert light(grey, (1.25, 1.0, 0.5))[0, :, 0, 0].tolist() == [208, 188, 137]
    dark = torch.full((1, 3, 4, 4), 8, dtype=torch.uint8)
    assert light(dark, (0.5, 0.5, 0.5)).unique().tolist() == [4]  # linear near black


def test_covers_lie_where_they_should(faces: Tensor) -> None:
    points = SPEC.landmarks().round().astype(int)  # eyes, nose, corners of the mouth

    def covered(corrupted: Tensor) -> list[bool]:
        hidden = change(faces, corrupted)
        return [bool(hidden[y - 1 : y + 2, x - 1 : x + 2].float().mean() > 0.5) for x, y in points]

    assert covered(mask(faces, SPEC)) == [False, False, True, True, True]
    assert covered(sunglasses(faces, SPEC)) == [True, True, False, False, False]
    assert covered(cover_left(faces)) == [True, False, False, True, False]
    columns = change(faces, cover_left(faces)).any(0)
    assert not columns[21:].any() and columns[:21].all()


def test_covers_follow_the_template(faces: Tensor) -> None:
    low = FaceSpec(64, tuple((x, y + 0.1) for x, y in SPEC.template))
    for cover in (mask, sunglasses):
        top, lower = (change(faces, cover(faces, spec)).any(1).nonzero()[0] for spec in (SPEC, low))
        assert (lower - top).item() == pytest.approx(6, abs=1)


def test_a_wider_crop_shows_the_face_smaller_with_its_border_repeated() -> None:
    face = torch.full((1, 3, 60, 60), 50, dtype=torch.uint8)
    face[..., 18:42, 18:42] = 200
    for scale, side in ((1 / 1.2, 20), (1.2, 28.8)):
        zoomed = zoom(face, scale)
        rows = (zoomed[0, 0] > 125).any(1).nonzero().ravel()
        assert len(rows) == pytest.approx(side, abs=1.5)
        assert (rows[0] + rows[-1]).item() == pytest.approx(59, abs=1)
        assert zoomed[0, 0, 0].unique().tolist() == [50]


def test_a_turned_photo_holds_the_whole_face_turned() -> None:
    pixels = np.full((100, 80, 3), 90, np.uint8)
    pixels[45:55, 70:80] = 255  # on the right, at half the height
    photo = turned(Image.fromarray(pixels), 20)
    assert photo.size == (120, 150)
    grey = np.asarray(photo.convert("L"), float)
    assert grey.min() > 50  # the border is repeated, not black
    y, x = (axis.mean() for axis in np.nonzero(grey > 240))
    assert x > photo.width / 2 and y < photo.height / 2  # anticlockwise: up on the right


@pytest.mark.parametrize("size", [(200, 200), (225, 275), (1000, 600)])
def test_a_photo_lies_whole_within_a_larger_scene(size: tuple[int, int]) -> None:
    photo = Image.effect_noise(size, 60).convert("RGB")
    scene = within_scene(photo)
    assert scene.width >= max(900, 2 * size[0]) and scene.height >= max(700, 2 * size[1])
    left, top = (scene.width - size[0]) // 3, (scene.height - size[1]) // 3
    assert scene.crop((left, top, left + size[0], top + size[1])) == photo
    assert within_scene(photo) == scene
