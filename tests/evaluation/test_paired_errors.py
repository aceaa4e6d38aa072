from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from age_model.evaluation.metrics import paired_errors, read_run


def predictions(real: list[float], predicted: list[float]) -> pd.DataFrame:
    names = [f"{number}.jpg" for number in range(len(real))]
    return pd.DataFrame({"file_name": names, "real_age": real, "predicted_age": predicted})


def test_difference_by_hand() -> None:
    paired = paired_errors(predictions([20, 30], [25, 29]), predictions([20, 30], [22, 31]))
    assert paired is not None
    assert (paired.n, paired.first, paired.second) == (2, 3, 1.5)
    assert paired.difference == -1.5
    assert (paired.low, paired.high) == (-3, 0)


def test_pairs_give_a_narrower_interval_than_the_photos_spread() -> None:
    random = np.random.default_rng(0)
    real = random.uniform(5, 80, 500)
    error = np.abs(random.normal(0, 10, 500))
    paired = paired_errors(
        predictions(list(real), list(real + error)), predictions(list(real), list(real + error + 1))
    )
    assert paired is not None
    assert paired.low == pytest.approx(1)
    assert paired.high == pytest.approx(1)


def test_only_photos_with_one_real_age_in_both_count() -> None:
    paired = paired_errors(predictions([20, 30, 40], [20, 30, 40]), predictions([20, 31], [21, 31]))
    assert paired is not None
    assert paired.n == 1
    assert paired_errors(predictions([20], [20]), predictions([21], [21])) is None


def test_the_predictions_of_a_run_are_read(tmp_path: Path) -> None:
    predictions([20], [21]).to_csv(tmp_path / "a.csv")
    assert read_run(tmp_path / "a.csv")["predicted_age"].tolist() == [21]


def test_table_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("file_name\n1.jpg\n")
    with pytest.raises(ValueError, match="lacks predicted_age, real_age"):
        read_run(tmp_path / "a.csv")
