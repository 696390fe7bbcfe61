"""A table of figures as people and programs get it: columns with names, rows by the columns' keys. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.analysis.figures import Figure, Sums, Unit, values

Cell = str | int | float | None
Rows = Iterable[tuple[tuple[Cell, ...], Sums]]
"""The keys' cells, and the sums."""


@dataclass(frozen=True, slots=True)
class Column:
    """unit share: 0 to 1."""

    key: str
    name: str
    unit: Unit = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """title: what it is called, in Chinese."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Cell], ...]

    def cells(self) -> Iterable[list[Cell]]:
        """Row after row, in the columns' order."""
        return ([row.get(column.key) for column in self.columns] for row in self.rows)

    def json(self) -> dict[str, Any]:
        """Plain JSON values."""
        columns = [{"key": each.key, "name": each.name, "unit": each.unit} for each in self.columns]
        return {"title": self.title, "columns": columns, "rows": [dict(row) for row in self.rows]}


_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula, marked as text."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip().startswith(_FORMULA) else cell


def sheet(title: str, keys: tuple[Column, ...], figures: tuple[Figure, ...], rows: Rows) -> Sheet:
    """Figures for each key."""
    columns = (*keys, *(Column(each.key, each.name, each.unit) for each in figures))
    made = (
        {**{column.key: cell for column, cell in zip(keys, cells, strict=True)}, **values(figures, sums)}
        for cells, sums in rows
    )
    return Sheet(title, columns, tuple(made))
