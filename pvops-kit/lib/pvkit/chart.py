# SPDX-License-Identifier: MIT
"""The price of ports as a bar chart for the documentation: plain SVG, no library."""

from __future__ import annotations

from xml.sax.saxutils import escape

from . import peers
from .shapes import Row

ROW, BAR, LABEL, SCALE, TOP = 26, 16, 360, 420, 58


def bars(result: Row) -> list[tuple[str, int, bool]]:
    """(label, lines, is ours) from ours to the peers."""
    name = "%s %s" % (result["port"], result["version"])
    rows = [("this port, in tree: " + name, result["in_tree"]["lines"], True),
            ("this port, with glue and shim: " + name, result["with_glue_and_shim"], True)]
    return rows + [(what, lines, False) for what, lines, _, _ in peers.PEERS]


def draw(result: Row) -> str:
    """The chart as SVG text. Bars are lines, to one scale; what is counted differs between them,
    which the caption says."""
    rows = bars(result)
    longest = max(lines for _, lines, _ in rows) or 1
    height = TOP + ROW * len(rows) + 34
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
           'font-family="sans-serif" font-size="13">' % (LABEL + SCALE + 80, height),
           '<rect width="100%" height="100%" fill="white"/>',
           '<text x="12" y="26" font-size="16">Lines added or changed to make a kernel '
           'paravirtual</text>']
    for i, (label, lines, ours) in enumerate(rows):
        y = TOP + i * ROW
        width = max(1, SCALE * lines // longest)
        out.append('<text x="%d" y="%d" text-anchor="end">%s</text>'
                   % (LABEL - 8, y + BAR - 3, escape(label)))
        out.append('<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>'
                   % (LABEL, y, width, BAR, "#1f6f8b" if ours else "#b9c4c9"))
        out.append('<text x="%d" y="%d">%d</text>' % (LABEL + width + 6, y + BAR - 3, lines))
    out.append('<text x="12" y="%d" font-size="11" fill="#555">Ours: comments and blanks stripped; '
               'the others as published. What differs in the counting: pvkit measure.</text>'
               % (height - 12))
    return "\n".join(out + ["</svg>", ""])
