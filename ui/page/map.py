"""The map and the topics over time as Plotly figures, which Gradio draws and lets people zoom, pan, hover and lasso.

A figure is plain JSON here: Gradio brings the drawing library, and Plotly for Python would only write the same.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Any

from gradio.components.plot import PlotData

from corpus import Paper
from rag import Assistant
from ui.page.labelling import Box, placed
from ui.page.text import date_text
from ui.topics import Atlas

COLOURS = (
    *("#0f8f83", "#c2622d", "#4b6fd0", "#a8437f", "#6f8a1f", "#8a5bd1", "#b98900"),
    *("#2f8fb8", "#b23b3b", "#5f6b7a", "#3f9b4f", "#d0568f", "#7a6a4f", "#1f6fa3"),
)
WIDTH, HEIGHT = 1_060, 600
"""Pixels for which the labels are set; the figure itself is as wide as its place."""

_LETTER, _LINE, _DOT, _RING = 7.4, 19.0, 8, 17
_TITLE = 58
_PERIODS = 24
_FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, sans-serif"
_CONFIG = {
    "displaylogo": False, "scrollZoom": True, "displayModeBar": True, "doubleClick": "reset",
    "modeBarButtons": [["pan2d", "lasso2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
}  # fmt: skip


def _plot(data: Sequence[Mapping[str, Any]], layout: Mapping[str, Any], config: Mapping[str, Any]) -> PlotData:
    return PlotData(type="plotly", plot=json.dumps({"data": data, "layout": layout, "config": config}))


def _layout(height: int, **more: Any) -> dict[str, Any]:
    hover = {"bgcolor": "#1b222b", "bordercolor": "#1b222b", "font": {"color": "#ffffff", "size": 13, "family": _FONT}, "align": "left"}
    return {
        "height": height, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": _FONT, "size": 13, "color": "#57606c"}, "hoverlabel": hover, "showlegend": False,
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "#8a94a0", "activecolor": "#0f766e", "orientation": "h"}, **more,
    }  # fmt: skip


# --- the map


def map_plot(atlas: Atlas, papers: Mapping[str, Paper], cited: Collection[str]) -> PlotData:
    """A dot a paper, coloured by topic, the topics' names beside their dots, the cited papers ringed."""
    rows = [(papers[i], x, y, topic) for i, (x, y), topic in zip(atlas.ids, atlas.points, atlas.topic_of, strict=True) if i in papers]
    data = [
        _dots([row for row in rows if row[3] == number], label, COLOURS[number % len(COLOURS)]) for number, label in enumerate(atlas.labels)
    ]
    ringed = [row for row in rows if row[0].paper_id in cited]
    if ringed:
        data.append(
            {
                **_dots(ringed, "cited", "#1b222b"),
                "marker": {"size": _RING, "symbol": "circle-open", "color": "#7c8794", "line": {"width": 2.5}},
            }
        )
    axis = {"visible": False, "range": [-0.03, 1.03], "fixedrange": False}
    layout = _layout(HEIGHT, xaxis=axis, yaxis=axis, dragmode="pan", hovermode="closest", annotations=_names(atlas), uirevision="map")
    return _plot(data, layout, _CONFIG)


def _dots(rows: Sequence[tuple[Paper, float, float, int]], label: str, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "name": escape(label), "x": [row[1] for row in rows], "y": [row[2] for row in rows],
        "customdata": [[row[0].paper_id, row[0].title] for row in rows], "text": [_hover(row[0], label) for row in rows],
        "hovertemplate": "%{text}<extra></extra>", "marker": {"size": _DOT, "color": colour, "opacity": 0.82},
    }  # fmt: skip


def _hover(paper: Paper, label: str) -> str:
    """Title, date and topic; escaped, for Plotly reads some mark-up."""
    lines, line = [], ""
    for word in paper.title.split():
        if line and len(line) + len(word) > _TITLE:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    told = " · ".join(part for part in (date_text(paper.published), label) if part)
    return "<br>".join([*(escape(text) for text in (*lines, line)), escape(told)])


def _names(atlas: Atlas) -> list[dict[str, Any]]:
    """The topics' names where they cover neither dots nor each other, with a line to their middle where that is further away."""
    dots = [(x * WIDTH, y * HEIGHT) for x, y in atlas.points]
    groups = [
        (label, [dot for dot, at in zip(dots, atlas.topic_of, strict=True) if at == number]) for number, label in enumerate(atlas.labels)
    ]
    named = [(label, members) for label, members in groups if label and members]
    boxes = placed([(len(label) * _LETTER + 8, _LINE, members) for label, members in named], dots, (WIDTH, HEIGHT))
    return [_name(label, box) for (label, _), box in zip(named, boxes, strict=True)]


def _name(label: str, box: Box) -> dict[str, Any]:
    return {
        "x": box.x / WIDTH, "y": box.y / HEIGHT, "text": f"<b>{escape(label)}</b>", "showarrow": False, "xanchor": "center",
        "yanchor": "middle", "font": {"size": 13, "color": "#1b222b"}, "captureevents": False,
    }  # fmt: skip


def legend_html(atlas: Atlas, ringed: int) -> str:
    """What the dots are, and the topics in their colours; each asks for its papers."""
    shown = f"A sample of {len(atlas.ids):,} of {atlas.held:,} papers" if len(atlas.ids) < atlas.held else f"{atlas.held:,} papers"
    rings = f" The {ringed} that the last answer cites have a ring." if ringed else ""
    note = f"{shown}; those on like subjects lie side by side.{rings} Choose a dot to read its paper; "
    note += "draw around some with the lasso to ask about them."
    items = "".join(
        f'<li><button type="button" class="pc-topic" data-action="topic" data-topic="{number}">'
        f'<i style="background:{COLOURS[number % len(COLOURS)]}"></i>{escape(label)} <span class="pc-count">{size}</span></button></li>'
        for number, label, size in atlas.topics()
    )
    return f'<p class="pc-note">{note}</p><ul class="pc-legend" aria-label="Topics">{items}</ul>'


# --- topics over time


def time_plot(atlas: Atlas, papers: Mapping[str, Paper]) -> PlotData | None:
    """Papers of each topic by year, or by month where they span two years or less, as a stacked area; None without dates."""
    dated = [
        (papers[i].published or "", topic)
        for i, topic in zip(atlas.ids, atlas.topic_of, strict=True)
        if i in papers and papers[i].published
    ]
    periods = _periods([date for date, _ in dated])
    if not periods:
        return None
    width = len(periods[0])
    shown = [date_text(period) for period in periods]
    counts = Counter((date[:width], topic) for date, topic in dated)
    data = [
        {
            "type": "scatter", "mode": "lines", "stackgroup": "topics", "name": escape(label), "x": shown,
            "y": [counts[period, number] for period in periods], "line": {"width": 0.5, "color": COLOURS[number % len(COLOURS)]},
            "hovertemplate": "%{y} on " + escape(label) + "<extra></extra>",
        }
        for number, label, _ in atlas.topics()
    ]  # fmt: skip
    margin = {"l": 36, "r": 28, "t": 8, "b": 34}
    axes = {
        "xaxis": {"type": "category", "fixedrange": True, "nticks": 10, "showgrid": False},
        "yaxis": {"fixedrange": True, "gridcolor": "rgba(128,140,155,.25)"},
    }
    return _plot(data, _layout(280, **axes, margin=margin, hovermode="x unified"), {"displayModeBar": False})


def _periods(dates: Sequence[str]) -> list[str]:
    """Years, or months, from the first to the last date, without gaps."""
    years = sorted({int(date[:4]) for date in dates})
    if not years:
        return []
    if years[-1] - years[0] > 1 or not all(len(date) >= 7 for date in dates):
        return [str(year) for year in range(max(years[0], years[-1] - _PERIODS), years[-1] + 1)]
    months = [f"{year}-{month:02}" for year in range(years[0], years[-1] + 1) for month in range(1, 13)]
    return [month for month in months if min(dates)[:7] <= month <= max(dates)[:7]]


def time_note(atlas: Atlas, papers: Mapping[str, Paper]) -> str:
    """What the picture leaves out."""
    undated = sum(1 for paper_id in atlas.ids if paper_id in papers and not papers[paper_id].published)
    return (
        f'<p class="pc-note">{undated:,} of these {len(atlas.ids):,} papers have no date and are not in this picture.</p>'
        if undated
        else ""
    )


def papers_of(assistant: Assistant, atlas: Atlas) -> dict[str, Paper]:
    """The papers of the map by id."""
    return {paper.paper_id: paper for paper in assistant.index.papers(atlas.ids)}
