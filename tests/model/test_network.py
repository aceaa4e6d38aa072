"""Decoding against numbers worked out by hand, and the network's shapes."""

import pytest
import torch
import torchvision
from torch import Tensor, nn

from age_model.ages import AGE_BINS
from age_model.model.distributions import (
    DECODINGS,
    age_quantile,
    decode_age,
    expected_age,
    gaussian_bins,
    normal_bins,
    probability_under,
)
from age_model.model.network import ARCHITECTURES, AgeNetwork, Normalisation, fold_batch_norms


def masses(bins: dict[int, float]) -> Tensor:
    """Return a distribution, shape (AGE_BINS,), with these masses at these ages."""
    distribution = torch.zeros(AGE_BINS, dtype=torch.float64)
    for age, mass in bins.items():
        distribution[age] = mass
    return distribution


def test_there_is_a_bin_for_each_year_from_0_to_116() -> None:
    assert AGE_BINS == 117


@pytest.mark.parametrize(
    ("bins", "age"),
    [({20: 0.5, 30: 0.5}, 25.0), ({0: 1.0}, 0.0), ({116: 1.0}, 116.0), ({10: 0.9, 50: 0.1}, 14.0)],
)
def test_expectation_is_the_mean_age(bins: dict[int, float], age: float) -> None:
    assert expected_age(masses(bins)).item() == pytest.approx(age)


@pytest.mark.parametrize(
    ("bins", "level", "age"),
    [
        ({30: 1.0}, 0.5, 30.0),  # the middle of the bin from 29.5 to 30.5
        ({30: 1.0}, 0.05, 29.55),
        ({30: 1.0}, 0.95, 30.45),
        ({20: 0.5, 21: 0.5}, 0.5, 20.5),  # the border between the bins
        ({20: 0.25, 30: 0.75}, 0.5, 29.5 + 1 / 3),
        ({20: 0.25, 30: 0.75}, 0.125, 20.0),
        ({0: 1.0}, 0.5, 0.0),
        ({0: 1.0}, 0.05, 0.0),  # not -0.45: nobody is younger than 0
        ({0: 1.0}, 0.95, 0.45),
        ({116: 1.0}, 0.5, 116.0),
        ({116: 1.0}, 0.95, 116.45),
        ({0: 0.5, 116: 0.5}, 0.25, 0.0),
        ({0: 0.5, 116: 0.5}, 0.75, 116.0),
    ],
)
def test_quantiles_are_interpolated_inside_a_bin(
    bins: dict[int, float], level: float, age: float
) -> None:
    assert age_quantile(masses(bins), level).item() == pytest.approx(age)


def test_a_quantile_above_a_sum_that_rounding_left_short_of_1_is_the_upper_end() -> None:
    short = masses({116: 0.94})
    assert age_quantile(short, 0.95).item() == pytest.approx(116.5)


def test_decoding_keeps_the_leading_dimensions() -> None:
    distributions = torch.stack([masses({20: 1.0}), masses({40: 0.2, 60: 0.8})]).expand(3, 2, -1)
    assert decode_age(distributions, "expectation").tolist() == [[20.0, pytest.approx(56.0)]] * 3
    assert decode_age(distributions, "median").tolist() == [[20.0, pytest.approx(59.875)]] * 3
    assert probability_under(distributions, 60).tolist() == [[1.0, pytest.approx(0.2)]] * 3


def test_an_unknown_decoding_is_refused() -> None:
    with pytest.raises(ValueError, match="mode"):
        decode_age(masses({20: 1.0}), "mode")  # type: ignore[arg-type]
    assert DECODINGS == ("expectation", "median")


def test_probability_under_counts_whole_years() -> None:
    distribution = masses({17: 0.1, 18: 0.2, 24: 0.3, 25: 0.4})
    assert probability_under(distribution, 18).item() == pytest.approx(0.1)
    assert probability_under(distribution, 25).item() == pytest.approx(0.6)
    assert probability_under(distribution, 0).item() == 0


def test_gaussian_bins_have_the_ratios_of_the_density() -> None:
    ages = torch.tensor([30.0, 0.0, 116.0, 40.25], dtype=torch.float64)
    bins = gaussian_bins(ages, 2.0)
    assert bins.shape == (4, AGE_BINS)
    assert torch.allclose(bins.sum(-1), torch.ones(4, dtype=torch.float64))
    # exp(-0.5 * (2 / 2) ** 2) = 0.6065307 two years off, exp(-2) = 0.1353353 four years off
    assert (bins[0, [28, 32, 34]] / bins[0, 30]).tolist() == pytest.approx(
        [0.6065307, 0.6065307, 0.1353353]
    )
    assert bins[1].argmax() == 0 and bins[2].argmax() == 116
    assert expected_age(bins[3]).item() == pytest.approx(40.25, abs=1e-6)


def test_gaussian_bins_take_a_width_for_each_age() -> None:
    ages = torch.tensor([30.0, 60.0])
    both = gaussian_bins(ages, torch.tensor([1.0, 4.0]))
    assert torch.equal(both[0], gaussian_bins(ages[:1], 1.0)[0])
    assert torch.equal(both[1], gaussian_bins(ages[1:], 4.0)[0])


def test_normal_bins_hold_the_mass_of_their_year() -> None:
    bins = normal_bins(torch.tensor([30.0], dtype=torch.float64), 2.0)[0]
    assert bins[30].item() == pytest.approx(0.1974127)  # P(|z| < 0.25)
    assert bins[31].item() == pytest.approx(0.1746663)  # P(0.25 < z < 0.75)
    assert bins[:26].sum().item() == pytest.approx(0.0122245, abs=1e-6)  # P(z < -2.25)


@pytest.mark.parametrize(
    ("age", "off"), [(0.0, 0.5), (1.3, 0.02), (40.6, 0.02), (115.0, 0.02), (116.0, 0.5)]
)
def test_the_median_of_normal_bins_is_their_age_even_near_the_ends(age: float, off: float) -> None:
    bins = normal_bins(torch.tensor([age]), 6.0)
    assert bins.sum().item() == pytest.approx(1.0)
    assert age_quantile(bins, 0.5).item() == pytest.approx(age, abs=off)


def test_normal_bins_beyond_the_ends_fill_the_end_bins() -> None:
    bins = normal_bins(torch.tensor([-50.0, 200.0]), 1.0)
    assert bins[0, 0] == 1 and bins[1, 116] == 1


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_architecture_gives_a_logit_a_year(architecture: str) -> None:
    network = AgeNetwork(architecture).eval()
    with torch.inference_mode():
        assert network(torch.rand(2, 3, 32, 32)).shape == (2, AGE_BINS)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_folded_batch_norms_change_nothing(architecture: str) -> None:
    torch.manual_seed(0)
    network = AgeNetwork(architecture).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for name in ("running_var", "weight"):
                getattr(module, name).data.uniform_(0.5, 1.5)
            for name in ("running_mean", "bias"):
                getattr(module, name).data.normal_(0, 0.1)
    folded = fold_batch_norms(network)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    images = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        before, after = network(images), folded(images)
    assert ((after - before).abs().max() / before.abs().max()).item() < 1e-5
    assert before.std() > 0.01
    names = [name for name, _ in network.named_modules() if name.endswith("bn1")]
    assert names and isinstance(network.get_submodule(names[0]), nn.BatchNorm2d)  # a copy


def test_the_last_layer_is_found_in_networks_of_other_kinds() -> None:
    network = AgeNetwork("resnet18")
    assert network.last_layer is network.resnet.fc
    network.resnet = torchvision.models.mobilenet_v3_small(num_classes=AGE_BINS)
    assert network.last_layer.out_features == AGE_BINS


def test_a_regression_head_gives_ages_of_adults_before_training() -> None:
    torch.manual_seed(0)
    ages = AgeNetwork("resnet18", "regression").eval()(torch.rand(4, 3, 32, 32))
    assert ages.shape == (4,)
    assert ((ages > 10) & (ages < 60)).all()


def test_pixels_are_normalised_inside_the_network() -> None:
    network = AgeNetwork(normalisation=Normalisation((0.1, 0.2, 0.3), (0.5, 0.25, 0.125)))
    network.resnet = nn.Identity()
    pixel = network(torch.tensor([0.6, 0.7, 0.05]).view(1, 3, 1, 1)).flatten()
    assert pixel.tolist() == pytest.approx([1.0, 2.0, -2.0])


def test_the_normalisation_is_no_tensor_of_the_saved_weights() -> None:
    assert all(name.startswith("resnet.") for name in AgeNetwork().state_dict())


def test_unknown_networks_and_heads_are_refused() -> None:
    with pytest.raises(ValueError, match=r"vgg16.*resnet18"):
        AgeNetwork("vgg16")
    with pytest.raises(ValueError, match=r"ordinal.*distribution"):
        AgeNetwork("resnet18", "ordinal")  # type: ignore[arg-type]
