"""An overview as one page of HTML to print: no script, nothing loaded from anywhere."""

from collections.abc import Iterable
from html import escape

import pandas as pd

from age_model.i18n.dates import day_on_axis, days_in_words, weekday_on_axis
from age_model.i18n.translate import language, number, tr, trn
from age_model.store.analysis.overview import FIGURES, Period
from age_model.store.record.select import demo_names
from age_model.store.reports.gather import Overview
from age_model.store.reports.words import (
    DAYS,
    change_in_words,
    finding_in_words,
    interval_of,
    missing_in_words,
    name_of,
    value_in_words,
)

MOST_FINDINGS, MOST_STORES = 6, 10  # have room on the page; the Excel file has all
_STYLE = """
@page { size: A4; margin: 12mm; }
* { box-sizing: border-box; }
body { font: 11pt/1.4 "Segoe UI", "Noto Sans", Roboto, Arial, sans-serif; color: #1b1f23;
  max-width: 182mm; margin: 10mm auto; padding: 0 4mm; }
h1 { font-size: 19pt; margin: 0; line-height: 1.2; }
h2 { font-size: 12.5pt; margin: 6mm 0 2mm; }
p { margin: 1mm 0; }
.quiet, figcaption { color: #57606a; font-size: 9.5pt; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(33mm, 1fr)); gap: 3mm;
  margin: 5mm 0 0; }
@media (min-width: 160mm) { dl { grid-template-columns: 1fr 1.5fr 1fr 1fr 1fr; } }
dl > div { border: 1px solid #d0d7de; border-radius: 2mm; padding: 2.5mm; }
dt { font-size: 9.5pt; color: #57606a; }
dd { margin: 0; font-size: 9.5pt; color: #57606a; }
dd.value { font-size: 15pt; font-weight: 600; color: #1b1f23; }
ul { margin: 0; padding-left: 5mm; }
li { margin: 0.8mm 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 10pt; }
th, td { text-align: right; padding: 1mm 2mm; border-bottom: 1px solid #d0d7de;
  vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; width: 30%; }
figure { margin: 0; }
svg { width: 100%; height: 26mm; display: block; }
.days { display: grid; color: #57606a; font-size: 8.5pt; white-space: nowrap; }
.days > span { display: flex; justify-content: center; width: 0; justify-self: center; }
dl > div, li, tr, figure { break-inside: avoid; }
@media print {
  body { margin: 0; padding: 0; max-width: none; font-size: 9pt; line-height: 1.25; }
  h2 { margin: 3mm 0 1mm; }
  dl { margin-top: 3mm; }
  li { margin: 0.4mm 0; }
  svg { height: 18mm; }
  table { font-size: 8.5pt; }
  th, td { padding: 0.6mm 2mm; }
}
"""
MOST_DAYS, MOST_DATES = 7, 6  # have room below the bars, on a phone too
_CHART = 100, 24  # width and height of the chart's own units


def overview_sheet(overview: Overview) -> str:
    """Return the overview as an HTML file in the reader's language, for one page of A4."""
    period = days_in_words(*overview.period)
    title = tr("Store report, {period}").format(period=period)
    parts = [
        f"<h1>{escape(title)}</h1>",
        _about(overview),
        _figures(overview),
        f"<h2>{escape(tr('What needs attention'))}</h2>",
        _findings(overview),
        f"<h2>{escape(tr(DAYS[overview.counted]))}</h2>",
        _chart(overview),
        f"<h2>{escape(tr('Stores'))}</h2>",
        _stores(overview),
        f'<p class="quiet">{escape(_small_print())}</p>',
    ]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _about(overview: Overview) -> str:
    stores = list(overview.by_store["store"])
    texts = [", ".join(stores[:MOST_STORES]) + (", …" if len(stores) > MOST_STORES else "")]
    if overview.compared:
        before = days_in_words(*overview.period.before)
        texts.append(tr("Compared with {period}").format(period=before))
    if not demo_names().isdisjoint(stores):
        texts.append(tr("Demonstration data: a made-up month of stores that do not exist."))
    return "\n".join(f'<p class="quiet">{escape(text)}</p>' for text in texts)


def _figures(overview: Overview) -> str:
    boxes = []
    for name, figure in overview.figures.items():
        value = value_in_words(name, figure.value, overview.currency)
        notes = [missing_in_words(name, overview.figures) or interval_of(name, figure)]
        if overview.compared:
            notes.append(change_in_words(name, figure))
        boxes.append(
            f"<div><dt>{escape(name_of(name))}</dt>"
            f'<dd class="value">{escape(value)}</dd>'
            + "".join(f"<dd>{escape(note)}</dd>" for note in notes if note)
            + "</div>"
        )
    return f"<dl>{''.join(boxes)}</dl>"


def _findings(overview: Overview) -> str:
    texts = [finding_in_words(finding) for finding in overview.findings]
    if not texts:
        return f"<p>{escape(tr('Nothing stands out in this period.'))}</p>"
    more = len(texts) - MOST_FINDINGS
    if more > 0:
        text = trn("And {n} more, in the Excel file.", "And {n} more, in the Excel file.", more)
        texts = [*texts[:MOST_FINDINGS], text.format(n=number(more))]
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


def _stores(overview: Overview) -> str:
    shown = overview.by_store.head(MOST_STORES)
    rows = [
        [
            str(row["store"]),
            *(value_in_words(name, row[name], overview.currency) for name in FIGURES),
        ]
        for row in shown.to_dict("records")
    ]
    head = _row([tr("Store"), *map(name_of, FIGURES)], "th")
    body = "".join(_row(row, "td") for row in rows)
    return f'<div class="wide"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>'


def _row(cells: Iterable[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def _chart(overview: Overview) -> str:
    """Return bars of what each day counts; behind them, in grey, those of the period before."""
    now = day_values(overview, overview.period)
    before = day_values(overview, overview.period.before) if overview.compared else 0 * now
    most = max(now.max(), before.max(), 1)
    width, height = _CHART
    step = width / len(now)
    bars = [
        f'<rect x="{(place + left) * step:.2f}" width="{wide * step:.2f}" '
        f'y="{height * (1 - count / most):.2f}" height="{height * count / most:.2f}" '
        f'fill="{colour}"/>'
        for values, left, wide, colour in (
            (before, 0.1, 0.8, "#d0d7de"),
            (now, 0.3, 0.4, "#0b5fa5"),
        )
        for place, count in enumerate(values)
    ]
    text = tr("From {first} to {last}; at most {most} a day.")
    text = text.format(
        first=days_in_words(overview.period.first, overview.period.first),
        last=days_in_words(overview.period.last, overview.period.last),
        most=number(now.max(), ",.0f"),
    )
    if overview.compared:
        text += " " + tr("Grey: the period before.")
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(text)}">{"".join(bars)}</svg>'
        f"{_day_labels(overview.period)}<figcaption>{escape(text)}</figcaption></figure>"
    )


def _day_labels(period: Period) -> str:
    """Return the days below their bars: each of a week, of longer periods some of the Mondays."""
    days = [day.date() for day in pd.date_range(period.first, period.last)]
    if len(days) <= MOST_DAYS:
        shown = {place: weekday_on_axis(day) for place, day in enumerate(days)}
    else:
        mondays = [place for place, day in enumerate(days) if day.isoweekday() == 1]
        every = -(-len(mondays) // MOST_DATES)
        shown = {place: day_on_axis(days[place]) for place in mondays[::every]}
    labels = "".join(
        f'<span style="grid-column: {place + 1}">{escape(label)}</span>'
        for place, label in shown.items()
    )
    columns = f"grid-template-columns: repeat({len(days)}, minmax(0, 1fr))"
    return f'<div class="days" style="{columns}" aria-hidden="true">{labels}</div>'


def day_values(overview: Overview, period: Period) -> pd.Series:
    """Return the visits, or receipts, of each day, of all tills together; 0 where there are none.

    Args:
        overview: of which, by its `counted`.
        period: its own, or the one before.
    """
    table = overview.visits if overview.counted == "visits" else overview.sales
    days = pd.date_range(period.first, period.last)
    return table.groupby("day")[overview.counted].sum().reindex(days, fill_value=0)


def _small_print() -> str:
    return tr(
        "Ages are estimates from photos that were not kept: they describe a store as a whole, and "
        "never prove anything about one person. “No clear change” means: no more than days differ "
        "anyway."
    )
