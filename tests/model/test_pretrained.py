"""Starting weights: what is taken, what is not, and what is refused."""

import pickle
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import Tensor

from age_model.ages import AGE_BINS
from age_model.model.network import AgeNetwork
from age_model.model.pretrained import InitialWeightsError, load_initial_weights

Save = Callable[[dict[str, Tensor], Path], None]


@pytest.fixture
def network() -> AgeNetwork:
    torch.manual_seed(0)
    return AgeNetwork()


def imagenet_like() -> dict[str, Tensor]:
    """Return an ImageNet network's state dict, with its 1000 classes, of random numbers."""
    torch.manual_seed(1)
    return dict(torchvision.models.resnet18(num_classes=1000).state_dict())


@pytest.mark.parametrize(
    ("name", "save"), [("part.safetensors", save_file), ("part.pt", torch.save)]
)
def test_matching_tensors_are_loaded_and_the_rest_is_reported(
    network: AgeNetwork, tmp_path: Path, name: str, save: Save
) -> None:
    whole = imagenet_like()
    part = {k: v for k, v in whole.items() if not k.startswith("layer4.")}
    part = {k: v for k, v in part.items() if not k.endswith("num_batches_tracked")}
    part["extra.weight"] = torch.zeros(3)
    save(part, tmp_path / name)
    before = {k: v.clone() for k, v in network.resnet.state_dict().items()}

    result = load_initial_weights(network, str(tmp_path / name))

    after = network.resnet.state_dict()
    assert torch.equal(after["conv1.weight"], whole["conv1.weight"])
    assert set(result.loaded) == set(part) - {"fc.weight", "fc.bias", "extra.weight"}
    assert all(torch.equal(after[k], whole[k]) for k in result.loaded)
    before["layer4.1.bn2.weight"].zero_()  # the block without any weights passes its input on
    assert all(torch.equal(after[k], before[k]) for k in after if k not in result.loaded)
    assert set(result.unused) == {"fc.weight", "fc.bias", "extra.weight"}  # 1000 classes, not 117
    assert {"fc.weight", "fc.bias", "layer4.0.conv1.weight"} <= set(result.missing)
    assert not any(k.startswith(("conv1", "layer1")) for k in result.missing)
    report = str(result)
    assert report.startswith(f"{len(result.loaded)} tensors from {name}; random: fc, layer4.0.bn1")
    assert report.endswith("not used: extra.weight, fc.bias, fc.weight")


def test_a_complete_file_leaves_nothing_to_report(network: AgeNetwork, tmp_path: Path) -> None:
    torch.save(AgeNetwork().resnet.state_dict(), tmp_path / "all.pt")
    result = load_initial_weights(network, str(tmp_path / "all.pt"))
    assert result.missing == result.unused == ()
    assert str(result) == f"{len(result.loaded)} tensors from all.pt"


def test_a_model_of_this_program_is_a_start_too(network: AgeNetwork, tmp_path: Path) -> None:
    trained = AgeNetwork()
    save_file({k: v.half() for k, v in trained.state_dict().items()}, tmp_path / "m.safetensors")
    result = load_initial_weights(network, str(tmp_path / "m.safetensors"))
    assert result.missing == result.unused == ()
    assert torch.allclose(network.resnet.fc.weight, trained.resnet.fc.weight, atol=1e-3)  # type: ignore[union-attr, arg-type]


def test_a_deeper_network_starts_where_a_shallower_one_stopped(tmp_path: Path) -> None:
    torch.manual_seed(2)
    shallow, deep = AgeNetwork("resnet18").eval(), AgeNetwork("resnet34").eval()
    save_file(dict(shallow.state_dict()), tmp_path / "18.safetensors")
    load_initial_weights(deep, str(tmp_path / "18.safetensors"))
    faces = torch.rand(2, 3, 64, 64)
    assert torch.allclose(deep(faces), shallow(faces), atol=1e-5)
    assert deep.state_dict()["resnet.layer1.2.conv1.weight"].abs().sum() > 0  # it can learn


def test_none_changes_nothing(network: AgeNetwork) -> None:
    before = {k: v.clone() for k, v in network.state_dict().items()}
    result = load_initial_weights(network, "none")
    assert all(torch.equal(v, before[k]) for k, v in network.state_dict().items())
    assert result.loaded == ()
    assert str(result) == "random weights"


def test_weights_of_another_network_are_refused(network: AgeNetwork, tmp_path: Path) -> None:
    torch.save({"encoder.weight": torch.zeros(2), "conv1.weight": torch.zeros(1)}, tmp_path / "x")
    with pytest.raises(InitialWeightsError, match=r"No tensor in .* resnet18"):
        load_initial_weights(network, str(tmp_path / "x"))


@pytest.mark.parametrize("name", ["gone.pt", "gone.safetensors"])
def test_a_missing_file_is_named(network: AgeNetwork, tmp_path: Path, name: str) -> None:
    with pytest.raises(InitialWeightsError, match=f"There is no file .*{name}"):
        load_initial_weights(network, str(tmp_path / name))


@pytest.mark.parametrize("name", ["x.pt", "x.safetensors"])
@pytest.mark.parametrize("content", [b"", b"garbage" * 100])
def test_garbage_is_refused(network: AgeNetwork, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InitialWeightsError, match=f"{name} is not a file of plain weights"):
        load_initial_weights(network, str(tmp_path / name))


def test_a_folder_is_refused(network: AgeNetwork, tmp_path: Path) -> None:
    with pytest.raises(InitialWeightsError, match="cannot be read: Is a directory"):
        load_initial_weights(network, str(tmp_path))


def test_a_file_of_one_nameless_tensor_is_refused(network: AgeNetwork, tmp_path: Path) -> None:
    torch.save(torch.zeros(AGE_BINS), tmp_path / "x.pt")
    with pytest.raises(InitialWeightsError, match="holds no named tensors"):
        load_initial_weights(network, str(tmp_path / "x.pt"))


class Harmful:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("as_torch", [True, False])
def test_code_in_a_file_is_never_run(network: AgeNetwork, tmp_path: Path, as_torch: bool) -> None:
    state = {"conv1.weight": torch.zeros(64, 3, 7, 7), "bad": Harmful(tmp_path / "harm")}
    with (tmp_path / "x.pt").open("wb") as file:
        torch.save(state, file) if as_torch else pickle.dump(state, file)
    with pytest.raises(InitialWeightsError, match="is not a file of plain weights") as caught:
        load_initial_weights(network, str(tmp_path / "x.pt"))
    assert not (tmp_path / "harm").exists()
    assert "weights_only" not in str(caught.value)  # torch's text explains how to run it anyway


@pytest.mark.parametrize(
    "error", [URLError("no route to host"), TimeoutError("timed out"), RuntimeError("bad hash")]
)
def test_a_failed_download_says_what_to_do(
    network: AgeNetwork, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(torchvision.models._api, "load_state_dict_from_url", fail)
    with pytest.raises(InitialWeightsError, match=r"could not be downloaded .*--init FILE"):
        load_initial_weights(network, "imagenet")


def test_imagenet_weights_are_those_of_the_same_architecture(
    network: AgeNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = []

    def download(url: str, *args: object, **options: object) -> dict[str, Tensor]:
        urls.append(url)
        return imagenet_like()

    monkeypatch.setattr(torchvision.models._api, "load_state_dict_from_url", download)
    result = load_initial_weights(network, "imagenet")
    assert "resnet18" in urls[0]
    assert set(result.unused) == set(result.missing) == {"fc.weight", "fc.bias"}
    assert torch.equal(network.resnet.state_dict()["conv1.weight"], imagenet_like()["conv1.weight"])
    assert "tensors from imagenet; random: fc;" in str(result)
