"""The saved model: the same predictions after a round trip, and clear refusals."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from age_model.ages import AGE_BINS
from age_model.evaluation.calibration import uncalibrated
from age_model.model.age_model import AgeModel, as_batch
from age_model.model.card import REQUIRED, ModelError
from age_model.model.json_files import write_json
from age_model.model.network import AgeNetwork, Head, Normalisation
from age_model.model.saved_model import load_model, network_as_saved, save_model
from age_model.model.tta import View, views_to_list
from age_model.vision.alignment import TEMPLATE
from tests.support.synthetic import SPEC, VIEWS, face, use_tiny_network


def card(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    entries: dict[str, Any] = {
        "face": SPEC.to_dict(),
        "looks": VIEWS,
        "decoding": "median",
        **uncalibrated(regression_sigma=5.0),
        "calibrated": True,
        "licence": "none",
        "training": [{}],
        **{entry: {} for entry in ("data", "versions", "metrics")},
    }
    return entries | changes


ODD_QUANTILES = {"quantiles": [0.95, 0.05], "edges": [], "corrections": [0.1]}
BROKEN_BANDS = {"quantiles": [0.05, 0.95], "edges": [30], "corrections": [0.1]}


@pytest.fixture(scope="module")
def network() -> AgeNetwork:
    torch.manual_seed(0)
    normalisation = Normalisation((0.4, 0.5, 0.6), (0.3, 0.2, 0.25))
    network = AgeNetwork("resnet18", normalisation=normalisation)
    network(torch.rand(8, 3, 32, 32))  # sets the running means, which are saved too
    return network.eval()


@pytest.fixture(scope="module")
def saved_once(network: AgeNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "model"
    save_model(folder, [network], card())
    return folder


@pytest.fixture
def saved(saved_once: Path, tmp_path: Path) -> Path:
    """A saved model to change."""
    return shutil.copytree(saved_once, tmp_path / "model")


@pytest.fixture(scope="module")
def tiny_saved_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny") / "model"
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_tiny_network(monkeypatch)
        save_model(folder, [AgeNetwork().eval()], card())
    return folder


@pytest.fixture
def tiny_saved(tiny_saved_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A saved model to change, of a network that is read in no time."""
    use_tiny_network(monkeypatch)
    return shutil.copytree(tiny_saved_once, tmp_path / "model")


@pytest.fixture
def faces() -> Tensor:
    return as_batch([face(age) for age in (10, 40, 70)])


def edit_card(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    change(content)
    (folder / "model.json").write_text(json.dumps(content), encoding="utf-8")


def test_a_round_trip_keeps_the_predictions(
    saved: Path, network: AgeNetwork, faces: Tensor
) -> None:
    loaded = load_model(saved)
    before = AgeModel([network], card()).distributions(faces)
    after = loaded.distributions(faces)
    assert torch.allclose(after, before, atol=1e-3)  # few bits
    assert loaded.networks[0].normalisation == network.normalisation
    assert loaded.spec == SPEC and loaded.decoding == "median"
    # Once in few bits, nothing is lost any more.
    save_model(saved, loaded.networks, card())
    assert torch.allclose(load_model(saved).distributions(faces), after, atol=1e-6)


def test_distributions_are_averaged_over_the_mirror_image(
    network: AgeNetwork, faces: Tensor
) -> None:
    noisy = torch.randint(0, 256, faces.shape, dtype=torch.uint8)
    distributions = AgeModel([network], card()).distributions(noisy)
    with torch.inference_mode():
        plain, mirrored = (network(x.float() / 255).softmax(-1) for x in (noisy, noisy.flip(-1)))
    assert distributions.shape == (3, AGE_BINS) and distributions.dtype == torch.float32
    assert torch.allclose(distributions, (plain + mirrored) / 2, atol=1e-5)
    assert not torch.allclose(plain, mirrored, atol=1e-4)


def test_the_answers_to_all_looks_are_averaged(network: AgeNetwork) -> None:
    noisy = torch.randint(0, 256, (3, 3, 64, 64), dtype=torch.uint8)
    chosen = View(64), View(24, mirrored=True), View(32)
    model = AgeModel([network], card() | {"looks": views_to_list(chosen)})
    with torch.inference_mode():
        views = [network(view.of(noisy.float() / 255)).softmax(-1) for view in chosen]
    assert torch.allclose(model.distributions(noisy), torch.stack(views).mean(0), atol=1e-5)


def test_a_network_is_run_on_its_own_view(network: AgeNetwork) -> None:
    noisy = torch.randint(0, 256, (3, 3, 64, 64), dtype=torch.uint8)
    torch.manual_seed(5)
    other = AgeNetwork().eval()
    views = View(64, network=1), View(24, mirrored=True, network=0)
    model = AgeModel([network, other], card() | {"looks": views_to_list(views)})
    with torch.inference_mode():
        plain, coarse = (view.of(noisy.float() / 255) for view in views)
        mean = (network(coarse).softmax(-1) + other(plain).softmax(-1)) / 2
    assert torch.allclose(model.distributions(noisy), mean, atol=1e-5)
    with pytest.raises(ValueError, match="needs a view"):
        AgeModel([network], card() | {"looks": views_to_list(views)})


def test_half_precision_hardly_moves_the_distributions(
    network: AgeNetwork, faces: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = AgeModel([network], card()).distributions(faces)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    half = AgeModel([network], card()).distributions(faces)
    assert half.dtype == torch.float32 and not torch.equal(half, full)
    assert torch.allclose(half, full, atol=2e-3)


def test_the_weights_are_small_and_the_card_can_be_read(saved: Path) -> None:
    assert (saved / "model.safetensors").stat().st_size < 12_500_000
    content = json.loads((saved / "model.json").read_text(encoding="utf-8"))
    assert set(content) == {*REQUIRED, "calibrated", "weights"}
    assert content["architecture"] == "resnet18" and content["head"] == "distribution"
    assert content["age_bins"] == 117 and content["face"]["size"] == 32
    assert content["normalisation"] == {"mean": [0.4, 0.5, 0.6], "std": [0.3, 0.2, 0.25]}


def test_as_batch_keeps_the_pixels() -> None:
    batch = as_batch([face(10), face(70)])
    assert batch.shape == (2, 3, 32, 32) and batch.dtype == torch.uint8
    assert tuple(batch[1, :, 28, 5].tolist()) == face(70).getpixel((5, 28))


class Fixed(nn.Module):
    """A fake network: returns `outputs[i]` for face i, in every view."""

    def __init__(self, outputs: Tensor, head: Head) -> None:
        super().__init__()
        self.outputs, self.head = outputs, head

    def forward(self, images: Tensor) -> Tensor:
        return torch.cat([self.outputs] * len(VIEWS))


def fixed_model(outputs: Tensor, head: Head = "distribution", **entries: object) -> AgeModel:
    return AgeModel([Fixed(outputs, head)], card(**entries))  # type: ignore[list-item]


def test_ages_and_intervals_by_hand() -> None:
    masses = torch.zeros(2, AGE_BINS)
    masses[0, 30] = 1
    masses[1, [20, 60]] = 0.5
    model = fixed_model(masses.log())
    distributions = model.distributions(torch.zeros(2, 3, 32, 32, dtype=torch.uint8))
    low, high = model.intervals(distributions)
    assert torch.allclose(distributions, masses)
    assert model.ages(distributions).tolist() == pytest.approx([30.0, 20.5])
    assert low.tolist() == pytest.approx([29.55, 19.6])
    assert high.tolist() == pytest.approx([30.45, 60.4])
    assert fixed_model(masses, decoding="expectation").ages(distributions)[1] == 40


def test_the_interval_holds_the_estimate_of_a_lopsided_distribution() -> None:
    masses = torch.zeros(2, AGE_BINS)
    masses[0, [20, 100]] = torch.tensor([0.96, 0.04])  # mean 23.2, 95 % below 20.5
    masses[1, [80, 0]] = torch.tensor([0.96, 0.04])
    model = fixed_model(masses.log(), decoding="expectation")
    low, high = model.intervals(masses)
    assert high[0].item() == pytest.approx(23.2) and low[0] < 20
    assert low[1].item() == pytest.approx(76.8) and high[1] > 80


def test_intervals_are_corrected_by_band_and_level() -> None:
    masses = torch.zeros(3, AGE_BINS)
    masses[[0, 1, 2], [10, 30, 115]] = 1  # 90 % quantiles 0.9 years apart, 80 % 0.8
    entry = {"quantiles": [0.05, 0.95], "edges": [20, 50], "corrections": [1.0, -0.25, 3.0]}
    interval = uncalibrated()["interval"] | {"90": entry}
    model = fixed_model(masses.log(), interval=interval)
    low, high = model.intervals(masses)
    assert low.tolist() == pytest.approx([8.65, 29.775, 111.85])
    assert high.tolist() == pytest.approx([11.35, 30.225, 116])  # nobody is older
    low, high = model.intervals(masses, 0.8)
    assert (high - low).tolist() == pytest.approx([0.8] * 3, abs=1e-4)
    with pytest.raises(KeyError):
        model.intervals(masses, 0.5)


def test_probabilities_are_calibrated() -> None:
    masses = torch.zeros(2, AGE_BINS)
    masses[0, [10, 20, 40]] = torch.tensor([0.2, 0.3, 0.5])  # logits of 0.2 and 0.5
    masses[1, 60] = 1
    model = fixed_model(masses, probabilities={"18": [2.0, 0.0], "25": [1.0, 1.0]})
    # The odds 1 : 4 are squared; the odds 1 : 1 are times e.
    assert model.probability_under(masses, 18)[0].item() == pytest.approx(1 / 17)
    assert model.probability_under(masses, 25)[0].item() == pytest.approx(1 / (1 + math.exp(-1)))
    assert 0 < model.probability_under(masses, 18)[1] < 1e-6
    with pytest.raises(ValueError, match="not in tuple"):
        model.probability_under(masses, 21)


def test_being_under_25_is_never_less_probable_than_under_18() -> None:
    masses = torch.eye(AGE_BINS)
    model = fixed_model(masses, probabilities={"18": [0.5, 1.0], "25": [1.0, -3.0]})
    minor, young = (model.probability_under(masses, age) for age in (18, 25))
    assert (minor <= young).all()
    assert (minor < young).any()


def test_a_regression_gets_a_normal_distribution_of_the_measured_width() -> None:
    ages = torch.tensor([2.0, 40.3, 110.0])
    model = fixed_model(ages, "regression")
    distributions = model.distributions(torch.zeros(3, 3, 32, 32, dtype=torch.uint8))
    assert torch.allclose(distributions.sum(1), torch.ones(3))
    # Near the ends too, where the mean of what is left of the bell would be off by years.
    assert model.ages(distributions).tolist() == pytest.approx(ages.tolist(), abs=0.05)
    low, high = model.intervals(distributions)
    assert high[1].item() - low[1].item() == pytest.approx(2 * 1.645 * 5.0, abs=0.2)


@pytest.mark.parametrize("key", REQUIRED)
def test_a_card_without_an_entry_is_refused(tiny_saved: Path, key: str) -> None:
    edit_card(tiny_saved, lambda content: content.pop(key))
    with pytest.raises(ModelError, match=rf"model\.json lacks {key};"):
        load_model(tiny_saved)


def test_saving_without_an_entry_is_refused_before_anything_is_written(
    network: AgeNetwork, tmp_path: Path
) -> None:
    incomplete = card()
    del incomplete["licence"]
    with pytest.raises(ModelError, match="lacks licence"):
        save_model(tmp_path / "model", [network], incomplete)
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_a_missing_file_is_named(tiny_saved: Path, name: str) -> None:
    (tiny_saved / name).unlink()
    with pytest.raises(ModelError, match=f"no complete model in .*: {name} is missing"):
        load_model(tiny_saved)


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_a_broken_file_is_refused(tiny_saved: Path, name: str) -> None:
    (tiny_saved / name).write_bytes((tiny_saved / name).read_bytes()[:100])
    with pytest.raises(ModelError, match=r"cannot be read|do not fit"):
        load_model(tiny_saved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 3}, r"is of format 3 .* reads format 4"),
        ({"age_bins": 101}, r"with 101 age bins; .* with 117"),
        ({"architecture": "vgg16"}, "unusable entry: Unknown network 'vgg16'"),
        ({"head": "ordinal"}, "unusable entry: Unknown head 'ordinal'"),
        ({"training": []}, "unusable entry: a model of 0 networks"),
        ({"training": 1}, "unusable entry"),
        ({"looks": []}, "unusable entry: a model needs at least one view"),
        ({"looks": [{}]}, "unusable entry: .*missing.*'detail'"),
        ({"looks": [{"detail": 0}]}, "unusable entry: a view of 0 pixels"),
        ({"decoding": "mode"}, "unusable entry: Unknown decoding 'mode'"),
        ({"interval": {}}, "unusable entry: 'regression_sigma'"),
        ({"interval": {"regression_sigma": 1}}, "unusable entry: '80'"),
        ({"interval": card()["interval"] | {"90": BROKEN_BANDS}}, "unusable entry: 1 edges make 2"),
        ({"probabilities": {"18": [1, 0]}}, "unusable entry: '25'"),
        ({"probabilities": {"18": [1], "25": [1, 0]}}, "unusable entry: not enough values"),
        ({"normalisation": {"mean": [0, 0, 0]}}, "unusable entry: 'std'"),
        ({"face": {"size": 4, "template": []}}, "unusable entry"),
        ({"face": None}, "unusable entry"),
        ({"training": [{}] * 10_000}, "unusable entry: a model of 10000 networks"),
        ({"training": [5]}, "unusable entry: an entry of training is no dict"),
        ({"weights": 5}, "unusable entry: .*int"),
        ({"weights": []}, "unusable entry: 0 weights of 1 networks"),
        ({"weights": {"a": 1}}, "do not fit"),
        ({"weights": [5]}, "unusable entry: weights are no digests"),
        ({"weights": ["0" * 64] * 2}, "unusable entry: 2 weights of 1 networks"),
        ({"face": {"size": 10**9, "template": TEMPLATE}}, "unusable entry: A face crop of 10{9}"),
        ({"face": {"size": 1e999, "template": TEMPLATE}}, "cannot be read: Infinity is no number"),
        ({"face": {"size": 32, "template": [[math.nan, 0]] * 5}}, "read: NaN is no number"),
        ({"face": {"size": 32, "template": [[1e308, 0]] * 5}}, "do not lie as those of a face"),
        ({"face": {"size": 32, "template": [[0.5, 0.5]] * 5}}, "do not lie as those of a face"),
        ({"looks": [{"detail": 20.5}]}, r"unusable entry: a view of 20\.5 pixels"),
        ({"looks": [{"detail": 20, "mirrored": "no"}]}, "unusable entry: a view that is mirrored"),
        ({"looks": [{"detail": 20}] * 1000}, "unusable entry: 1000 views"),
        ({"looks": [{"detail": 20, "network": -1}]}, "unusable entry: a view of network -1"),
        ({"looks": [{"detail": 20, "network": 0.0}]}, r"unusable entry: a view of network 0\.0"),
        ({"looks": [{"detail": 20, "network": False}]}, "unusable entry: a view of network False"),
        ({"looks": [{"detail": 20, "network": [0]}]}, r"unusable entry: a view of network \[0\]"),
        ({"looks": [{"detail": 20, "network": 1}]}, "unusable entry: Each network needs a view"),
        ({"looks": [*VIEWS, {"detail": 20, "network": 1}]}, "unusable entry: .* view its network"),
        ({"prior_ratio": 0}, "unusable entry: 0 is no number"),
        ({"prior_ages": [35, 13]}, "unusable entry: 13"),
        ({"prior_ages": [13]}, "unusable entry: not enough values"),
        ({"prior_ages": None}, "unusable entry: .*NoneType"),
        ({"prior_ratio": -1.5}, r"unusable entry: -1\.5 is no number"),
        ({"prior_ratio": None}, "unusable entry: .*NoneType"),
        ({"prior_ratio": [1]}, "unusable entry: .*list"),
        ({"prior_ratio": "much"}, "unusable entry: could not convert"),
        ({"prior_ratio": 1e999}, "cannot be read: Infinity is no number"),
        ({"normalisation": {"mean": [0, 0, 0], "std": [1, 0, 1]}}, "unusable entry: std"),
        ({"normalisation": {"mean": ["x", 0, 0], "std": [1, 1, 1]}}, "unusable entry: could not"),
        ({"interval": card()["interval"] | {"regression_sigma": 0}}, "unusable entry: 0 is no num"),
        ({"interval": card()["interval"] | {"90": ODD_QUANTILES}}, "unusable entry: quantiles"),
        ({"probabilities": {"18": [int("9" * 400), 0], "25": [1, 0]}}, "unusable entry: int too"),
        ({"gate": []}, "unusable entry: gate is no dict"),
        ({"head": "regression"}, r"weights in .* do not fit its model\.json \(resnet18, regr"),
        ({"architecture": "resnet34"}, r"do not fit its model\.json \(resnet34"),
    ],
)
def test_a_changed_card_is_refused(tiny_saved: Path, change: dict[str, Any], message: str) -> None:
    edit_card(tiny_saved, lambda content: content.update(change))
    with pytest.raises(ModelError, match=message) as caught:
        load_model(tiny_saved)
    assert "\n" not in str(caught.value)


def test_a_card_nested_too_deeply_is_refused(tiny_saved: Path) -> None:
    for depth in (60, 100_000):
        nested = '{"a":' * depth + "1" + "}" * depth
        (tiny_saved / "model.json").write_text(nested, encoding="utf-8")
        with pytest.raises(ModelError, match="cannot be read: it is nested too deeply"):
            load_model(tiny_saved)


@pytest.mark.parametrize(
    "change",
    [
        {"resnet.fc.bias": torch.zeros(AGE_BINS, 2)},
        {"resnet.conv1.weight.scale": torch.ones(1, 1, 1, 1)},
        {"resnet.conv1.weight.scale": torch.ones(64, 1, 1, 100)},
        {"resnet.conv1.weight": torch.zeros(64, dtype=torch.int8)},
    ],
)
def test_weights_of_another_shape_are_refused(saved: Path, change: dict[str, Tensor]) -> None:
    save_file(load_file(saved / "model.safetensors") | change, saved / "model.safetensors")
    edit_card(saved, lambda content: content.pop("weights"))
    with pytest.raises(ModelError, match="do not fit") as caught:
        load_model(saved)
    assert "\n" not in str(caught.value)


def test_a_model_that_says_no_numbers_is_refused(saved: Path) -> None:
    whole = load_file(saved / "model.safetensors")
    for change in (
        {"resnet.fc.bias": torch.full((AGE_BINS,), math.nan)},
        {"resnet.bn1.running_var": torch.full((64,), -5.0)},
        {"resnet.conv1.weight.scale": torch.full((64, 1, 1, 1), 1e36)},
    ):
        save_file(whole | change, saved / "model.safetensors")
        edit_card(saved, lambda content: content.pop("weights", None))
        with pytest.raises(ModelError, match="gives no ages: its weights or"):
            load_model(saved)


def test_a_card_that_is_a_number_is_refused(saved: Path) -> None:
    (saved / "model.json").write_text("5", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be read: it holds no object"):
        load_model(saved)


@pytest.mark.parametrize("name", ["resnet.fc.bias", "resnet.conv1.weight.scale"])
def test_weights_with_a_tensor_missing_are_refused(saved: Path, name: str) -> None:
    content = load_file(saved / "model.safetensors")
    del content[name]
    save_file(content, saved / "model.safetensors")
    with pytest.raises(ModelError, match="do not fit"):
        load_model(saved)


def test_an_interrupted_save_keeps_the_old_weights(
    saved: Path, faces: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_model(saved).distributions(faces)

    def interrupted(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_model(saved, [AgeNetwork()], card())
    assert torch.equal(load_model(saved).distributions(faces), before)


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1), (2, 2)])
def test_whatever_interrupts_a_save_a_whole_model_is_left(
    tmp_path: Path,
    faces: Tensor,
    monkeypatch: pytest.MonkeyPatch,
    before: int,
    after: int,
) -> None:
    use_tiny_network(monkeypatch)
    networks = [AgeNetwork() for _ in range(before + after)]
    old, new = networks[:before], networks[before:]
    old_card, new_card = (card(training=[{}] * len(each)) for each in (old, new))

    def answers(of: list[AgeNetwork], entries: dict[str, Any]) -> Tensor:
        return AgeModel([network_as_saved(each) for each in of], entries).distributions(faces)

    answer_of = {"old": answers(old, old_card), "new": answers(new, new_card)}
    steps_left = 0

    def stopping(operation: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: object, **options: object) -> object:
            nonlocal steps_left
            steps_left -= 1
            if steps_left < 0:
                raise KeyboardInterrupt
            return operation(*arguments, **options)

        return step

    found = []
    for steps in range(20):
        folder = tmp_path / str(steps)
        save_model(folder, old, old_card)
        steps_left = steps
        with monkeypatch.context() as patched:
            for name in ("replace", "unlink", "write_text"):
                patched.setattr(Path, name, stopping(getattr(Path, name)))
            try:
                save_model(folder, new, new_card)
            except KeyboardInterrupt:
                finished = False
            else:
                finished = True
        left = load_model(folder).distributions(faces)
        found.append(next(name for name in answer_of if torch.equal(left, answer_of[name])))
        if finished:
            break
    assert finished and found[0] == "old" and found[-1] == "new"
    assert found == sorted(found, reverse=True)  # at one moment, the old one became the new one
    assert len(list(folder.iterdir())) == after + 1
    save_model(tmp_path / "0", new, new_card)  # nothing of an interrupted save is in the way
    assert torch.equal(load_model(tmp_path / "0").distributions(faces), answer_of["new"])


def test_weights_of_another_model_are_refused(saved: Path, network: AgeNetwork) -> None:
    save_model(saved.parent / "other", [AgeNetwork()], card())
    shutil.copy(saved.parent / "other" / "model.safetensors", saved)
    with pytest.raises(ModelError, match="do not fit its"):
        load_model(saved)


def test_a_model_of_before_there_were_digests_is_read(saved: Path, faces: Tensor) -> None:
    before = load_model(saved).distributions(faces)
    edit_card(saved, lambda content: content.pop("weights"))
    edit_card(saved, lambda content: content.pop("calibrated"))
    assert torch.equal(load_model(saved).distributions(faces), before)


def test_a_model_that_is_not_calibrated_is_refused(saved: Path, network: AgeNetwork) -> None:
    edit_card(saved, lambda content: content.update(calibrated=False))
    with pytest.raises(ModelError, match=r"model\.json is of a model that was not finished"):
        load_model(saved)
    with pytest.raises(ModelError, match="was not finished"):
        save_model(saved.parent / "new", [network], card(**uncalibrated()))
    assert not (saved.parent / "new").exists()


def test_a_network_as_saved_is_the_one_that_is_loaded(saved: Path, network: AgeNetwork) -> None:
    copy, loaded = network_as_saved(network), load_model(saved).networks[0]
    assert all(map(torch.equal, copy.state_dict().values(), loaded.state_dict().values()))
    assert copy.normalisation == network.normalisation


def test_json_that_cannot_be_written_keeps_the_old_file(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"licence": "Люди"})
    assert "Люди" in (tmp_path / "x.json").read_text(encoding="utf-8")
    with pytest.raises(TypeError):
        write_json(tmp_path / "x.json", {"licence": object()})
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == {"licence": "Люди"}
