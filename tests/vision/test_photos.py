"""Photos of every kind are made here, in memory, and read back."""

import os
import struct
import subprocess
import sys
import time
import tracemalloc
import warnings
import zlib
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps, TiffImagePlugin

from age_model.vision import decoding, photos
from age_model.vision.photos import PhotoError, find_photos, open_photo
from tests.support.limited import peak_memory

# Which turn of the upright picture a camera stores under each EXIF orientation.
STORED_AS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
MEMORY_BESIDE = 24 * 1024  # KiB: strips and libraries' tables, which do not grow with a photo
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 40), (30, 40, 220), (255, 255, 255)


def upright_picture() -> Image.Image:
    """A 96 x 64 picture whose four corners differ."""
    picture = Image.new("RGB", (96, 64), RED)
    picture.paste(GREEN, (48, 0, 96, 32))
    picture.paste(BLUE, (0, 32, 48, 64))
    picture.paste(WHITE, (48, 32, 96, 64))
    return picture


def encode(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000)))


def largest_difference(one: Image.Image, other: Image.Image) -> int:
    """The largest channel difference at the middle of the four quarters."""
    assert one.size == other.size
    points = [(x, y) for x in (24, 72) for y in (16, 48)]
    if one.width < one.height:
        points = [(y, x) for x, y in points]
    pixels = [(np.array(one.getpixel(p)), np.array(other.getpixel(p))) for p in points]
    return max(int(np.abs(a - b).max()) for a, b in pixels)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "HEIF"])
def test_every_format(kind: str) -> None:
    picture = upright_picture()
    photo = open_photo(encode(picture, kind))
    assert photo.mode == "RGB"
    assert type(photo) is Image.Image  # nothing of the file is still waiting to be read
    assert largest_difference(photo, picture) <= 12


def test_every_source(tmp_path: Path) -> None:
    data = encode(upright_picture(), "PNG")
    path = tmp_path / "photo.png"
    path.write_bytes(data)
    stream = BytesIO(data)
    stream.seek(len(data))  # as a page leaves an upload that it has read before
    for source in (path, str(path), data, stream):
        assert largest_difference(open_photo(source), upright_picture()) == 0
    assert not stream.closed


def test_the_suffix_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(upright_picture(), "PNG"))
    assert open_photo(path).size == (96, 64)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(kind: str, orientation: int) -> None:
    stored = upright_picture()
    if orientation > 1:
        stored = stored.transpose(STORED_AS[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    # As bytes, because the HEIF writer turns only those into HEIF's own orientation (irot, imir),
    # which phones write and which alone counts there.
    data = encode(stored, kind, exif=exif.tobytes())
    assert largest_difference(open_photo(data), upright_picture()) <= 12


def test_damaged_exif_leaves_the_photo_readable() -> None:
    data = encode(upright_picture(), "PNG", exif=b"Exif\x00\x00garbage without a TIFF header")
    assert open_photo(data).size == (96, 64)


def test_the_orientation_counts_where_other_exif_data_is_damaged() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "words"
    words_as_number = exif.tobytes().replace(b"\x01\x0e\x00\x02", b"\x01\x4c\x00\x02")
    data = encode(upright_picture().transpose(STORED_AS[6]), "JPEG", exif=words_as_number)
    assert largest_difference(open_photo(data), upright_picture()) <= 12


def test_metadata_does_not_stay() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    assert open_photo(encode(upright_picture(), "JPEG", exif=exif)).info == {}


def test_grey_and_bilevel() -> None:
    grey = ImageOps.grayscale(upright_picture())
    assert open_photo(encode(grey, "JPEG")).getpixel((72, 48)) == WHITE
    assert open_photo(encode(grey.convert("1"), "PNG")).getpixel((72, 48)) == WHITE


def test_transparent_parts_become_white() -> None:
    clear = upright_picture().convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 48, 32))
    photo = open_photo(encode(clear, "PNG"))
    assert photo.getpixel((10, 10)) == WHITE
    assert photo.getpixel((72, 16)) == GREEN


def test_half_transparent_is_mixed_with_white() -> None:
    photo = open_photo(encode(Image.new("RGBA", (4, 4), (0, 0, 0, 128)), "PNG"))
    assert photo.getpixel((0, 0)) == (127, 127, 127)


def test_grey_with_alpha() -> None:
    photo = open_photo(encode(Image.new("LA", (4, 4), (0, 0)), "PNG"))
    assert photo.getpixel((0, 0)) == WHITE


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_palette_with_transparency(kind: str) -> None:
    picture = upright_picture().quantize(4)
    clear_index = picture.getpixel((10, 10))
    data = encode(picture, kind, transparency=clear_index)
    photo = open_photo(data)
    assert photo.getpixel((10, 10)) == WHITE
    assert photo.getpixel((72, 16)) == GREEN


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(kind: str) -> None:
    photo = open_photo(encode(upright_picture().convert("CMYK"), kind))
    assert largest_difference(photo, upright_picture()) <= 12


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled(kind: str) -> None:
    values = np.array([[0, 256, 32768, 65535]], np.uint16)
    photo = open_photo(encode(Image.fromarray(values), kind))
    assert np.asarray(photo)[0, :, 0].tolist() == [0, 1, 128, 255]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 100, 255], [0, 100, 255]),
        ([0, 32768, 65535], [0, 128, 255]),
        ([0, 10**9, 2 * 10**9], [0, 128, 255]),
        ([-5, 0, 255], [0, 0, 255]),
        ([0, 1, 2], [0, 1, 2]),  # a dark picture stays dark
    ],
)
def test_32_bit_whole_numbers_are_scaled(values: list[int], expected: list[int]) -> None:
    photo = open_photo(encode(Image.fromarray(np.array([values], np.int32)), "TIFF"))
    assert np.asarray(photo)[0, :, 0].tolist() == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 0.5, 1.1], [0, 128, 255]),  # a little overshoot, not a dark 8-bit picture
        ([0.0, 100.0, 255.0], [0, 100, 255]),
        ([0.0, 32768.0, 65535.0], [0, 128, 255]),
        ([0.0, 6e5, 1e6], [0, 153, 255]),
        ([float("nan"), 0.5, float("inf")], [0, 128, 0]),
    ],
)
def test_float_pixels_are_scaled(values: list[float], expected: list[int]) -> None:
    photo = open_photo(encode(Image.fromarray(np.array([values], np.float32)), "TIFF"))
    assert np.asarray(photo)[0, :, 0].tolist() == expected


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "PNG"])
def test_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in (GREEN, RED)]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:])
    red, green, _ = open_photo(data).getpixel((16, 16))  # type: ignore[misc]
    assert green > 180 and red < 50


def test_a_large_jpeg_keeps_all_its_pixels() -> None:
    photo = open_photo(encode(Image.new("RGB", (5000, 3000), RED), "JPEG"))
    assert photo.size == (5000, 3000)


@pytest.mark.parametrize("size", [(1, 1), (4000, 1), (1, 4000)])
def test_tiny_and_long_photos_are_photos(size: tuple[int, int]) -> None:
    assert open_photo(encode(Image.new("RGB", size), "PNG")).size == size


def test_a_bomb_is_refused_before_it_allocates() -> None:
    bomb = png_header(60_000, 60_000)
    open_photo(encode(upright_picture(), "PNG"))  # the readers are loaded now
    with pytest.raises(PhotoError, match="120 megapixels"):  # and the ways to write numbers
        open_photo(png_header(60_001, 60_000))
    tracemalloc.start()
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PhotoError, match=r"60,000 × 60,000 pixels.*120 megapixels"):
            open_photo(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.process_time() - started < 0.5
    assert peak < 1_000_000


@pytest.mark.parametrize("width", [9_000, 10_900, 11_000, 13_000, 20_000])
def test_pillows_own_limit_does_not_show(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From 81 to 400 megapixels Pillow itself would be silent, warn, or raise its own error."""
    monkeypatch.setattr(photos, "decode", lambda image, data: Image.new("RGB", (1, 1)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if width < 10_950:
            assert open_photo(png_header(width, width)).size == (1, 1)
        else:
            with pytest.raises(PhotoError, match=f"{width:,} × {width:,}"):
                open_photo(png_header(width, width))


def test_pillow_does_not_warn_while_it_decodes() -> None:
    """Its TIFF reader checks the limit again when it allocates the pixels."""
    grey = encode(Image.new("L", (64, 64)), "TIFF")
    for tag in (256, 257):  # width and height become 10,000: 100 megapixels
        grey = grey.replace(
            struct.pack("<HHII", tag, 4, 1, 64), struct.pack("<HHII", tag, 4, 1, 10_000)
        )
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with pytest.raises(PhotoError, match="damaged"):  # most of its pixels are missing
            open_photo(grey)
    assert seen == []


def test_bytes_are_limited_before_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MAX_PHOTO_BYTES", 2**20)

    class Unread(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise AssertionError("a stream over the limit was read")

    path = tmp_path / "large.jpg"
    with path.open("wb") as file:
        file.truncate(2**20 + 1)
    for source in (path, bytes(2**20 + 1), Unread(bytes(2**20 + 1))):
        with pytest.raises(PhotoError, match="larger than 1 MB"):
            open_photo(source)


def test_a_stream_of_unknown_length_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MAX_PHOTO_BYTES", 2**10)

    class Endless(RawIOBase):
        def read(self, size: int = -1, /) -> bytes:
            assert 0 < size <= 2**10 + 1
            return bytes(size)

    with pytest.raises(PhotoError, match="larger than"):
        open_photo(cast(BinaryIO, Endless()))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "HEIF"])
def test_a_truncated_file_is_refused(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    data = encode(Image.fromarray(noise), kind)
    for kept in (len(data) // 2, 40):
        with pytest.raises(PhotoError, match="damaged"):
            open_photo(data[:kept])


def write_large_photos(folder: Path, side: int) -> None:
    """A square photo of every kind whose decoding costs more than its pixels."""
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds: dict[str, tuple[str, str, dict[str, object]]] = {
        "rgb.jpg": ("RGB", "JPEG", {}),
        "progressive.jpg": ("RGB", "JPEG", {"progressive": True}),
        "fine.jpg": ("RGB", "JPEG", {"progressive": True, "subsampling": 0}),
        "cmyk.jpg": ("CMYK", "JPEG", {}),
        "rgba.png": ("RGBA", "PNG", {"compress_level": 1}),
        "la.png": ("LA", "PNG", {"compress_level": 1}),
        "grey.png": ("I;16", "PNG", {"compress_level": 1}),
        "whole.tif": ("I", "TIFF", {"compression": "packbits"}),
        "float.tif": ("F", "TIFF", {"compression": "packbits"}),
        "rgba.tif": ("RGBA", "TIFF", {"compression": "packbits"}),
        "rgb.webp": ("RGB", "WEBP", {"method": 0}),
        "rgba.webp": ("RGBA", "WEBP", {"method": 0, "lossless": True}),
        "p.gif": ("P", "GIF", {"transparency": 0}),
    }
    for name, (mode, kind, options) in kinds.items():
        Image.new(mode, (side, side)).save(folder / name, kind, exif=exif.tobytes(), **options)


def test_no_photo_takes_more_memory_than_two_pictures_of_it(tmp_path: Path) -> None:
    """At a tenth of the most pixels: of 120 megapixels, the peak is at most 1.0 GB."""
    side = int((photos.MAX_PHOTO_PIXELS / 10) ** 0.5)
    write_large_photos(tmp_path, side)
    imports = """
import sys
import torchvision.io
from pathlib import Path
from age_model.vision import decoding, photos
decoding.BUDGET //= 10
Path(sys.argv[1], "rgb.jpg").read_bytes()
"""
    code = f"""
for file in sorted(Path(sys.argv[1]).iterdir()):
    before = forget_peak()
    photo = photos.open_photo(file)
    assert photo.size == ({side}, {side}) or file.name == "fine.jpg", file
    del photo
    more = peak() - before
    assert more < 100_000_000 / 1024 + {MEMORY_BESIDE}, (file, more)
"""
    peak_memory(imports, code, 600, str(tmp_path))


def test_a_progressive_jpeg_is_read_smaller_only_where_it_must(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noise = Image.effect_noise((800, 600), 50).convert("RGB")
    data = encode(noise, "JPEG", progressive=True, subsampling=0)
    assert open_photo(data).size == (800, 600)
    pixels = 800 * 600
    monkeypatch.setattr(decoding, "BUDGET", 8 * pixels + len(data))
    assert open_photo(data).size == (400, 300)
    assert open_photo(encode(noise, "JPEG", subsampling=0)).size == (800, 600)
    monkeypatch.setattr(decoding, "BUDGET", 4 * pixels)
    with pytest.raises(PhotoError, match="takes too much memory to read: save it again as an ord"):
        open_photo(data)


@pytest.mark.parametrize("in_first_scan", [1, 3])
def test_a_jpeg_whose_colours_are_in_scans_of_their_own_is_recognised(in_first_scan: int) -> None:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, 600, 800, 3) + bytes(9)
    scan = b"\xff\xda" + struct.pack(">HB", 6 + 2 * in_first_scan, in_first_scan)
    comment = b"\xff\xfe\x00\x04\xff\xda"
    data = b"\xff\xd8" + comment + frame + scan
    assert decoding._has_several_scans(data) == (in_first_scan == 1)
    assert not any(decoding._has_several_scans(data[:end]) for end in range(len(data) - len(scan)))


def test_a_tiff_of_one_strip_is_refused_where_it_would_take_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(TiffImagePlugin, "STRIP_SIZE", 2**31)
    data = encode(Image.new("RGB", (200, 100)), "TIFF", compression="tiff_lzw")
    monkeypatch.setattr(decoding, "BUDGET", (8 + 3) * 200 * 100)
    assert open_photo(data).size == (200, 100)
    monkeypatch.setattr(decoding, "BUDGET", (8 + 3) * 200 * 100 - 1)
    with pytest.raises(PhotoError, match="takes too much memory to read"):
        open_photo(data)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_webp_is_read_as_a_small_one(
    mode: str, orientation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = upright_picture().convert(mode)
    if mode == "RGBA":
        picture.putpixel((0, 0), (9, 9, 9, 100))
    data = encode(picture, "WEBP", exif=exif, lossless=True)
    small = open_photo(data)
    monkeypatch.setattr(decoding, "_WEBP_BYTES", 10**9)
    assert open_photo(data).tobytes() == small.tobytes()
    with pytest.raises(PhotoError, match="damaged"):
        open_photo(data[: len(data) // 2])
    frames = encode(picture, "WEBP", save_all=True, append_images=[Image.new(mode, (96, 64))])
    with pytest.raises(PhotoError, match="takes too much memory to read"):
        open_photo(frames)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_of_several_strips_are_turned(
    orientation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "STRIP", 7)
    exif = Image.Exif()
    exif[0x0112] = orientation
    noise = Image.effect_noise((50, 33), 50).convert("RGB")
    stored = noise.transpose(STORED_AS[orientation]) if orientation > 1 else noise
    assert open_photo(encode(stored, "PNG", exif=exif)).tobytes() == noise.tobytes()


def test_too_little_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(photos, "decode", fail)
    with pytest.raises(PhotoError, match="too little memory for this photo: save it smaller"):
        open_photo(encode(upright_picture(), "PNG"))


# A HEIC of one grey, two of whose bytes were changed: libheif 1.20.2 ended the process on it.
DAMAGED_HEIC = (
    "c-m!BJ!lkB5T5t;a;`C+A^yZ7TyjJ%XKXw{i>;3QSV&F-Vxx_F`;&XPn|tnV&PyXnH2#2v5DcP)K@h>>1S<^|Nnv"
    "SirKC#4N<`s`B<sAldnXqMX6OISe6s@peReR*%N8>L$z^t4=q}T30Q%Im0v#gClugHrb>PehU=O7@3tXuY<nzp_$"
    "S21NphyqUkC8+=1yp*rTAo47LQ*<go^!}W#-?p)iRe)@EE;zxSB*ThIqCmSBI?FNCf*<~8TUBKS;mbDI;xmGN)+B"
    "gkp2nVJB<dwA>}%j9xsqC5{4o{fyZ(L1=6dupkr`&gpfUvm4W$=<sbEDn;V&xwK?IEpSvYYPmYmwfBhjgIl_Ey#S"
    "IHF=L|;|W8~uHrG*T`@Vh{T@>_%sx;d*cxeZlSQS4`4B@hKSC6t8P24(vnl->x6NKoKKLr&a8l0_u#fwhIiv1@Nu"
    "Z#<{Mjy~P(C{oQyi0C<_&(ubRHRDZdF1Mz%vQ;&-GpF-sH4HIRlYb?{xZ6A@3Z!G6ChjZ(P2QvX9-xBwnP=I}bHY"
    "MLq{)q>4AVE{Aqne|YwF_uhH~WX;Y@zHadGl>xHGl*x$DWq)eo0m`CmIHm%Q8WcYobq`czujz|{U6sb@znoY?wuF"
    "x>4w(5qkZFTZmJN^r7g&iM1Yjw#9UnmCkV5r)xHfs&NmdJ;KHdgKWbh<ALe;+a1D1;PiV00"
)


def test_a_damaged_heic_does_not_end_the_process() -> None:
    script = """
import base64, sys, zlib
from age_model.vision.photos import PhotoError, open_photo
try:
    open_photo(zlib.decompress(base64.b85decode(sys.argv[1])))
except PhotoError:
    pass
"""
    command = [sys.executable, "-c", script, DAMAGED_HEIC]
    assert subprocess.run(command, check=False).returncode == 0


def test_text_is_not_a_photo(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_text("These are words, and no picture at all.")
    with pytest.raises(PhotoError, match="not a photo that can be read: use JPEG"):
        open_photo(path)


def test_postscript_stays_out_of_reach() -> None:
    with pytest.raises(PhotoError, match="not a photo"):
        open_photo(encode(upright_picture(), "EPS"))


def test_unreadable_sources(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    refused: dict[str | Path | bytes, str] = {
        tmp_path / "empty.jpg": "empty",
        tmp_path: "a folder",
        tmp_path / "missing.jpg": "no such file",
        "a\0b": "no such file",
        Path("a" * 400): "could not be read",
        os.devnull: "not a file",
        b"": "empty",
    }
    for source, sentence in refused.items():
        with pytest.raises(PhotoError, match=sentence):
            open_photo(source)


def test_a_forbidden_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "photo.jpg"
    path.touch()

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # chmod does not stop the administrator
    with pytest.raises(PhotoError, match="ask for permission"):
        open_photo(path)


def test_without_pillow_heif_only_heic_is_refused() -> None:
    """In a fresh interpreter, because Pillow's registry of readers is for the whole process."""
    heic = encode(upright_picture(), "HEIF").hex()
    png = encode(upright_picture(), "PNG").hex()
    script = f"""
import sys
sys.modules["pillow_heif"] = None
from age_model.vision.photos import PhotoError, open_photo
assert open_photo(bytes.fromhex("{png}")).size == (96, 64)
try:
    open_photo(bytes.fromhex("{heic}"))
except PhotoError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "pip install pillow-heif" in run.stdout


def test_find_photos(tmp_path: Path) -> None:
    kept = ["a.heic", "b.JPG", "e.jpg/f.gif", "named.jpg", "sub/c.png"]
    left_out = [".hidden.jpg", ".cache/d.jpg", "other.txt"]
    for name in (*kept, *left_out, "named.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    named = [tmp_path / name for name in ("named.jpg", "named.txt", "missing.jpg")]
    found = find_photos([tmp_path, *named])
    names = [path.relative_to(tmp_path).as_posix() for path in found]
    assert names == sorted([*kept, "named.txt", "missing.jpg"])


def test_a_hidden_parent_does_not_hide_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / ".private" / "photos"
    folder.mkdir(parents=True)
    (folder / "a.jpg").touch()
    assert find_photos([folder]) == [folder / "a.jpg"]


def test_a_path_that_cannot_be_looked_at_is_kept() -> None:
    path = Path("a" * 400)
    assert find_photos([path]) == [path]


def test_a_large_jpeg_is_read_smaller_where_that_is_enough() -> None:
    file = BytesIO()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # lies on its side
    Image.new("RGB", (1600, 1200), "teal").save(file, "JPEG", exif=exif)
    assert open_photo(file.getvalue(), 500).size == (600, 800)
    assert open_photo(file.getvalue(), 700).size == (1200, 1600)
    assert open_photo(file.getvalue()).size == (1200, 1600)
    png = BytesIO()
    Image.new("RGB", (1600, 1200)).save(png, "PNG")
    assert open_photo(png.getvalue(), 500).size == (1600, 1200)
