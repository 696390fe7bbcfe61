"""The demo's last screen as an SVG, for README.

rich gives a run of characters the width of as many narrow ones, which piles Chinese up; here each run gets
the cells it has on a terminal. The file names no font of another host: what shows it uses its own.
"""

from __future__ import annotations

import io
import re
from html import escape, unescape
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from rich.console import Console, RenderableType

WIDTH: Final = 100
"""Cells: what README's column shows without shrinking the words below reading size."""
CELL: Final = 12.2
"""SVG units a cell: rich's 20-unit letters times the aspect ratio it is told below."""

_RUN: Final = re.compile(r'<text class="([^"]*-r[0-9]+)" x="([^"]*)" y="([^"]*)"[^>]*>([^<]*)</text>')
_FORMAT: Final = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def keep(drawing: RenderableType, path: Path) -> None:
    """Write the drawing to `path`. Raises OSError."""
    console = Console(
        record=True, file=io.StringIO(), width=WIDTH, force_terminal=True, color_system="truecolor"
    )
    console.print(drawing)
    drawn = console.export_svg(
        title="make demo", code_format=_FORMAT, unique_id="demo", font_aspect_ratio=CELL / 20
    )
    path.write_text(_RUN.sub(_set, drawn), encoding="utf-8")


def _set(run: re.Match[str]) -> str:
    """The run in pieces of one font each, every piece on its own cells; blanks need none."""
    style, x, y, text = run.groups()
    at, pieces = float(x), list[str]()
    for piece in _pieces(unescape(text)):
        width = CELL * cell_len(piece)
        if not piece.isspace():
            place = f'x="{at:g}" y="{y}" textLength="{width:g}"'
            pieces.append(f'<text class="{style}" {place}>{escape(piece).replace(" ", "&#160;")}</text>')
        at += width
    return "".join(pieces)


def _pieces(text: str) -> list[str]:
    """Runs of wide and of narrow characters, in turn."""
    found, wide = list[str](), False
    for letter in text.replace("\xa0", " "):
        if not found or (cell_len(letter) == 2) != wide:
            wide = cell_len(letter) == 2
            found.append("")
        found[-1] += letter
    return found
