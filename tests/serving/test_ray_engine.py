"""The Ray engine: the rows of the local one, each once, whatever is ended, and when.

All tests share one cluster of four logical processors: with two, a resumed run waits for ever.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from age_model.serving import ray_engine
from age_model.serving.local_engine import score_here
from age_model.serving.output import Run, begin, part_files, read_rows
from age_model.serving.ray_engine import score_on_ray
from age_model.serving.rows import Row
from age_model.serving.scorer import ScorerSettings
from age_model.serving.sources import find_places
from tests.serving.test_scorer import hostile_photos
from tests.support.cheap_scorer import VERSION, CheapSettings, EndedOnce, places
from tests.support.rows import assert_same_rows

ROOT = Path(__file__).parents[2]
DRIVER = """
import sys
from pathlib import Path
from age_model.serving import ray_engine
from tests.support.cheap_scorer import CheapSettings, places
ray_engine.PART = 8
out = Path(sys.argv[1])
settings = CheapSettings(out / "log", stop_at="photo 0050")
list(ray_engine.score_on_ray(places(64), out, settings, "cpu", 1))
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster that this process is connected to."""
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'age-model[scale]'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_worker_niceness", "0")  # on a busy machine they would get no turn
        started = ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False)
        yield started.address_info["gcs_address"]
        ray.shutdown()


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(ray_engine, "PART", 8)
    begin(tmp_path / "out", Run("ray", VERSION), ["made up"])
    return tmp_path / "out"


def rows_by_id(out: Path) -> dict[str, Row]:
    rows = list(read_rows(out))
    found = {row["id"]: row for row in rows}
    assert len(found) == len(rows), "a photo has two rows"
    return found


@pytest.mark.usefixtures("cluster")
def test_the_rows_are_those_of_the_local_engine_though_an_actor_was_killed(
    out: Path, tmp_path: Path, model_dir: Path, examples: Path
) -> None:
    photos = tmp_path / "photos"
    hostile_photos(photos)
    for path in sorted(examples.glob("*.jpg")):
        shutil.copy(path, photos)
    settings = ScorerSettings(model_dir, "cpu")
    sources = [str(photos), str(tmp_path / "missing.jpg")]
    kill = tmp_path / "kill"
    kill.touch()
    killed = EndedOnce(settings, kill, last=str(photos / "ages-25-34.jpg"))
    assert list(score_on_ray(find_places(sources), out, killed, "cpu", 1)) == [14]
    assert not kill.exists()
    local = tmp_path / "local"
    begin(local, Run("local", VERSION), sources)
    assert list(score_here(find_places(sources), local, settings, 1, VERSION)) == [14]
    assert_same_rows(rows_by_id(out), rows_by_id(local))
    assert not (out / ray_engine.LIST).exists()


def test_a_driver_that_is_killed_goes_on_where_it_stopped(out: Path, cluster: str) -> None:
    environment = os.environ | {"RAY_ADDRESS": cluster}
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, out], cwd=ROOT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 300
    while len(list((out / "checkpoint").glob("*"))) < 2:
        assert time.monotonic() < deadline and driver.poll() is None
        time.sleep(0.05)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert 0 < len(part_files(out)) < 8
    log = out / "log"
    list(score_on_ray(places(70), out, CheapSettings(log), "cpu", 1))
    assert set(rows_by_id(out)) == {place.id for place in places(70)}
    # What the killed run had not written is scored again, and no more than that.
    assert log.read_text("utf-8").count("\n") < 64 + 70 - 8
