"""The demo's last screen as an SVG, for README.

rich gives a run of characters the width of as many narrow ones, which piles Chinese up; here each run gets
the cells it has on a terminal. The file names no font of another host: what shows it uses its own.
"""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from rich.console import Console, RenderableType

WIDTH: Final = 100
"""Cells: what README's column shows without shrinking the words below reading size."""
CELL: Final = 12.2
"""SVG units a cell: rich's 20-unit letters times the aspect ratio it is told below."""

_RUN: Final = re.compile(r'(<text class="[^"]*-r\d+"[^>]*textLength=")[^"]*("[^>]*>)([^<]*)(</text>)')
_FORMAT: Final = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: "Noto Sans Mono CJK SC", "Sarasa Mono SC", monospace;
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
    path.write_text(_RUN.sub(_widened, drawn), encoding="utf-8")


def _widened(found: re.Match[str]) -> str:
    head, tail, text, end = found.groups()
    return f"{head}{CELL * cell_len(unescape(text)):g}{tail}{text}{end}"
