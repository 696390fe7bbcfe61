"""Tables of figures as files for spreadsheets: CSV that Excel opens as Chinese, and XLSX.

XlsxWriter writes numbers as numbers, texts as texts, and never a formula.
"""

from __future__ import annotations

import csv
import io
from typing import Any, Final

import xlsxwriter

from bridge.analysis.sheets import Sheet, harmless

_SHARE: Final = "0.0%"
_WIDEST: Final = 60


def as_csv(sheet: Sheet) -> bytes:
    """With a byte order mark; texts that look like formulas begin with an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([column.name for column in sheet.columns])
    for cells in sheet.cells():
        writer.writerow(["" if cell is None else harmless(cell) for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(*sheets: Sheet) -> bytes:
    """A worksheet for each, its first row fixed. Their titles differ."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold, share = book.add_format({"bold": True}), book.add_format()
    share.set_num_format(_SHARE)
    for sheet in sheets:
        _write(book.add_worksheet(sheet.title), sheet, bold, share)
    book.close()
    return out.getvalue()


def _write(page: Any, sheet: Sheet, bold: Any, share: Any) -> None:
    page.freeze_panes(1, 0)
    for at, column in enumerate(sheet.columns):
        page.write_string(0, at, column.name, bold)
        page.set_column(at, at, min(_WIDEST, max(10, 2 * len(column.name) + 2)))
    for line, cells in enumerate(sheet.cells(), 1):
        for at, (cell, column) in enumerate(zip(cells, sheet.columns, strict=True)):
            if isinstance(cell, str):
                page.write_string(line, at, str(harmless(cell)))
            elif cell is not None:
                page.write_number(line, at, cell, share if column.unit == "share" else None)
