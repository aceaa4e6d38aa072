"""ZIP files as somebody might make them who wants the server to fall over."""

from io import BytesIO
from random import Random
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

import pytest

from age_model.vision.photos import PhotoError
from age_model.vision.zip_files import list_archive, write_pictures
from tests.hostile.conftest import Campaign

PARTS = [
    "a", "..", ".", "", " ", "C:", "CON", ".hidden", "__MACOSX", "x" * 300, "фото", "\x00", "\n",
    "\u202e", "\\", "a.zip", "＊", "a\tb", "=1+1", "\U0001f600",
]  # fmt: skip
ENDS = ["photo.jpg", "photo.JPG", "", "/", ".jpg", "more.zip", "a.heic", "a.jpg.", "notes.txt"]
PACKINGS = [ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2, ZIP_LZMA]


def make_name(random: Random) -> str:
    depth = random.choice([0, 1, 2, 5, random.randrange(3000)])
    parts = random.choices(PARTS[:5] if depth > 5 else PARTS, k=depth)
    return random.choice("/\\").join([*parts, random.choice(ENDS)])[:60_000]


def make_hostile_zip(random: Random) -> bytes:
    """A ZIP of strange names, of which some bytes may be changed or cut off."""
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for _ in range(random.choice([0, 1, 3, 30])):
            entry = ZipInfo(make_name(random) or "nameless")
            entry.compress_type = random.choice(PACKINGS)
            archive.writestr(entry, random.randbytes(random.choice([0, 10, 1000])))
        archive.comment = random.randbytes(random.choice([0, 5]))
    data = bytearray(file.getvalue())
    for _ in range(random.choice([0, 0, 1, 20])):
        data[random.randrange(len(data))] = random.randrange(256)
    if random.random() < 0.1:
        del data[random.randrange(len(data)) :]
    return bytes(data)


def read_all(data: bytes) -> None:
    """Read what a ZIP lists, and write it into another, as the Photo page does."""
    try:
        photos = list_archive(data)
    except PhotoError as error:
        assert "\n" not in str(error)
        return
    for photo in photos:
        assert photo.name.isprintable() and photo.name
        try:
            assert isinstance(photo.read(), bytes)
        except PhotoError as error:
            assert "\n" not in str(error)
    written = write_pictures((photo.name, b"jpeg") for photo in photos)
    with ZipFile(BytesIO(written)) as archive:
        names = archive.namelist()
        assert len(set(map(str.lower, names))) == len(photos)
        assert not any(name.startswith("/") or ".." in name.split("/") for name in names)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_zips(campaign: Campaign) -> None:
    campaign("ZIP files", lambda random: read_all(make_hostile_zip(random)))
