"""Reports laid out as text for the console."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from age_model.data.problems import DatasetError, Problem, ProblemKind
from age_model.evaluation.metrics import CLOSE
from age_model.i18n.translate import number, tr
from age_model.predict.id_rule import AskRule
from age_model.reports.markdown import interval_or_value, with_interval

# Whom the gate's metrics are about, by the end of a metric's name.
MINORS = {"": "14 to 17", "_16": "16 to 17", "_17": "17"}
ADULTS = {"": "25 to 34", "_all": "from 25"}


def format_metrics(metrics: dict[str, Any]) -> str:
    """Lay out a `metrics_report` as text."""
    overall, baseline = metrics["overall"], metrics["baseline"]
    rows = [("MAE", overall)]
    if "coral_test" in metrics:
        rows.append(("MAE, CORAL test set", metrics["coral_test"]))
    if "coral_test_known" in metrics:
        rows.append(("the same, 21-60 known", metrics["coral_test_known"]))
    rows.append((f"MAE, always {baseline['constant_age']:g}", baseline))
    lines = [
        f"{metrics['model']['architecture']}, split {metrics['split']}, {overall['n']} photos; in "
        f"{metrics['photos_without_face']} no face was found (there the whole picture was used)",
        "Errors in years, with 95% intervals:",
        "",
        *(_mae_line(name, summary) for name, summary in rows),
        "",
        f"{'Median error':24}{overall['median_error']:6.2f}",
        f"{'RMSE':24}{overall['rmse']:6.2f}",
        f"{'Bias':24}{with_interval(overall, 'bias', '+6.2f')}",
        f"{f'Within {CLOSE} years':24}{overall['within_5']:6.1%}",
        "",
        *(_coverage_line(level, metrics) for level, metrics in metrics["intervals"].items()),
        *(_probability_line(age, metrics) for age, metrics in metrics["probabilities"].items()),
        *_surest_lines(metrics["risk_coverage"]),
        "",
        *_mark_lines(metrics["marks"], overall["mae"], baseline),
        "",
        f"{'Real age':10}{'n':>7}{'MAE':>6}{'Bias':>26}",
        *(_band_line(band) for band in metrics["bands"]),
        *_group_lines(metrics["groups"]),
        *_gate_lines(metrics["gate"]),
        *_published_lines(metrics["published"]),
    ]
    return "\n".join(lines)


def _mae_line(name: str, summary: dict[str, Any]) -> str:
    return f"{name:24}{with_interval(summary, 'mae', '6.2f')}  n = {summary['n']}"


def _mark_lines(marks: dict[str, float], mae: float, baseline: dict[str, Any]) -> list[str]:
    """Return which marks are met; none if a constant guess does as well, as it may pass them."""
    if mae >= baseline["mae"]:
        age = f"{baseline['constant_age']:g}"
        return [f"No better than always guessing {age}: no mark is met by that."]
    return [
        f"{f'Mark: {name}':24}{mark:6.2f}  {'met' if mae <= mark else 'missed'}"
        for name, mark in marks.items()
    ]


def _band_line(band: dict[str, Any]) -> str:
    mae, bias = with_interval(band, "mae", "6.2f"), with_interval(band, "bias", "+6.2f")
    return f"{band['band']:10}{band['n']:7}{mae:26}{bias}"


def _coverage_line(level: str, metrics: dict[str, Any]) -> str:
    return (
        f"{f'Inside the {level}% range':24}{with_interval(metrics, 'coverage', '6.1%')}  "
        f"{metrics['mean_width']:.1f} years wide; a constant range: {metrics['constant_width']:.1f}"
    )


def _probability_line(age: str, metrics: dict[str, Any]) -> str:
    return (
        f"{f'Brier score, under {age}':24}{metrics['brier']:6.3f}  base rate: "
        f"{metrics['brier_base_rate']:.3f}; calibration error {metrics['calibration_error']:.1%}"
    )


def _surest_lines(metrics: dict[str, Any]) -> Iterator[str]:
    cut = metrics["mae_cut_at_80"]
    if cut is not None:
        mae = next(step["mae"] for step in metrics["steps"] if step["kept"] == 0.8)
        yield f"{'MAE of the surest 80%':24}{mae:6.2f}  {cut:.1%} less"


def _group_lines(groups: list[dict[str, Any]]) -> Iterator[str]:
    if groups:
        yield ""
        yield f"{'Group':16}{'n':>7}{'MAE':>6}{'Bias':>26}{'MAE at the same ages':>42}"
    for group in groups:
        mae, bias = with_interval(group, "mae", "6.2f"), with_interval(group, "bias", "+6.2f")
        yield f"{group['group']:16}{group['n']:7}{mae:26}{bias:26}{group['mae_same_ages']:6.2f}"


def _gate_lines(gate: dict[str, Any]) -> Iterator[str]:
    usual = gate["usual"]
    yield ""
    first, *others = (condition.whom for condition in AskRule.of(usual).conditions)
    yield f"Asked for an ID: {first}"
    yield from (f"    and {other}" for other in others)
    yield from _people_lines("not asked", "n_minors", "false_pass", MINORS, usual)
    yield from _people_lines("asked", "n_adults", "false_challenge", ADULTS, usual)
    if gate["targets"]:
        yield ""
        yield (
            f"Thresholds for a target share of ages {gate['fitted_from']} to "
            f"{gate['legal_age'] - 1} (best on valid: {gate['rule']}):"
        )
        yield f"{'':14}{'target':>7}{'threshold':>11}  {'14 to 17 pass':25}25 to 34 asked"
    for row in gate["targets"]:
        yield (
            f"{row['rule']:14}{row['target']:7.1%}{row['threshold']:11.4g}  "
            f"{with_interval(row, 'false_pass', '6.1%'):25}"
            f"{with_interval(row, 'false_challenge', '6.1%')}"
        )


def format_sources(metrics: list[dict[str, Any]]) -> str:
    """Lay out what `source_metrics` returned as text."""
    width = max(len("Photos of"), *(len(entry["source"]) for entry in metrics)) + 2
    lines = [
        "Errors in years, each person once; 95% intervals from a bootstrap over people",
        "",
        f"{'Photos of':{width}}{'Size':6}{'n':>6}{'People':>8}{'MAE':>7}{'':17}{'Bias':>6}{'':18}"
        f"{'Inside 90%':>10}{'':21}14 to 17 estimated 25+",
        *(_source_line(entry, width) for entry in metrics),
    ]
    return "\n".join(lines)


def _source_line(entry: dict[str, Any], width: int) -> str:
    mae, bias, inside = (
        interval_or_value(entry, name, form)
        for name, form in (("mae", ".2f"), ("bias", "+.2f"), ("inside_90", ".1%"))
    )
    return (
        f"{entry['source']:{width}}{entry['size']:6}{entry['photos']:6}{entry['people']:8}"
        f"   {mae:21}{bias:26}{inside:31}{entry['teens_read_adult']} of {entry['teens']}"
    )


def _people_lines(
    done: str, count: str, share: str, people: Mapping[str, str], metrics: dict[str, Any]
) -> Iterator[str]:
    for end, ages in people.items():
        value = with_interval(metrics, f"{share}{end}", "6.1%")
        yield f"{f'  {ages}, {done}':24}{value}  n = {metrics[f'{count}{end}']}"


def _published_lines(forms: dict[str, Any]) -> Iterator[str]:
    nist, everybody = forms["nist"], forms["yoti"][0]
    yield ""
    if nist["mae"] is not None:
        yield (
            f"{'MAE as NIST averages':24}{nist['mae']:6.2f}  two sexes by the ages 18 to 30, "
            f"{nist['filled']} of 26 cells, n = {nist['n']}"
        )
    yield (
        f"{'13 to 17, under 25':24}{with_interval(everybody, 'under_25', '6.1%')}  "
        f"n = {everybody['n']}"
    )


NAME_WIDTH = 30


def format_robustness(report: dict[str, Any]) -> str:
    """Lay out a `robustness_report` as text."""
    clean = report["undamaged"]
    lines = [
        f"{report['model']['architecture']}, split {report['split']}, {clean['n']} faces",
        "Errors in years, with 95% intervals; change: that of the MAE on the same faces",
        "",
        f"{'':{NAME_WIDTH}}{'n':>5}{'MAE':>7}{'':16}{'Bias':>7}{'Change':>8}{'':19}Limit",
        f"{'without corruption':{NAME_WIDTH}}{clean['n']:5}{_mae(clean)}"
        f"{number(clean['bias'], '+7.2f')}",
        *(_line(row) for row in report["corruptions"]),
        "",
        f"{'Face photographed at':{NAME_WIDTH}}{'n':>5}{'MAE':>7}{'Mean age':>10}{'Shift':>8}",
        *(
            f"{str(row['pixels']) + ' px':{NAME_WIDTH}}{row['n']:5}{row['mae']:7.2f}"
            f"{row['mean_predicted']:10.2f}{number(row['shift'], '+8.2f')}"
            for row in report["resolutions"]
        ),
    ]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    start = f"{row['name']:{NAME_WIDTH}}{row['n']:5}"
    missing = f"  face not found: {row['not_found']}" if row["not_found"] else ""
    if not row["n"]:
        return f"{start}{missing}  missed"
    limit = f"{row['limit']:g}" + (f", bias {row['bias_limit']:g}" if row["bias_limit"] else "")
    verdict = "passed" if row["passed"] else "missed"
    change = f"{number(row['bias'], '+7.2f')}{with_interval(row, 'mae_change', '+8.2f'):27}"
    return f"{start}{_mae(row)}{change}{limit:10}{verdict}{missing}"


def _mae(row: dict[str, Any]) -> str:
    return f"{with_interval(row, 'mae', '7.2f'):23}"


def format_problems(problems: Iterable[Problem], names: int = 5) -> str:
    """List the problems by kind: how many, then the first `names` of them; "" if there are none."""
    by_kind: dict[ProblemKind, list[Problem]] = {}
    for problem in problems:
        by_kind.setdefault(problem.kind, []).append(problem)
    lines = []
    for kind in ProblemKind:
        found = by_kind.get(kind, [])
        if found:
            lines.append(f"{tr(kind)}: {len(found)}")
            lines += [
                f"  {p.file_name}" + (f" ({tr(p.detail)})" if p.detail else "")
                for p in found[:names]
            ]
        if len(found) > names:
            lines.append("  " + tr("and {n} more").format(n=len(found) - names))
    return "\n".join(lines)


def failure_in_words(error: Exception) -> str:
    """Return the text of an error, with what the data set's files say, and their problems."""
    if not isinstance(error, DatasetError):
        return tr(str(error))
    said = " ".join(filter(None, (tr(str(error)), tr(error.quoted))))
    return "\n".join(filter(None, (said, format_problems(error.problems))))
