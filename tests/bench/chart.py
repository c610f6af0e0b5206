# SPDX-License-Identifier: MIT
"""The results as a picture: one row for each workload, one mark for each allocator at its ratio to
the best other, time on the left and peak memory on the right, on logarithmic axes."""

import math
from html import escape

from report import Results

# Told apart by shape as well as by colour (Okabe and Ito's palette); ours is the filled one.
STYLES = (
    ("#d55e00", "circle"), ("#555555", "square"), ("#0072b2", "triangle"), ("#009e73", "diamond"), ("#cc79a7", "cross"),
    ("#e69f00", "plus"), ("#56b4e9", "square"), ("#000000", "triangle"), ("#7570b3", "diamond"), ("#a6761d", "cross"),
)
LEFT_PX, PANEL_PX, GAP_PX, ROW_PX, TOP_PX = 150, 440, 40, 22, 96
LEAST, MOST = 0.5, 8.0  # what lies beyond is drawn at the edge, with its number
TICKS = (0.5, 0.7, 1, 1.5, 2, 3, 4, 6, 8)


def _position(ratio: float) -> float:
    clamped = min(max(ratio, LEAST), MOST)
    return PANEL_PX * math.log(clamped / LEAST) / math.log(MOST / LEAST)


def _mark(x: float, y: float, style: tuple[str, str], filled: bool) -> str:
    colour, shape = style
    r = 5.0 if filled else 4.0
    paint = f'fill="{colour if filled else "none"}" stroke="{colour}" stroke-width="1.6"'
    paths = {
        "square": f"M{x - r:.1f},{y - r:.1f}h{2 * r}v{2 * r}h{-2 * r}z",
        "triangle": f"M{x:.1f},{y - r:.1f}l{r},{2 * r}h{-2 * r}z",
        "diamond": f"M{x:.1f},{y - r - 1:.1f}l{r + 1},{r + 1}l{-r - 1},{r + 1}l{-r - 1},{-r - 1}z",
        "cross": f"M{x - r:.1f},{y - r:.1f}l{2 * r},{2 * r}m0,{-2 * r}l{-2 * r},{2 * r}",
        "plus": f"M{x - r:.1f},{y:.1f}h{2 * r}m{-r},{-r}v{2 * r}",
    }
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" {paint}/>'
    return f'<path d="{paths[shape]}" {paint}/>'


def _text(x: float, y: float, text: str, extra: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {extra}>{escape(text)}</text>'


def svg(results: Results, title: str) -> str:
    """The whole picture; rows in the order of the workloads, and one more for the geometric means."""
    workloads = list(results.runs)
    rows = [*workloads, "geometric mean"]
    width = LEFT_PX + 2 * PANEL_PX + GAP_PX + 50
    bottom = TOP_PX + ROW_PX * len(rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{bottom + 40}" '
        f'viewBox="0 0 {width} {bottom + 40}" font-family="DejaVu Sans, sans-serif" font-size="12" fill="#222222">',
        f'<rect width="{width}" height="{bottom + 40}" fill="#ffffff"/>',
        _text(16, 26, title, 'font-size="15" font-weight="bold"'),
    ]
    x = LEFT_PX
    for i, allocator in enumerate(results.allocators):
        parts.append(_mark(x, 48, STYLES[i % len(STYLES)], i == 0))
        parts.append(_text(x + 10, 52, allocator))
        x += 26 + 7.5 * len(allocator)
    for i, workload in enumerate(rows):
        y = TOP_PX + ROW_PX * (i + 0.5)
        last = i == len(rows) - 1
        parts.append(_text(LEFT_PX - 12, y + 4, workload, f'text-anchor="end"{" font-weight=" + chr(34) + "bold" + chr(34) if last else ""}'))
        if i % 2 == 0:
            for panel in range(2):
                parts.append(f'<rect x="{LEFT_PX + panel * (PANEL_PX + GAP_PX)}" y="{y - ROW_PX / 2:.1f}" '
                             f'width="{PANEL_PX}" height="{ROW_PX}" fill="#f4f4f4"/>')
    for panel, (measure, name) in enumerate((("wall_s", "time over the best other"),
                                             ("peak_rss_kib", "peak memory over the best other"))):
        left = LEFT_PX + panel * (PANEL_PX + GAP_PX)
        parts.append(_text(left, TOP_PX - 22, name + " (left is better)"))
        for tick in TICKS:
            at = left + _position(tick)
            colour = "#888888" if tick == 1 else "#dddddd"
            parts.append(f'<line x1="{at:.1f}" y1="{TOP_PX}" x2="{at:.1f}" y2="{bottom}" stroke="{colour}"/>')
            parts.append(_text(at, TOP_PX - 6, f"{tick:g}", 'text-anchor="middle" font-size="10"'))
            parts.append(_text(at, bottom + 14, f"{tick:g}", 'text-anchor="middle" font-size="10"'))
        for i, workload in enumerate(rows):
            y = TOP_PX + ROW_PX * (i + 0.5)
            # Ours last, on top of the others.
            for j in reversed(range(len(results.allocators))):
                allocator = results.allocators[j]
                ratio = (results.mean(allocator, measure) if i == len(rows) - 1
                         else results.ratio(workload, allocator, measure))
                if ratio is None:
                    continue
                at = left + _position(ratio)
                parts.append(_mark(at, y, STYLES[j % len(STYLES)], j == 0))
                if ratio > MOST:
                    parts.append(_text(at + 8, y + 4, f"{ratio:.0f}", 'font-size="10"'))
    parts.append("</svg>\n")
    return "\n".join(parts)
