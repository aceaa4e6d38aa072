import struct
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest

from age_model.vision import zip_files
from age_model.vision.photos import MAX_PHOTO_BYTES, UNKNOWN, PhotoError, open_photo
from age_model.vision.zip_files import list_archive, write_pictures
from tests.support.limited import peak_memory
from tests.support.made_up import make_zip


def problem(data: bytes) -> str:
    """The problem of the only entry of a ZIP."""
    (photo,) = list_archive(data)
    with pytest.raises(PhotoError) as error:
        photo.read()
    return str(error.value)


def with_declared_size(data: bytes, size: int) -> bytes:
    """A ZIP of one entry with a declared unpacked size of `size` bytes, in both of its headers."""
    declared = struct.pack("<I", size)
    start = data.index(b"PK\x01\x02")
    changed = data[:22] + declared + data[26:start]
    return changed + data[start : start + 24] + declared + data[start + 28 :]


def test_photos_are_listed_in_order_and_read_one_by_one(examples: Path) -> None:
    photo = (examples / "ages-25-34.jpg").read_bytes()
    data = make_zip({"b/face.JPG": photo, "a.png": b"damaged"})
    first, second = list_archive(data)
    assert (first.name, second.name) == ("b/face.JPG", "a.png")
    assert open_photo(first.read()).size == (320, 320)
    assert second.read() == b"damaged"  # open_photo reports a damaged photo


def test_hidden_files_folders_and_other_files_are_left_out() -> None:
    names = ["__MACOSX/._a.jpg", ".DS_Store", "x/.hidden/a.jpg", "x/", "notes.txt", "Thumbs.db"]
    data = make_zip(dict.fromkeys(names, b"") | {"x/a.jpg": b""})
    assert [photo.name for photo in list_archive(data)] == ["x/a.jpg"]


def test_an_empty_folder_is_told_beside_photos() -> None:
    names = ["full/", "full/deep/", "full/deep/a.jpg", "empty/", ".hidden/", "../out/"]
    photo, folder = list_archive(make_zip(dict.fromkeys(names, b"")))
    assert (photo.name, folder.name) == ("full/deep/a.jpg", "empty/")
    with pytest.raises(PhotoError, match="folder is empty"):
        folder.read()


@pytest.mark.parametrize(
    "name", ["../a.jpg", "x/../../a.jpg", "/etc/a.jpg", r"..\a.jpg", r"C:\a.jpg", "../.ssh/config"]
)
def test_name_that_leads_outside_is_told(name: str) -> None:
    assert "leads outside" in problem(make_zip({name: b"x"}))


@pytest.mark.parametrize("name", ["more.zip", "x/more.ZIP", "more.7z"])
def test_archive_inside_is_told(name: str) -> None:
    assert "archive inside" in problem(make_zip({name: make_zip({"a.jpg": b"x"})}))


def test_password_is_told() -> None:
    data = bytearray(make_zip({"a.jpg": b"x"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "password" in problem(bytes(data))


def test_bomb_is_refused_without_being_unpacked() -> None:
    data = make_zip({"a.jpg": b"x"})
    assert "more than 64 MB" in problem(with_declared_size(data, 4 * 2**30 - 1))
    assert "more than 64 MB" in problem(with_declared_size(data, MAX_PHOTO_BYTES + 1))


def test_entry_larger_than_it_says_is_damaged() -> None:
    data = make_zip({"a.jpg": bytes(10 * 2**20)})
    assert "damaged" in problem(with_declared_size(data, 100))


@pytest.mark.parametrize("compression", [ZIP_STORED, ZIP_DEFLATED])
def test_changed_byte_is_damage(compression: int) -> None:
    data = bytearray(make_zip({"a.jpg": b"some photo"}, compression))
    data[38] ^= 0xFF
    assert "damaged" in problem(bytes(data))


def test_packing_that_zipfile_would_not_bound_is_refused() -> None:
    assert "unusual" in problem(make_zip({"a.jpg": b"x"}, ZIP_BZIP2))


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_damaged_archive_is_told(data: bytes) -> None:
    with pytest.raises(PhotoError, match="damaged or not a ZIP"):
        list_archive(data)


def test_cut_archive_is_told() -> None:
    with pytest.raises(PhotoError, match="damaged or not a ZIP"):
        list_archive(make_zip({"a.jpg": bytes(1000)})[:-30])


@pytest.mark.parametrize(
    "entries", [{}, {"notes.txt": b"x"}, {"__MACOSX/._a.jpg": b"x"}, {"x/": b""}]
)
def test_archive_without_photos_is_told(entries: dict[str, bytes]) -> None:
    with pytest.raises(PhotoError, match="no photos"):
        list_archive(make_zip(entries))


def test_of_names_that_are_no_text_only_their_files_are_left_out() -> None:
    data = make_zip({"один.jpg": b"1", "два.jpg": b"2", "three.jpg": b"3"})
    damaged = data.replace("два".encode(), b"\xd0\xd0\xd0\xff\xff\xff")
    first, second, third = list_archive(damaged)
    assert (first.name, first.read(), third.name, third.read()) == (
        "один.jpg", b"1", "three.jpg", b"3"
    )  # fmt: skip
    assert second.name.endswith(".jpg") and UNKNOWN in second.name
    with pytest.raises(PhotoError, match="is not text: rename it"):
        second.read()


def test_too_many_entries_are_refused_before_they_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zip_files, "MAX_ENTRIES", 2)
    with pytest.raises(PhotoError, match="more than 2 files"):
        list_archive(make_zip({f"{number}.jpg": b"" for number in range(3)}))


def test_names_thousands_deep_take_no_memory(tmp_path: Path) -> None:
    """A list of every entry's parents took 1 GB for 5,000 folders, 6 GB for 32,000."""
    file = tmp_path / "deep.zip"
    file.write_bytes(make_zip({"a/" * 32_000 + f"{number}.jpg": b"" for number in range(4)}))
    imports = "import sys\nfrom age_model.vision.zip_files import list_archive\n"
    code = "assert len(list_archive(Path(sys.argv[1]).read_bytes())) == 4\n"
    assert peak_memory(imports, code, 200, str(file)) < 100


def test_an_empty_folder_is_told_whatever_lies_beside_it() -> None:
    names = ["x/full-not/a.jpg", "x/Full/deep/.hidden", "x/full/", "x/empty/", "x/empty/"]
    wanted = list_archive(make_zip(dict.fromkeys(names, b"")))
    assert [photo.name for photo in wanted] == ["x/full-not/a.jpg", "x/empty/"]


def test_names_that_are_too_long_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_zip({"a" * 100 + ".jpg": b"", "b" * 100 + ".jpg": b""})
    assert len(list_archive(data)) == 2
    monkeypatch.setattr(zip_files, "MAX_NAMES_BYTES", 200)
    with pytest.raises(PhotoError, match="names are too long: shorten"):
        list_archive(data)


def test_name_is_made_printable() -> None:
    (photo,) = list_archive(make_zip({"a\nb\x1b.jpg": b"x"}))
    assert photo.name == "a�b�.jpg"


@pytest.mark.parametrize(
    ("names", "written"),
    [
        (["day/a.HEIC", "day/b.jpg"], ["day/a.jpg", "day/b.jpg"]),
        (["a.jpg", "a.png", "A.jpg"], ["a.jpg", "a (2).jpg", "A (3).jpg"]),
        (["../a.jpg", "/b.jpg", r"C:\x\c.jpg"], ["a.jpg", "b.jpg", "x/c.jpg"]),
        (["shop.zip/x/a.b.jpg"], ["shop.zip/x/a.b.jpg"]),
        (
            ["..", "", "x" * 65_000, "y/" * 65_000 + "a.jpg"],
            ["photo.jpg", "�.jpg", "x" * 200 + ".jpg", "y/" * 100 + "a.jpg"],
        ),
    ],
)
def test_written_pictures_keep_their_names_apart_and_inside(
    names: list[str], written: list[str]
) -> None:
    data = write_pictures((name, name.encode()) for name in names)
    with ZipFile(BytesIO(data)) as archive:
        assert archive.namelist() == written
        assert [archive.read(name).decode() for name in written] == names
