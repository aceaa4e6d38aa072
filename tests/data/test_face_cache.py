"""Preparing labelled photos: what is stored, resumed, cached, reported and carried elsewhere."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageOps

from age_model.data import face_cache
from age_model.data.face_cache import build_face_set, detect_and_align, face_set_folder
from age_model.data.face_set import (
    FaceSet,
    FaceSetError,
    StoredFace,
    load_face_set,
    read_digests,
    read_jpegs,
    read_records,
    write_shard,
)
from age_model.data.labels import LabelledPhotos, read_labels
from age_model.data.problems import DatasetError, ProblemKind
from age_model.data.splits import picture_hash
from age_model.vision.alignment import FaceSpec
from age_model.vision.detector import Detector
from age_model.vision.faces import DetectedFace
from age_model.vision.photos import open_photo

SPEC = FaceSpec(32)
SHARD = 4  # photos; the eleven of `photo_folder` make three shards


class FakeDetector:
    """Finds one face on every picture that is not plain, and counts calls."""

    cache_key = "fake"
    photos = 0

    def __init__(self, score: float = 0.987654) -> None:
        self.score = score

    def detect(self, photos: Sequence[Image.Image]) -> list[list[DetectedFace]]:
        return [self._faces(photo) for photo in photos]

    def _faces(self, image: Image.Image) -> list[DetectedFace]:
        FakeDetector.photos += 1
        if image.getcolors(1) is not None:
            return []
        landmarks = np.array([[70, 80], [130, 80], [100, 110], [75, 140], [125, 140]], float)
        return [DetectedFace((50.04, 40.0, 150.0, 170.0), landmarks, self.score)]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the fake in MTCNN's place, and make small shards."""
    monkeypatch.setattr(face_cache, "default_detector", FakeDetector)
    monkeypatch.setattr(face_cache, "PHOTOS_PER_SHARD", SHARD)
    monkeypatch.setattr(FakeDetector, "photos", 0)


def prepared_in(cache: Path, photo_folder: Path, spec: FaceSpec = SPEC) -> tuple[Path, FaceSet]:
    """Prepare in this process; return the folder of the set, and the set."""
    labelled = read_labels(photo_folder)
    faces = build_face_set(labelled, spec, cache, workers=1)
    return face_set_folder(labelled, spec, cache), faces


def key(photo_folder: Path, spec: FaceSpec = SPEC) -> str:
    return face_set_folder(read_labels(photo_folder), spec, Path()).name


def kinds(prepared: FaceSet) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for problem in prepared.problems:
        names.setdefault(problem.kind, []).append(problem.file_name)
    return names


def copy_of(labelled: LabelledPhotos, **columns: object) -> LabelledPhotos:
    return LabelledPhotos(
        labelled.root, labelled.layout, labelled.table.assign(**columns), labelled.problems
    )


@pytest.mark.usefixtures("quick")
def test_each_row_has_the_face_of_its_own_photo(tmp_path: Path, photo_folder: Path) -> None:
    folder, prepared = prepared_in(tmp_path / "cache", photo_folder)
    names = ["0.jpg", "1.jpg", "plain.png", "copy.jpg", "2.jpg"]
    names += ["3.jpg", "4.jpg", "5.jpg", "6.jpg", "7.jpg"]  # broken.jpg, the second, is left out
    assert prepared.table["file_name"].tolist() == names
    assert len(prepared) == len(prepared.jpegs) == 10
    assert prepared.spec == SPEC
    assert len(list(folder.glob("shard-*.npz"))) == 3
    for row, jpeg in zip(prepared.table.itertuples(), prepared.jpegs, strict=True):
        path = photo_folder / row.path
        assert row.content_hash == picture_hash(open_photo(path))
        assert jpeg == detect_and_align(path, SPEC, FakeDetector())[1]
    assert prepared.table["real_age"].tolist() == [6.5, 15, 50, 9, 21, 30, 40, 50, 60, 70]
    assert prepared.table["shop"].astype(str).tolist() == list("01pc234567")
    first, plain = prepared.table.iloc[0], prepared.table.iloc[2]
    assert first[["left", "top", "right", "bottom"]].tolist() == [50, 40, 150, 170]
    assert first["detection_score"] == 0.9877
    assert prepared.table["face_found"].tolist() == [True, True, False] + [True] * 7
    assert plain[["left", "top", "right", "bottom", "detection_score"]].isna().all()


@pytest.mark.usefixtures("quick")
def test_images_are_the_decoded_faces(tmp_path: Path, photo_folder: Path) -> None:
    _, prepared = prepared_in(tmp_path / "cache", photo_folder)
    images = prepared.images()
    assert images.shape == (10, 3, 32, 32)
    # The plain picture, for want of a face, is there as a whole, its channels in order.
    assert images[2].float().mean((1, 2)).tolist() == pytest.approx([150, 120, 90], abs=2)


@pytest.mark.usefixtures("quick")
def test_a_split_is_selected_with_its_faces(tmp_path: Path, photo_folder: Path) -> None:
    _, prepared = prepared_in(tmp_path / "cache", photo_folder)
    test = prepared.select("test")
    assert test.table["file_name"].tolist() == ["plain.png", "7.jpg"]
    assert tuple(test.jpegs) == (prepared.jpegs[2], prepared.jpegs[9])
    assert test.table.index.tolist() == [0, 1]
    assert len(prepared.select("all")) == 10
    with pytest.raises(FaceSetError, match="no photos in its valid split"):
        test.select("valid")


@pytest.mark.usefixtures("quick")
def test_bad_photos_are_reported_and_the_rest_is_kept(tmp_path: Path, photo_folder: Path) -> None:
    (photo_folder / "final_files" / "6.jpg").unlink()
    _, prepared = prepared_in(tmp_path / "cache", photo_folder)
    assert kinds(prepared) == {
        ProblemKind.MISSING_FILE: ["6.jpg"],
        ProblemKind.UNREADABLE: ["broken.jpg"],
        ProblemKind.NO_FACE: ["plain.png"],
        ProblemKind.CONFLICTING_AGES: ["0.jpg"],
    }
    details = {problem.kind: problem.detail for problem in prepared.problems}
    assert details[ProblemKind.UNREADABLE].startswith("The file is not a photo")
    assert details[ProblemKind.CONFLICTING_AGES] == "0.jpg: 6.5, copy.jpg: 9"
    assert len(prepared) == 9


@pytest.mark.usefixtures("quick")
def test_nothing_readable_is_one_clear_error(tmp_path: Path, photo_folder: Path) -> None:
    for path in (photo_folder / "final_files").iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(DatasetError, match="None of the 11 photos"):
        prepared_in(tmp_path / "cache", photo_folder)


@pytest.mark.usefixtures("quick")
def test_photos_without_a_split_get_one(tmp_path: Path, photo_folder: Path) -> None:
    labelled = copy_of(read_labels(photo_folder), split=None)
    prepared = build_face_set(labelled, SPEC, tmp_path / "cache", workers=1)
    split = prepared.table.set_index("file_name")["split"]
    assert split.isin(["train", "valid", "test"]).all()
    assert split["0.jpg"] == split["copy.jpg"]


@pytest.mark.usefixtures("quick")
def test_columns_of_the_labels_may_have_our_names(tmp_path: Path, photo_folder: Path) -> None:
    labelled = copy_of(read_labels(photo_folder), error="none", left=-1, content_hash="x")
    prepared = build_face_set(labelled, SPEC, tmp_path / "cache", workers=1)
    assert prepared.table.columns.is_unique
    assert prepared.table["left"].dropna().unique().tolist() == [50]
    assert prepared.table["content_hash"].nunique() == 9  # ten faces, two of one picture
    assert set(prepared.table["error"]) == {"none"}


@pytest.mark.usefixtures("quick")
def test_labels_come_back_as_they_were(tmp_path: Path, photo_folder: Path) -> None:
    ages = np.random.default_rng(0).uniform(1, 90, 11)
    labelled = copy_of(read_labels(photo_folder), real_age=ages, ethnicity="NA", note=None)
    prepared = build_face_set(labelled, SPEC, tmp_path / "cache", workers=1)
    assert prepared.table["real_age"].tolist() == np.delete(ages, 1).tolist()  # to the last bit
    assert set(prepared.table["ethnicity"]) == {"NA"}
    assert prepared.table["note"].isna().all()


@pytest.mark.usefixtures("quick")
def test_an_interrupted_run_does_only_what_is_missing(tmp_path: Path, photo_folder: Path) -> None:
    folder, prepared = prepared_in(tmp_path / "cache", photo_folder)
    assert FakeDetector.photos == 10  # all that could be read
    files = sorted(folder.glob("shard-*.npz"))
    times = [file.stat().st_mtime_ns for file in files]
    files[1].unlink()
    (folder / "shard-00001.7.part").write_bytes(b"half a shard")
    (folder / "prepared.json").unlink()
    FakeDetector.photos = 0
    _, again = prepared_in(tmp_path / "cache", photo_folder)
    assert FakeDetector.photos == SHARD - 1  # copy.jpg is the same file as 0.jpg
    assert [file.stat().st_mtime_ns == time for file, time in zip(files, times, strict=True)] == [
        True, False, True,
    ]  # fmt: skip
    assert tuple(again.jpegs) == tuple(prepared.jpegs)
    assert again.problems == prepared.problems
    pd.testing.assert_frame_equal(again.table, prepared.table)
    FakeDetector.photos = 0
    prepared_in(tmp_path / "cache", photo_folder)
    assert FakeDetector.photos == 0


def add_photo(photo_folder: Path, name: str = "new.jpg") -> None:
    """Put a mirrored copy of 0.jpg before the other photos, so that all of them move on."""
    pictures = photo_folder / "final_files"
    ImageOps.mirror(open_photo(pictures / "0.jpg")).save(pictures / name)
    labels = photo_folder / "labels.csv"
    header, *rows = labels.read_text(encoding="utf-8").splitlines()
    labels.write_text("\n".join([header, f"{name},8,train,n", *rows]), encoding="utf-8")


def scores(prepared: FaceSet) -> dict[str, float]:
    return dict(zip(prepared.table["file_name"], prepared.table["detection_score"], strict=True))


@pytest.mark.usefixtures("quick")
def test_adding_a_photo_costs_only_its_own_face(tmp_path: Path, photo_folder: Path) -> None:
    prepared_in(tmp_path / "cache", photo_folder)
    FakeDetector.photos = 0
    add_photo(photo_folder)
    folder, more = prepared_in(tmp_path / "cache", photo_folder)
    assert FakeDetector.photos == 1
    _, anew = prepared_in(tmp_path / "other cache", photo_folder)
    assert tuple(more.jpegs) == tuple(anew.jpegs)
    assert more.problems == anew.problems
    pd.testing.assert_frame_equal(more.table, anew.table)
    shutil.rmtree(photo_folder)  # nor does the larger set lean on the smaller one
    for other in (tmp_path / "cache").iterdir():
        if other != folder:
            shutil.rmtree(other)
    assert tuple(load_face_set(folder).jpegs) == tuple(anew.jpegs)


@pytest.mark.usefixtures("quick")
def test_a_photo_with_the_name_of_another_is_not_taken_for_it(
    tmp_path: Path, photo_folder: Path
) -> None:
    prepared_in(tmp_path / "cache", photo_folder)
    pictures = photo_folder / "final_files"
    (pictures / "3.jpg").write_bytes((pictures / "4.jpg").read_bytes())
    (pictures / "4.jpg").write_bytes(b"no picture")
    _, prepared = prepared_in(tmp_path / "cache", photo_folder)
    assert kinds(prepared)[ProblemKind.UNREADABLE] == ["broken.jpg", "4.jpg"]
    row = prepared.table.set_index("file_name").loc["3.jpg"]
    assert row["content_hash"] == picture_hash(open_photo(pictures / "3.jpg"))


@pytest.mark.usefixtures("quick")
def test_faces_of_other_settings_are_not_taken(
    tmp_path: Path, photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared_in(tmp_path / "cache", photo_folder)
    _, larger = prepared_in(tmp_path / "cache", photo_folder, FaceSpec(48))
    assert larger.images().shape[-1] == 48
    FakeDetector.photos = 0
    monkeypatch.setattr(face_cache, "JPEG_QUALITY", 60)
    prepared_in(tmp_path / "cache", photo_folder)
    assert FakeDetector.photos == 10


def without_digests(folder: Path) -> None:
    for file in folder.glob("shard-*.npz"):
        with np.load(file) as shard:
            arrays = {name: shard[name] for name in shard if name != "digests"}
        np.savez(file, **arrays)


def with_unknown_digests(folder: Path) -> None:
    for file in folder.glob("shard-*.npz"):
        faces = zip(read_digests(file), read_records(file), read_jpegs(file), strict=True)
        write_shard(file, [StoredFace("", record, jpeg) for _, record, jpeg in faces])


def cut_all_shards(folder: Path) -> None:
    for file in folder.glob("shard-*.npz"):
        file.write_bytes(file.read_bytes()[:100])


def spoil_faces(folder: Path) -> None:
    """Damage what is read last, so that the digests can still be read."""
    for file in folder.glob("shard-*.npz"):
        content = bytearray(file.read_bytes())
        content[200] ^= 255
        file.write_bytes(content)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "damage", [without_digests, with_unknown_digests, cut_all_shards, spoil_faces]
)
def test_what_cannot_be_taken_from_another_set_is_found_anew(
    tmp_path: Path, photo_folder: Path, damage: Callable[[Path], None]
) -> None:
    folder, _ = prepared_in(tmp_path / "cache", photo_folder)
    damage(folder)
    FakeDetector.photos = 0
    add_photo(photo_folder)
    _, more = prepared_in(tmp_path / "cache", photo_folder)
    assert FakeDetector.photos == 11
    assert len(more) == 11


def test_processes_take_known_faces_too(
    tmp_path: Path, photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face_cache, "PHOTOS_PER_SHARD", SHARD + 2)

    def found_with(detector: Detector, workers: int) -> dict[str, float]:
        labelled = read_labels(photo_folder)
        return scores(build_face_set(labelled, SPEC, tmp_path / "cache", workers, detector))

    before = found_with(FakeDetector(), workers=1)
    add_photo(photo_folder)
    found = found_with(FakeDetector(score=0.75), workers=2)
    assert found.pop("new.jpg") == 0.75
    assert found == pytest.approx(before, nan_ok=True)


@pytest.mark.usefixtures("quick")
def test_faces_of_another_detector_are_not_taken(
    tmp_path: Path, photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = prepared_in(tmp_path / "cache", photo_folder)
    monkeypatch.setattr(FakeDetector, "cache_key", "another")
    FakeDetector.photos = 0
    other, _ = prepared_in(tmp_path / "cache", photo_folder)
    assert FakeDetector.photos == 10
    assert other != folder


@pytest.mark.usefixtures("quick")
def test_a_changed_label_is_taken_over_without_finding_faces_again(
    tmp_path: Path, photo_folder: Path
) -> None:
    prepared_in(tmp_path / "cache", photo_folder)
    before = key(photo_folder)
    labels = photo_folder / "labels.csv"
    labels.write_text(labels.read_text().replace("1.jpg,15,train", "1.jpg,17,valid"))
    FakeDetector.photos = 0
    _, prepared = prepared_in(tmp_path / "cache", photo_folder)
    assert key(photo_folder) == before
    assert FakeDetector.photos == 0
    row = prepared.table.set_index("file_name").loc["1.jpg"]
    assert (row["real_age"], row["split"]) == (17, "valid")


def test_another_crop_or_photo_has_another_key(
    photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = photo_folder / "final_files" / "3.jpg"
    keys = [key(photo_folder), key(photo_folder, FaceSpec(48))]
    keys.append(key(photo_folder, FaceSpec(32, ((0.2, 0.2), *SPEC.template[1:]))))
    os.utime(photo, (1, 1))  # changed at another time
    keys.append(key(photo_folder))
    photo.write_bytes(photo.read_bytes() + b"x")
    os.utime(photo, (1, 1))  # of another size
    keys.append(key(photo_folder))
    photo.unlink()
    keys.append(key(photo_folder))
    monkeypatch.setattr(face_cache, "default_detector", FakeDetector)
    keys.append(key(photo_folder))
    assert len(set(keys)) == len(keys)


@pytest.mark.usefixtures("quick")
def test_the_set_is_carried_to_a_machine_without_detector_and_photos(
    tmp_path: Path, photo_folder: Path
) -> None:
    folder, prepared = prepared_in(tmp_path / "cache", photo_folder)
    jpegs = tuple(prepared.jpegs)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(folder, elsewhere)
    shutil.rmtree(tmp_path / "cache")
    shutil.rmtree(photo_folder)
    script = (
        "import sys; sys.modules['facenet_pytorch'] = sys.modules['pillow_heif'] = None\n"
        "from pathlib import Path; from age_model.data.face_set import load_face_set\n"
        "import age_model.training.trainer\n"
        "faces = load_face_set(Path(sys.argv[1]))\n"
        "print(len(faces), tuple(faces.select('train').images().shape))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(elsewhere)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout.strip() == "10 (7, 3, 32, 32)", done.stderr
    loaded = load_face_set(elsewhere)
    assert tuple(loaded.jpegs) == jpegs
    assert loaded.problems == prepared.problems


def test_without_a_detector_nothing_is_begun(
    tmp_path: Path, photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "facenet_pytorch", None)
    monkeypatch.setitem(sys.modules, "facenet_pytorch.models.mtcnn", None)
    with pytest.raises(FaceSetError, match=r"needs facenet-pytorch.*\(--prepared\)"):
        prepared_in(tmp_path / "cache", photo_folder)
    assert not list((tmp_path / "cache").glob("*/*"))


def remove_index(folder: Path) -> None:
    (folder / "prepared.json").unlink()


def remove_first_shard(folder: Path) -> None:
    (folder / "shard-00000.npz").unlink()


def remove_last_shard(folder: Path) -> None:
    (folder / "shard-00002.npz").unlink()


def cut_shard(folder: Path) -> None:
    file = folder / "shard-00001.npz"
    file.write_bytes(file.read_bytes()[:-500])


def empty_shard(folder: Path) -> None:
    (folder / "shard-00001.npz").write_bytes(b"")


def cut_table(folder: Path) -> None:
    lines = (folder / "faces.csv").read_text().splitlines()
    (folder / "faces.csv").write_text("\n".join(lines[:-2]))


def cut_index(folder: Path) -> None:
    text = (folder / "prepared.json").read_text()
    (folder / "prepared.json").write_text(text[: len(text) // 2])


def index_without_spec(folder: Path) -> None:
    index = json.loads((folder / "prepared.json").read_text())
    del index["spec"]
    (folder / "prepared.json").write_text(json.dumps(index))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "damage",
    [
        remove_index, remove_first_shard, remove_last_shard, cut_shard, empty_shard,
        cut_table, cut_index, index_without_spec, shutil.rmtree,
    ],
)  # fmt: skip
def test_an_incomplete_set_is_refused(
    tmp_path: Path, photo_folder: Path, damage: Callable[[Path], None]
) -> None:
    folder, _ = prepared_in(tmp_path / "cache", photo_folder)
    damage(folder)
    with pytest.raises(FaceSetError, match="no complete set of prepared faces"):
        load_face_set(folder)


@pytest.mark.usefixtures("quick")
def test_a_missing_shard_never_gives_faces_the_labels_of_others(
    tmp_path: Path, photo_folder: Path
) -> None:
    for number in (4, 5, 6, 7):  # with the last shard unused, enough faces are left
        (photo_folder / "final_files" / f"{number}.jpg").write_bytes(b"no picture")
    folder, _ = prepared_in(tmp_path / "cache", photo_folder)
    remove_first_shard(folder)
    with pytest.raises(FaceSetError, match="a shard is missing"):
        load_face_set(folder)


@pytest.mark.usefixtures("quick")
def test_a_damaged_shard_of_the_cache_is_named(tmp_path: Path, photo_folder: Path) -> None:
    folder, _ = prepared_in(tmp_path / "cache", photo_folder)
    empty_shard(folder)
    with pytest.raises(FaceSetError, match=r"shard-00001\.npz cannot be read"):
        prepared_in(tmp_path / "cache", photo_folder)


def test_two_processes_give_what_one_gives(
    tmp_path: Path, photo_folder: Path, monkeypatch: pytest.MonkeyPatch, detector: Detector
) -> None:
    monkeypatch.setattr(face_cache, "PHOTOS_PER_SHARD", SHARD)
    prepared = build_face_set(
        read_labels(photo_folder), FaceSpec(64), tmp_path / "cache", workers=2
    )
    assert len(prepared) == 10
    assert prepared.table["face_found"].tolist() == [True, True, False] + [True] * 7
    path = photo_folder / prepared.table["path"][5]
    stored = prepared.images()[5].permute(1, 2, 0).numpy()
    jpeg = detect_and_align(path, FaceSpec(64), detector)[1]
    alone = np.asarray(Image.open(BytesIO(jpeg)))
    np.testing.assert_allclose(stored.astype(int), alone.astype(int), atol=8)


def test_the_end_of_a_process_is_told(
    tmp_path: Path, photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face_cache, "PHOTOS_PER_SHARD", SHARD)
    monkeypatch.setattr(face_cache, "_start_worker", sys.exit)
    light = cast(Detector, SimpleNamespace(cache_key="none"))  # no process loads torch for it
    with pytest.raises(FaceSetError, match=r"memory ran out.*--workers 1"):
        build_face_set(read_labels(photo_folder), SPEC, tmp_path / "cache", 2, light)
