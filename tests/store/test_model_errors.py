"""Errors belong to the model version that made an estimate; those of others are unknown."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from age_model import release
from age_model.ages import MAX_AGE
from age_model.model.version import maker_of, version_of
from age_model.predict.id_rule import USUAL_RULE
from age_model.release import Release, released
from age_model.store.analysis.alcohol import alcohol_sales
from age_model.store.analysis.products import lifts
from age_model.store.analysis.purchases import by_band
from age_model.store.demo.month import demo_month
from age_model.store.imports.rows import IMPORTED, visit_distributions
from age_model.store.record.read import StoreTables
from age_model.store.statistics.age_bands import DEFAULT_BANDS
from age_model.store.statistics.age_mix import MeasuredErrors, fit_mixes
from age_model.store.statistics.band_weights import BandModel, fit_bands, totals
from age_model.store.statistics.model_errors import Lookup, errors, usual_ranges
from age_model.store.statistics.population import count_unmeasured, population_of, usual_spread

Rows = np.ndarray | slice


@pytest.fixture(scope="module")
def month() -> tuple[StoreTables, np.ndarray]:
    tables, truth = demo_month(7, 6000)
    return tables, truth["true_age"].to_numpy()


def of_version(tables: StoreTables, version: str, rows: Rows = slice(None)) -> StoreTables:
    """Return tables of which some visits come from another source."""
    names = tables.visits["model_version"].astype(object).to_numpy().copy()
    names[rows] = version
    return replace(tables, visits=tables.visits.assign(model_version=pd.Categorical(names)))


def counted(tables: StoreTables, lookup: Lookup = errors) -> BandModel:
    return fit_bands(population_of(tables.visits, tables.distributions, lookup), DEFAULT_BANDS)


def widths(tables: StoreTables, measure: str) -> np.ndarray:
    table = by_band(tables, counted(tables), measure)
    return (table["high"] - table["low"]).to_numpy()


def test_the_shipped_model_and_its_demonstration_have_one_version(
    month: tuple[StoreTables, np.ndarray],
) -> None:
    assert released().model().version == released().version
    assert set(month[0].visits["model_version"]) == {released().version}
    assert errors(released().version) is not None
    assert count_unmeasured(month[0].versions, errors) == 0


@pytest.mark.parametrize("version", ["resnet18 0123456789ab", IMPORTED, "demonstration", ""])
def test_the_errors_of_other_sources_are_unknown(version: str) -> None:
    assert errors(version) is None


def test_the_errors_of_a_run_with_predictions_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "another"
    shutil.copytree(released().evaluation_dir, run / "evaluation")
    (run / "model").mkdir()
    card = released().card()
    card["training"].append(card["training"][0] | {"sigma": 8.0})
    metrics = Release(run).metrics()
    metrics["model"]["maker"] = maker_of(card)
    Release(run).metrics_file.write_text(json.dumps(metrics), "utf-8")
    Release(run).card_file.write_text(json.dumps(card), "utf-8")
    photos = pd.read_csv(Release(run).predictions_file)
    photos["predicted_age"] += 10
    photos.to_csv(Release(run).predictions_file, index=False)
    version = version_of("resnet18", card)
    assert errors(version) is None
    monkeypatch.setattr(release, "RUNS", tmp_path)
    known, shipped = errors(version), errors(released().version)
    assert known and shipped
    cells = 2 * np.arange(known.chances.shape[2])
    assert (known.chances[0, 40] - shipped.chances[0, 40]) @ cells == pytest.approx(10, abs=0.5)
    # Both networks count: the mix that the second learned from is smeared wider.
    assert 1.1 < np.ptp(shipped.learned) / np.ptp(known.learned) < 2


def test_a_run_that_is_being_written_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, card in (("broken", '{"format"'), ("no card", None)):
        (tmp_path / name / "evaluation").mkdir(parents=True)
        Release(tmp_path / name).predictions_file.write_text("")
        if card:
            (tmp_path / name / "model").mkdir()
            Release(tmp_path / name).card_file.write_text(card)
    monkeypatch.setattr(release, "RUNS", tmp_path)
    assert errors("resnet18 0123456789ab") is None
    assert errors("") is None


def test_each_visit_is_seen_through_the_errors_of_its_own_model(
    month: tuple[StoreTables, np.ndarray],
) -> None:
    """A second model's ages are all ten years too high, as its test photos show."""
    tables, truth = month
    rows = np.arange(len(truth)) % 2 == 0
    age = tables.visits["age"].to_numpy() + np.where(rows, 10, 0)
    moved = np.where(rows[:, None], np.roll(tables.distributions, 10, 1), tables.distributions)
    both = of_version(tables, "second", rows)
    both = replace(both, visits=both.visits.assign(age=age), distributions=moved)
    shipped = errors(released().version)
    assert shipped
    second = MeasuredErrors(np.roll(shipped.learned, 10), np.roll(shipped.chances, 5, axis=2))
    lookup: Lookup = {released().version: shipped, "second": second}.get

    def mean_age(lookup: Lookup) -> float:
        mix = fit_mixes(population_of(both.visits, moved, lookup).parts)[0]
        return float(mix @ np.arange(len(mix)))

    assert mean_age(lookup) == pytest.approx(truth.mean(), abs=1)
    assert mean_age(lambda _: shipped) > truth.mean() + 4


@pytest.mark.parametrize("measure", ["visits", "spend", "basket"])
def test_unknown_errors_make_intervals_wider(
    month: tuple[StoreTables, np.ndarray], measure: str
) -> None:
    tables, _ = month
    known, unknown = (
        widths(of_version(tables, name), measure) for name in (released().version, "")
    )
    assert (unknown > known).mean() > 0.7 and unknown.sum() > 1.1 * known.sum()
    few = widths(of_version(tables, IMPORTED, np.arange(300)), measure)
    assert few.sum() < (known + unknown).sum() / 2


def test_a_band_in_the_middle_is_unsure_too(month: tuple[StoreTables, np.ndarray]) -> None:
    """Ages too high or low move visits into it from one side, and out of it to the other."""
    tables, _ = month
    model = counted(of_version(tables, IMPORTED))
    alone, wider = (
        totals(model, np.ones(len(model)), wider=pair).shares().interval()
        for pair in ((1.0, 0.0), (1.0, 0.3))
    )
    middle = DEFAULT_BANDS.names.index("35–44")
    before, after = ((high - low)[middle, 0] for low, high in (alone, wider))
    assert after > 2 * before


def test_a_band_that_nobody_belongs_to_has_an_interval() -> None:
    ages = np.random.default_rng(0).normal(58, 5, 4000)
    visits = pd.DataFrame({"age": ages, "age_low": ages - 8, "age_high": ages + 8})
    given, distributions = visit_distributions(visits)
    model = fit_bands(
        population_of(given.assign(model_version=IMPORTED), distributions, errors), DEFAULT_BANDS
    )
    low, high = totals(model, np.ones(len(model))).shares().interval()
    assert np.isfinite([low, high]).all()
    assert high[0, 0] < 0.02


def test_figures_of_unknown_errors_hold_what_a_biased_source_hides(
    month: tuple[StoreTables, np.ndarray],
) -> None:
    tables, truth = month
    share = np.bincount(DEFAULT_BANDS.of(truth), minlength=7) / len(truth)
    held = {"": 0, released().version: 0}
    for years in (-3, 3):
        for version in held:
            moved = of_version(tables, version)
            columns = ["age", "age_low", "age_high"]
            ages = (moved.visits[columns] + years).clip(0, 116)
            visits = moved.visits.assign(**ages)
            distributions = np.roll(tables.distributions, years, axis=1)
            model = counted(replace(moved, visits=visits, distributions=distributions))
            low, high = totals(model, np.ones(len(model))).shares().interval()
            held[version] += int(((low[:, 0] <= share) & (share <= high[:, 0])).sum())
    assert held[""] >= 11  # of 14
    assert held[released().version] < held[""]


def test_unknown_errors_make_the_number_of_minors_and_lifts_less_sure(
    month: tuple[StoreTables, np.ndarray],
) -> None:
    tables, _ = month
    ranges, lift_ranges = [], []
    for name in (released().version, IMPORTED):
        given = of_version(tables, name)
        sales = alcohol_sales(given, errors, USUAL_RULE)
        ranges.append(np.quantile(sales.odds, 0.975))
        table = lifts(given, counted(given), "product")
        lift_ranges.append((table["lift_high"] - table["lift_low"]).median())
    assert ranges[1] > 1.2 * ranges[0]
    assert lift_ranges[1] > 1.1 * lift_ranges[0]


def test_an_age_without_a_range_counts_with_the_usual_errors() -> None:
    visits = pd.DataFrame({"age": np.full(500, 40.0), "age_low": 40.0, "age_high": 40.0})
    alone, distributions = visit_distributions(visits)
    narrow = alone.assign(age_low=39.0, age_high=41.0)
    spreads = []
    for given in (alone, narrow):
        (part,) = population_of(given, distributions, errors).parts
        ages = np.arange(part.distributions.shape[1])
        middle = part.distributions[0] @ ages
        spreads.append(np.sqrt(part.distributions[0] @ (ages - middle) ** 2))
    assert spreads[0] == pytest.approx(usual_spread(np.array(40.0)), rel=0.02)
    assert spreads[1] < 1


def test_an_age_alone_gets_a_range_as_wide_as_the_models_errors() -> None:
    ages = np.array([0.0, 20.0, 60.0, 116.0, np.nan])
    low, high = usual_ranges(ages)
    assert np.all((low <= ages) & (ages <= high) | np.isnan(ages))
    assert high[2] - low[2] > high[1] - low[1] > high[0] - low[0] > 0
    assert low[0] == 0 and high[3] == MAX_AGE
    photos = released().predictions()
    near = photos[photos["predicted_age"].between(19.5, 20.5)]["real_age"]
    assert 0.85 < near.between(low[1], high[1]).mean() < 0.95
