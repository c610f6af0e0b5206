#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The output of tests/bench/scopes as a picture: nanoseconds a block of the four ways, as bars.

    build/tests/bench/scopes > scopes.txt
    tests/bench/scopes.py scopes.txt > doc/images/scopes.svg
"""

import sys
from html import escape

WAYS = ("alloca", "stack", "obstack", "malloc")
COLOURS = {"alloca": "#999999", "stack": "#d55e00", "obstack": "#56b4e9", "malloc": "#0072b2"}
BYTES = "100"  # the size that is drawn
TITLES = {"filled": "100 bytes, filled", "byte": "100 bytes, one byte written"}
BAR_PX, GROUP_GAP_PX, PANEL_PX, LEFT_PX, TOP_PX, WIDTH_PX = 15, 14, 300, 76, 84, 780


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: scopes.py OUTPUT-OF-SCOPES", file=sys.stderr)
        return 2
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = [line.split() for line in file.read().splitlines()[1:]]
    rows = [row for row in rows if len(row) == 8 and row[2] == BYTES]
    if len(rows) != 6:
        print(f"scopes.py: {sys.argv[1]} is not what tests/bench/scopes prints", file=sys.stderr)
        return 1
    most = max(float(value) for row in rows for value in row[3:7])
    group_px = len(WAYS) * BAR_PX + GROUP_GAP_PX
    height = TOP_PX + 3 * group_px + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_PX}" height="{height}" viewBox="0 0 {WIDTH_PX} {height}" '
        'font-family="DejaVu Sans, sans-serif" font-size="12" fill="#222222">',
        f'<rect width="{WIDTH_PX}" height="{height}" fill="#ffffff"/>',
        '<text x="16" y="26" font-size="15" font-weight="bold">Memory that ends with a scope: nanoseconds a block</text>',
    ]
    for i, way in enumerate(WAYS):
        parts.append(f'<rect x="{LEFT_PX + i * 110}" y="38" width="12" height="12" fill="{COLOURS[way]}"/>')
        parts.append(f'<text x="{LEFT_PX + i * 110 + 18}" y="49">{escape(way)}</text>')
    for panel, what in enumerate(("filled", "byte")):
        left = LEFT_PX + panel * (PANEL_PX + 60)
        parts.append(f'<text x="{left}" y="{TOP_PX - 8}" font-weight="bold">{TITLES[what]}</text>')
        for group, row in enumerate(row for row in rows if row[0] == what):
            top = TOP_PX + group * group_px
            if panel == 0:
                label = f'{row[1]} block{"s" if row[1] != "1" else ""}'
                parts.append(f'<text x="{LEFT_PX - 8}" y="{top + 2 * BAR_PX + 4}" text-anchor="end">{label}</text>')
            for i, way in enumerate(WAYS):
                value = float(row[3 + i])
                width = max(1.0, PANEL_PX * value / most)
                y = top + i * BAR_PX
                parts.append(f'<rect x="{left}" y="{y}" width="{width:.1f}" height="{BAR_PX - 3}" fill="{COLOURS[way]}"/>')
                parts.append(f'<text x="{left + width + 5:.1f}" y="{y + 10}" font-size="11">{value:.1f}</text>')
    parts.append("</svg>")
    print("\n".join(parts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
