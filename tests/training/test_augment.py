"""Augmentation: reproducible, in range, and each change does what its name says."""

from dataclasses import asdict

import pytest
import torch
from torch import Tensor

from age_model.training.augment import Augmentation, augment
from age_model.vision.alignment import TEMPLATE

SIDE = 48
STILL = dict.fromkeys(asdict(Augmentation()), 0.0) | {"zoom_in": 1, "zoom_out": 1, "smallest": 0.22}


def only(**settings: float) -> Augmentation:
    """Return settings under which nothing changes but what is named (and the random flip)."""
    return Augmentation(**(STILL | settings))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def apply(faces: Tensor, seed: int = 0, size: int | None = None, **settings: float) -> Tensor:
    return augment(faces, only(**settings), generator(seed), size)


@pytest.fixture
def textured() -> Tensor:
    """Mirror-symmetric colour noise away from 0 and 255: uint8, (16, 3, SIDE, SIDE)."""
    half = torch.randint(60, 196, (16, 3, SIDE, SIDE // 2), generator=generator(1))
    return torch.cat([half, half.flip(-1)], -1).to(torch.uint8)


@pytest.fixture
def disc() -> Tensor:
    """A white disc of a third of the side, in the middle of grey: uint8, (16, 3, SIDE, SIDE)."""
    axis = torch.arange(SIDE) - (SIDE - 1) / 2
    inside = axis.square() + axis.square()[:, None] < (SIDE / 6) ** 2
    picture = torch.where(inside, 255, 100).to(torch.uint8)
    return picture.expand(16, 3, -1, -1).contiguous()


def plain(faces: Tensor) -> Tensor:
    return faces.float() / 255


def detail(faces: Tensor) -> Tensor:
    """Return the mean difference of neighbouring pixels of each face, shape (B,)."""
    return (faces[..., 1:, :] - faces[..., :-1, :]).abs().mean((1, 2, 3))


def correlation(first: Tensor, second: Tensor) -> Tensor:
    """Return the correlation of the pixels of each pair of faces, shape (B,)."""
    first, second = (
        faces.flatten(1) - faces.flatten(1).mean(1)[:, None] for faces in (first, second)
    )
    return torch.nn.functional.cosine_similarity(first, second)


def bright_area(faces: Tensor) -> Tensor:
    return (faces.mean(1) > 0.7).sum((1, 2))


def middle_of_brightness(faces: Tensor) -> Tensor:
    """Return the centre of the bright pixels of each face: (B, 2), y and x, pixels."""
    return torch.stack([torch.nonzero(f.mean(0) > 0.7).float().mean(0) for f in faces])


def test_the_result_is_float_in_range_and_the_input_is_left_alone() -> None:
    faces = torch.randint(0, 256, (20, 3, SIDE, SIDE), generator=generator()).to(torch.uint8)
    before = faces.clone()
    strong = Augmentation(grey=0.5, shrink=1, blur=1, shake=1, sharpen=1, noise=1, jpeg=1, cover=1)
    changed = augment(faces, strong, generator())
    assert changed.dtype == torch.float32
    assert changed.shape == (20, 3, SIDE, SIDE)
    assert changed.isfinite().all() and changed.min() >= 0 and changed.max() <= 1
    assert torch.equal(faces, before)


def test_the_same_generator_gives_the_same_faces_and_another_others(textured: Tensor) -> None:
    first, again, other = (augment(textured, Augmentation(), generator(seed)) for seed in (5, 5, 6))
    assert torch.equal(first, again)
    assert (first - other).abs().mean((1, 2, 3)).min() > 0.001  # no face stays the same


def test_the_global_generator_plays_no_part(textured: Tensor) -> None:
    torch.manual_seed(1)
    first = augment(textured, Augmentation(), generator())
    torch.manual_seed(2)
    assert torch.equal(first, augment(textured, Augmentation(), generator()))


def test_a_smaller_size_shrinks_the_faces_without_aliasing(textured: Tensor) -> None:
    small = apply(textured, size=16)
    assert small.shape == (16, 3, 16, 16)
    expected = torch.nn.functional.avg_pool2d(plain(textured), 3)
    # An antialiased triangle filter is a little wider than the average of three pixels.
    assert (small - expected).abs().mean() < 0.06
    assert (
        small.std() < 0.6 * plain(textured).std()
    )  # with aliasing, the noise would keep its strength


def test_with_everything_off_a_face_is_itself_or_its_mirror_image() -> None:
    faces = torch.randint(0, 256, (64, 3, SIDE, SIDE), generator=generator()).to(torch.uint8)
    result = apply(faces)
    same = (result - plain(faces)).abs().amax((1, 2, 3)) < 1e-4
    mirrored = (result - plain(faces).flip(-1)).abs().amax((1, 2, 3)) < 1e-4
    assert (same ^ mirrored).all()
    assert 16 < same.sum() < 48  # about half


def test_grey_makes_the_channels_equal(textured: Tensor) -> None:
    result = apply(textured, grey=1)
    assert (result - result[:, :1]).abs().max() < 1e-5
    weights = torch.tensor([0.2989, 0.587, 0.114]).view(1, 3, 1, 1)
    assert torch.allclose(result[:, 0], (plain(textured) * weights).sum(1), atol=1e-3)


def test_restyled_faces_have_exchanged_tone_and_sharpness() -> None:
    """Half of the faces are dark and rough, half bright and smooth; each keeps its own pattern."""
    noise = torch.randn((16, 1, SIDE, SIDE), generator=generator(2))
    rough = torch.arange(16) < 8
    level = torch.where(rough, 80.0, 170.0)[:, None, None, None]
    faces = level + noise * torch.where(rough, 30.0, 10.0)[:, None, None, None]
    faces = faces.clamp(0, 255).to(torch.uint8).expand(-1, 3, -1, -1).contiguous()
    result = apply(faces, restyle=1)
    own = torch.maximum(
        correlation(result, plain(faces)), correlation(result, plain(faces).flip(-1))
    )
    assert own.min() > 0.9
    dark = result.mean((1, 2, 3)) < 0.5
    assert dark.sum() == 8  # a permutation of the styles
    assert (dark != rough).any()
    assert detail(result)[dark].min() > 2 * detail(result)[~dark].max()
    assert torch.allclose(result.mean((1, 2, 3))[dark], torch.tensor(80 / 255), atol=0.02)


def test_a_face_in_the_style_of_a_grey_one_is_grey(textured: Tensor) -> None:
    faces = textured.clone()
    faces[:8] = faces[:8, :1]
    colourful = (apply(faces, restyle=1).std(1) > 0.02).float().mean((1, 2)) > 0.5
    # Grey faces have no colours to enhance, so only colour faces in a colour style stay so.
    assert 0 < colourful.sum() < 8


def test_brightness_scales_each_face(textured: Tensor) -> None:
    ratio = apply(textured, brightness=0.2) / plain(textured)
    assert ratio.std((1, 2, 3)).max() < 1e-4
    factors = ratio.mean((1, 2, 3))
    assert factors.min() > 0.81 and factors.max() < 1.23  # exp(-0.2), exp(0.2)
    assert factors.std() > 0.05


def test_gamma_bends_the_tones_and_keeps_black_and_white(textured: Tensor) -> None:
    exponent = apply(textured, gamma=0.3).log() / plain(textured).log()
    assert exponent.std((1, 2, 3)).max() < 1e-2
    factors = exponent.mean((1, 2, 3))
    assert factors.min() > 0.73 and factors.max() < 1.36  # exp(-0.3), exp(0.3)
    assert factors.std() > 0.08


def test_a_colour_cast_scales_each_channel(textured: Tensor) -> None:
    ratio = apply(textured, colour_cast=0.2) / plain(textured)
    assert ratio.std((2, 3)).max() < 1e-4
    assert ratio.mean((2, 3)).std(1).min() > 0.005


def test_contrast_changes_the_spread_but_not_the_mean(textured: Tensor) -> None:
    faces, result = plain(textured), apply(textured, contrast=0.3)
    assert torch.allclose(result.mean((1, 2, 3)), faces.mean((1, 2, 3)), atol=1e-4)
    ratio = result.std((1, 2, 3)) / faces.std((1, 2, 3))
    assert ratio.min() > 0.74 and ratio.max() < 1.35 and ratio.std() > 0.05


def test_saturation_changes_the_colour_but_not_the_luma(textured: Tensor) -> None:
    weights = torch.tensor([0.2989, 0.587, 0.114]).view(1, 3, 1, 1)
    faces, result = plain(textured), apply(textured, saturation=0.3)
    luma, before = (result * weights).sum(1), (faces * weights).sum(1)
    assert torch.allclose(luma, before, atol=1e-3)
    ratio = (result - luma[:, None]).std((1, 2, 3)) / (faces - before[:, None]).std((1, 2, 3))
    assert ratio.min() > 0.74 and ratio.max() < 1.35 and ratio.std() > 0.05


def test_shrinking_loses_detail_and_keeps_the_brightness(textured: Tensor) -> None:
    result = apply(textured, shrink=1, smallest=0.3)
    ratio = detail(result) / detail(plain(textured))
    assert ratio.max() < 1.01 and ratio.mean() < 0.7 and ratio.min() < 0.4
    assert torch.allclose(result.mean((1, 2, 3)), plain(textured).mean((1, 2, 3)), atol=0.02)


def test_smallest_limits_the_shrinking(textured: Tensor) -> None:
    mild, strong = (apply(textured, shrink=1, smallest=share) for share in (0.8, 0.2))
    assert detail(mild).min() > 1.5 * detail(strong).min()


def test_blur_lowers_the_detail(textured: Tensor) -> None:
    result = apply(textured, blur=1)
    assert (detail(result) < 0.8 * detail(plain(textured))).all()
    assert torch.allclose(result.mean((1, 2, 3)), plain(textured).mean((1, 2, 3)), atol=0.01)


def test_blurring_a_plain_face_leaves_its_border_alone() -> None:
    even = torch.full((8, 3, SIDE, SIDE), 100, dtype=torch.uint8)
    assert torch.allclose(apply(even, blur=1), plain(even), atol=1e-5)
    assert torch.allclose(apply(even, shake=1), plain(even), atol=1e-5)


def test_shaking_smears_a_point_along_a_line_that_turns_from_group_to_group() -> None:
    point = torch.zeros(8, 3, SIDE, SIDE, dtype=torch.uint8)
    point[..., SIDE // 2, SIDE // 2] = 255
    smears = apply(point, shake=1).mean(1)
    assert torch.allclose(smears.sum((1, 2)), torch.ones(8), atol=1e-3)  # no light is lost
    angles = []
    for smear in smears:
        at, weights = torch.nonzero(smear).float(), smear[smear > 0]
        spread, axes = torch.linalg.eigh(torch.cov(at.T, aweights=weights.double()))
        assert spread[0] < 0.5  # square pixels: no wider than a line
        if spread[1] > 1:
            angles.append(torch.atan2(axes[0, 1].abs(), axes[1, 1].abs()))  # mirrored or not
    assert torch.stack(angles).std() > 0.2


def test_sharpening_raises_the_detail(textured: Tensor) -> None:
    assert (detail(apply(textured, sharpen=1)) > 1.1 * detail(plain(textured))).all()


def test_noise_is_small_and_without_bias() -> None:
    even = torch.full((16, 3, SIDE, SIDE), 128, dtype=torch.uint8)
    difference = apply(even, noise=1) - plain(even)
    spread = difference.std((1, 2, 3))
    assert spread.min() > 0.009 and spread.max() < 0.082
    assert difference.mean().abs() < 0.002


def test_jpeg_artefacts_are_those_of_eight_pixel_blocks() -> None:
    smooth = torch.linspace(60, 200, SIDE).expand(16, 3, SIDE, SIDE).to(torch.uint8)
    result = apply(torch.cat([smooth, smooth.flip(-1)]), jpeg=1)
    steps = (result[..., 1:] - result[..., :-1]).abs().mean((0, 1, 2))
    borders = torch.arange(7, SIDE - 1, 8)  # the step from pixel 7 to pixel 8, and so on
    inside = torch.tensor([i for i in range(SIDE - 1) if i % 8 != 7])
    assert steps[borders].mean() > 1.3 * steps[inside].mean()
    assert (result - plain(torch.cat([smooth, smooth.flip(-1)]))).abs().median() < 0.5


def covered(textured: Tensor) -> list[tuple[int, int, int, int]]:
    """Return top, left, height and width of what was covered, pixels, of 200 faces."""
    faces = textured.repeat(-(-200 // len(textured)), 1, 1, 1)
    changed = (apply(faces, cover=1) - plain(faces)).abs().amax(1) > 1e-3
    parts = []
    for face in changed:
        rows, columns = face.any(1).nonzero().ravel(), face.any(0).nonzero().ravel()
        top, left, height, width = int(rows[0]), int(columns[0]), len(rows), len(columns)
        # One plain rectangle and nothing else; a few pixels may have its colour already.
        assert face[top : top + height, left : left + width].float().mean() > 0.9
        assert face.sum() == face[top : top + height, left : left + width].sum()
        parts.append((top, left, height, width))
    return parts


def test_covering_hides_a_rectangle_anywhere(textured: Tensor) -> None:
    parts = covered(textured)
    assert all(height >= 0.05 * SIDE for _, _, height, _ in parts)
    corners = torch.tensor([(top, left) for top, left, _, _ in parts]).float()
    assert (corners.std(0) > SIDE / 10).all()


def test_covering_hides_the_lower_half_or_the_eyes_of_some(textured: Tensor) -> None:
    parts = covered(textured)
    (_, eyes), _, (_, nose), *_ = TEMPLATE
    level = [
        (top / SIDE, (top + height) / SIDE)
        for top, left, height, width in parts
        if width > SIDE / 2 and abs(2 * left + width - SIDE) <= 2  # symmetric
    ]
    masks = [part for part in level if part[0] > eyes and part[1] > 0.98 and part[0] < nose + 0.1]
    bars = [part for part in level if part[0] < eyes < part[1] < nose]
    assert 0.12 < len(masks) / len(parts) < 0.40
    assert 0.06 < len(bars) / len(parts) < 0.28


@pytest.mark.parametrize(
    ("zooms", "least", "most"),
    [({"zoom_in": 1.5}, 1.0, 2.25), ({"zoom_out": 0.6}, 0.36, 1.0)],
)
def test_zoom_stays_in_its_range(
    disc: Tensor, zooms: dict[str, float], least: float, most: float
) -> None:
    share = bright_area(augment(disc, only(**zooms), generator())) / bright_area(plain(disc))
    assert share.min() > least - 0.08 and share.max() < most + 0.1
    assert share.max() - share.min() > 0.3 * (most - least)


def test_a_shift_moves_the_face_by_at_most_its_share_of_the_side(disc: Tensor) -> None:
    moved = middle_of_brightness(apply(disc, shift=0.1)) - (SIDE - 1) / 2
    assert 0.05 * SIDE < moved.abs().max() < 0.1 * SIDE + 0.5
    assert (moved.std(0) > 1).all()
    assert moved.abs().diff(dim=1).std() > 1  # down and sideways apart from each other


def test_rotation_turns_about_the_middle_by_at_most_its_angle() -> None:
    """A bright spot above the middle moves sideways by the sine of the angle."""
    spot = torch.zeros(64, 3, SIDE, SIDE, dtype=torch.uint8)
    spot[:, :, 4:8, SIDE // 2 - 2 : SIDE // 2 + 2] = 255
    weights = apply(spot, rotation=20.0).mean(1)  # (B, H, W)
    axis = torch.arange(SIDE) - (SIDE - 1) / 2
    total = weights.sum((1, 2))
    x = (weights.sum(1) * axis).sum(1) / total
    y = (weights.sum(2) * axis).sum(1) / total
    degrees = torch.rad2deg(torch.atan2(x, -y))
    assert 8 < degrees.std() < 12  # half of it, less the cut tails
    assert degrees.abs().max() < 20.5
    assert torch.allclose(torch.hypot(x, y), torch.tensor(18.0), atol=0.6)


def test_about_the_given_share_of_faces_is_degraded() -> None:
    faces = torch.full((64, 3, 16, 16), 128, dtype=torch.uint8)
    changed = [
        ((apply(faces, seed, noise=0.3) - plain(faces)).abs().amax((1, 2, 3)) > 1e-3).float()
        for seed in range(40)
    ]
    shares = torch.stack(changed).mean(1)
    assert 0.2 < shares.mean() < 0.4
    assert set((shares * 8).tolist()) >= {1.0, 2.0, 3.0}  # of eight groups


def test_a_single_face_can_be_changed() -> None:
    face = torch.full((1, 3, SIDE, SIDE), 90, dtype=torch.uint8)
    assert augment(face, Augmentation(), generator(), 32).shape == (1, 3, 32, 32)


def test_gentle_halves_the_corruptions_and_keeps_the_geometry() -> None:
    full, gentle = asdict(Augmentation()), asdict(Augmentation().gentle())
    kept = {"rotation", "shift", "zoom_in", "zoom_out", "smallest"}
    assert {name for name in full if gentle[name] == full[name]} == kept
    assert all(gentle[name] == full[name] / 2 for name in full.keys() - kept)


def test_light_moves_faces_less_and_leaves_a_quarter_of_the_corruptions() -> None:
    full, light = asdict(Augmentation()), asdict(Augmentation().light())
    assert light["smallest"] == full["smallest"]
    still = {"rotation": 0, "shift": 0, "zoom_in": 1, "zoom_out": 1}
    for name, value in still.items():
        assert 0 < abs(light[name] - value) < abs(full[name] - value)
    rest = full.keys() - still.keys() - {"smallest"}
    assert all(light[name] == full[name] / 4 for name in rest)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_faces_stay_on_their_device(textured: Tensor) -> None:
    on_cpu = augment(textured, Augmentation(), generator())
    on_card = augment(textured.cuda(), Augmentation(), generator())
    assert on_card.device.type == "cuda"
    assert (on_card.cpu() - on_cpu).abs().mean() < 0.01
