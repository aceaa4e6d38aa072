"""Which folders of the server pages may show."""

import os
from pathlib import Path

import pytest

from age_model.data.server_folders import (
    VARIABLE,
    data_roots,
    is_inside,
    labelled_folders,
    leads_out,
)


def labelled(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "labels.csv").write_text("file_name,real_age\n")
    (folder / "final_files").mkdir()
    return folder


def roots_of(*folders: Path) -> list[Path]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv(VARIABLE, os.pathsep.join(map(str, folders)))
        return data_roots()


def test_roots_are_those_of_the_environment_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert roots_of(tmp_path / "link", tmp_path / "no", Path("a\n")) == [tmp_path]
    monkeypatch.delenv(VARIABLE, raising=False)
    assert data_roots() == []


def test_folders_with_labelled_photos_are_found_below_a_root(tmp_path: Path) -> None:
    first = labelled(tmp_path / "a" / "b")
    second = labelled(tmp_path / "c")
    labelled(tmp_path / ".hidden")
    labelled(tmp_path / "x" / "y" / "z")  # too deep
    labelled(second / "inside")  # a part of another one
    assert labelled_folders(roots_of(tmp_path)) == [first, second]
    assert labelled_folders(roots_of(second, tmp_path)) == [second, first]
    assert labelled_folders(roots_of(second / "final_files")) == [second / "final_files"]
    assert labelled_folders([]) == []


def test_utkface_photos_hide_no_folder_beside_them(tmp_path: Path) -> None:
    beside, utkface = labelled(tmp_path / "a"), tmp_path / "b"
    utkface.mkdir()
    (utkface / "25_0_0_20170110202650.jpg").touch()
    assert labelled_folders(roots_of(tmp_path)) == [tmp_path, beside, utkface]


def test_a_link_out_of_the_roots_is_not_followed(tmp_path: Path) -> None:
    outside, root = labelled(tmp_path / "outside"), tmp_path / "root"
    inside = labelled(root / "inside")
    (root / "link").symlink_to(outside)
    assert labelled_folders(roots_of(root)) == [inside]
    assert labelled_folders(roots_of(root, outside)) == [inside, outside]


def test_paths_are_judged_by_where_their_links_lead(tmp_path: Path) -> None:
    root = labelled(tmp_path / "root")
    (tmp_path / "secret").touch()
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "in").symlink_to(root / "labels.csv")
    (root / "circle").symlink_to(root / "circle")
    roots = roots_of(root)
    assert is_inside(root / "labels.csv", roots) and is_inside(root / "in", roots)
    for name in ("out", "../secret", "final_files/../../secret", "../rooted"):
        assert not is_inside(root / name, roots)
    assert not is_inside(Path("/etc/passwd"), roots) and not is_inside(root, [])


@pytest.mark.parametrize("name", ["labels", "final_files/1.jpg", "final_files/deep"])
def test_a_link_that_leads_out_is_found_wherever_it_is(tmp_path: Path, name: str) -> None:
    root = labelled(tmp_path / "root")
    (root / "fine").symlink_to(root / "labels.csv")
    assert not leads_out(root, roots_of(root))
    (root / name).symlink_to(tmp_path)
    assert leads_out(root, roots_of(root))
    assert not leads_out(root, roots_of(root, tmp_path))
