"""Looks at a face: what each of them keeps and loses."""

import torch
from torch import Tensor

from age_model.looks import (
    Look,
    candidate_looks,
    describe_looks,
    looks_from_list,
    looks_to_list,
)

SIDE = 32


def faces() -> Tensor:
    return torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def test_a_plain_look_is_the_face() -> None:
    assert torch.equal(Look(SIDE).of(faces()), faces())


def test_detail_finer_than_the_face_has_changes_nothing() -> None:
    assert torch.equal(Look(2 * SIDE).of(faces()), faces())


def test_a_mirror_image_changes_left_and_right() -> None:
    mirrored = Look(SIDE, mirrored=True).of(faces())
    assert torch.equal(mirrored[..., 3], faces()[..., SIDE - 4])


def test_a_grey_look_has_the_brightness_and_no_colour() -> None:
    red, green, blue = Look(SIDE, grey=True).of(faces()).unbind(1)
    weights = torch.tensor([0.2989, 0.587, 0.114])  # of ITU-R BT.601
    assert torch.equal(red, green) and torch.equal(green, blue)
    assert torch.allclose(red, torch.einsum("bchw,c->bhw", faces(), weights), atol=1e-3)


def test_fine_detail_is_lost_and_coarse_kept() -> None:
    board = (torch.arange(SIDE) + torch.arange(SIDE)[:, None]) % 2
    fine = board.float().expand(1, 3, SIDE, SIDE)
    coarse = torch.linspace(0, 1, SIDE).expand(1, 3, SIDE, SIDE)
    look = Look(SIDE // 2)
    assert look.of(fine).shape == fine.shape and look.of(fine).std() < 0.1 * fine.std()
    assert torch.allclose(look.of(coarse)[..., 2:-2], coarse[..., 2:-2], atol=0.01)


def test_one_of_two_ways_to_look_never_sees_colour_and_detail_together() -> None:
    whole, parted = candidate_looks(160)
    assert whole == (Look(160), Look(160, mirrored=True))
    assert [look.mirrored for look in parted] == [False, True]
    assert all(look.detail < 160 or look.grey for look in parted)


def test_looks_are_read_as_they_were_written() -> None:
    for looks in candidate_looks(160):
        assert looks_from_list(looks_to_list(looks)) == looks


def test_looks_in_words() -> None:
    looks = Look(160, grey=True), Look(80, mirrored=True)
    assert describe_looks(looks, 160) == (
        "the face itself, in grey; mirror image, no detail finer than at 80 px"
    )
