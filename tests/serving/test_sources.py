"""Where photos lie: each is found once, and named so that its row can be matched."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import fsspec
import pandas as pd
import pytest

from age_model.serving.sources import (
    UNREACHABLE,
    Place,
    SourceError,
    find_places,
    read_place,
    without_secrets,
)
from age_model.vision.photos import PhotoError
from tests.support.object_store import running_bucket


def write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


def ids(*sources: str | Path) -> list[str]:
    return [place.id for place in find_places(map(str, sources))]


def content(place: Place) -> bytes:
    read = read_place(place)
    return read.read_bytes() if isinstance(read, Path) else read


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    return write(folder, "b.jpg", "sub/a.PNG", ".hidden.jpg", ".git/c.jpg", "notes.txt")


def test_folders_give_their_photos_in_order(photos: Path) -> None:
    assert ids(photos) == [f"{photos}/b.jpg", f"{photos}/sub/a.PNG"]
    assert ids(f"file://{photos}") == ids(photos)


def test_no_photo_is_listed_twice(photos: Path) -> None:
    assert ids(photos, photos, photos / "b.jpg", f"{photos}/*.jpg") == ids(photos)


def test_globs_find_photos_and_folders(photos: Path) -> None:
    assert ids(f"{photos}/*.jpg") == [f"{photos}/b.jpg"]
    assert sorted(ids(f"{photos}/*")) == ids(photos)
    assert ids(f"{photos}/**/*.PNG") == [f"{photos}/sub/a.PNG"]
    assert ids(f"{photos}/*.gif") == []


def test_what_is_named_is_kept_so_that_its_row_says_what_is_wrong(photos: Path) -> None:
    named = [str(photos / "missing.jpg"), str(photos / "notes.txt")]
    assert ids(*named) == named


def test_zip_files_are_like_folders(photos: Path) -> None:
    file = photos / "more.zip"
    with ZipFile(file, "w") as archive:
        archive.writestr("sub/c.jpg", b"first")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("sub/c.jpg", b"second")
        archive.writestr("notes.txt", b"none")
    places = list(find_places([str(photos)]))
    assert [place.id for place in places] == [
        f"{photos}/b.jpg",
        f"{file}/sub/c.jpg",
        f"{file}/sub/c.jpg (2)",
        f"{photos}/sub/a.PNG",
    ]
    assert [content(place) for place in places[1:3]] == [b"first", b"second"]


def test_a_damaged_zip_is_a_row_with_that_reason(tmp_path: Path) -> None:
    (place,) = find_places([str(write(tmp_path, "a.zip") / "a.zip")])
    with pytest.raises(PhotoError, match="The ZIP is damaged"):
        read_place(place)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables_name_paths_beside_them(photos: Path, form: str) -> None:
    table = pd.DataFrame({"till": [1, 2, 3], "path": ["b.jpg", str(photos / "sub/a.PNG"), None]})
    file = photos / f"list.{form}"
    if form == "csv":
        table.to_csv(file, index=False, encoding="utf-8-sig")
    else:
        table.to_parquet(file)
    assert ids(file) == [f"{photos}/b.jpg", f"{photos}/sub/a.PNG"]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.csv", b"photo\nb.jpg\n", "has no column .path.: name"),
        ("a.csv", b"path\n\xff\xfe\n", "neither CSV in UTF-8 nor Parquet"),
        ("a.csv", b"", "has no column"),
        ("a.parquet", b"no parquet", "neither CSV in UTF-8 nor Parquet"),
    ],
)
def test_a_bad_table_is_one_sentence(tmp_path: Path, name: str, text: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(text)
    with pytest.raises(SourceError, match=sentence):
        ids(tmp_path / name)


def test_names_that_are_no_text_have_an_id_and_can_be_read(tmp_path: Path) -> None:
    try:
        (tmp_path / b"caf\xe9.jpg".decode(errors="surrogateescape")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system has only names that are text")
    (place,) = find_places([str(tmp_path)])
    assert place.id == f"{tmp_path}/caf\\xe9.jpg"
    assert content(place) == b"x"


def test_the_rest_of_fsspecs_stores(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe({"/shop/b.jpg": b"b", "/shop/sub/a.png": b"a", "/shop/notes.txt": b"n"})
    try:
        places = list(find_places(["memory://shop"]))
        assert [place.id for place in places] == ["memory://shop/b.jpg", "memory://shop/sub/a.png"]
        assert [content(place) for place in places] == [b"b", b"a"]
    finally:
        memory.rm("/shop", recursive=True)


def test_an_unknown_store_is_one_sentence() -> None:
    with pytest.raises(SourceError, match="attic://photos cannot be opened"):
        ids("attic://key:secret@photos")


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of a bucket of a store of S3's kind, with two photos, a ZIP and a list."""
    with running_bucket() as (store, options):
        for name, text in (("a b.jpg", b"first"), ("sub/c.jpg", b"second"), ("notes.txt", b"none")):
            with store.open_output_stream(f"shop/day/{name}") as file:
                file.write(text)
        with store.open_output_stream("shop/day/list.csv") as file:
            file.write(
                f"path\na b.jpg\nmissing.jpg\ns3://key:secret@shop/day/sub/c.jpg?{options}\n".encode()
            )
        with store.open_output_stream("shop/day/more.zip") as file, ZipFile(file, "w") as archive:
            archive.writestr("d.jpg", b"third")
        yield f"s3://key:secret@shop/day?{options}"


def test_object_stores_give_photos_by_their_address(bucket: str) -> None:
    places = list(find_places([bucket]))
    assert [place.id for place in places] == [
        "s3://shop/day/a b.jpg",
        "s3://shop/day/more.zip/d.jpg",
        "s3://shop/day/sub/c.jpg",
    ]
    assert [content(place) for place in places] == [b"first", b"third", b"second"]


def test_globs_and_tables_in_object_stores(bucket: str) -> None:
    assert ids(bucket.replace("/day", "/*/**/*.jpg")) == [
        "s3://shop/day/a b.jpg",
        "s3://shop/day/sub/c.jpg",
    ]
    first, missing, last = find_places([bucket.replace("/day", "/day/list.csv")])
    assert (content(first), content(last)) == (b"first", b"second")
    assert missing.id == "s3://shop/day/missing.jpg"
    with pytest.raises(PhotoError, match=UNREACHABLE[:20]):
        read_place(missing)


def test_a_store_without_answer_is_one_sentence_without_its_keys(bucket: str) -> None:
    cases = (
        (
            bucket.replace("/day", "-next-door/*.jpg"),
            r"s3://shop-next-door/\*.jpg cannot be listed",
        ),
        ("s3://key:secret@shop?colour=red", "s3://shop cannot be opened"),
    )
    for address, sentence in cases:
        with pytest.raises(SourceError, match=sentence) as error:
            ids(address)
        assert "secret" not in str(error.value)


def test_keys_are_left_out_of_what_is_written() -> None:
    assert without_secrets("s3://a:b@shop/x?region=y&secret=z") == "s3://shop/x"
    assert without_secrets("photos/a?b=c") == "photos/a?b=c"
