"""Views of a face for test-time augmentation: what each keeps and loses."""

import torch
from torch import Tensor

from age_model.model.tta import View, candidate_views, views_from_list, views_to_list

SIDE = 32


def faces() -> Tensor:
    return torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def test_a_plain_look_is_the_face() -> None:
    assert torch.equal(View(SIDE).of(faces()), faces())


def test_detail_finer_than_the_face_has_changes_nothing() -> None:
    assert torch.equal(View(2 * SIDE).of(faces()), faces())


def test_a_mirror_image_changes_left_and_right() -> None:
    mirrored = View(SIDE, mirrored=True).of(faces())
    assert torch.equal(mirrored[..., 3], faces()[..., SIDE - 4])


def test_fine_detail_is_lost_and_coarse_kept() -> None:
    board = (torch.arange(SIDE) + torch.arange(SIDE)[:, None]) % 2
    fine = board.float().expand(1, 3, SIDE, SIDE)
    coarse = torch.linspace(0, 1, SIDE).expand(1, 3, SIDE, SIDE)
    view = View(SIDE // 2)
    assert view.of(fine).shape == fine.shape and view.of(fine).std() < 0.1 * fine.std()
    assert torch.allclose(view.of(coarse)[..., 2:-2], coarse[..., 2:-2], atol=0.01)


def test_a_model_may_look_at_the_mirror_image_with_less_detail() -> None:
    whole, less = candidate_views(160)
    assert whole == (View(160), View(160, mirrored=True))
    assert less == (View(160), View(64, mirrored=True))


def test_looks_are_read_as_they_were_written() -> None:
    for views in candidate_views(160):
        assert views_from_list(views_to_list(views)) == views


def test_the_networks_of_an_ensemble_share_the_views_out() -> None:
    for views in candidate_views(160, 2):
        assert [view.network for view in views] == [0, 1]
        assert views[0].mirrored != views[1].mirrored
        assert views_from_list(views_to_list(views)) == views
    assert [view.mirrored for view in candidate_views(160, 3)[0]] == [False, True, False]
