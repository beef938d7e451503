"""Figures of one run, and what is said about them: medians, spreads, ratios.

A table keeps every round's figure. Ratios are taken within a round, where both sides
met the same machine, and only then summarised: a slow minute cancels out.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self, TypedDict


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle half of several rounds.

    Attributes:
        median: Half of the rounds lie below.
        low: A quarter of the rounds lies below.
        high: A quarter of the rounds lies above.
    """

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Summarise at least one value."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)


class TableData(TypedDict):
    """A table as it is stored in JSON."""

    title: str
    unit: str
    columns: dict[str, dict[str, list[float]]]


@dataclass(slots=True)
class Table:
    """One value per column, framework and round.

    Attributes:
        title: For people.
        unit: Of every value.
        columns: Column, framework, the rounds' values.
    """

    title: str
    unit: str
    columns: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def record(self, column: str, framework: str, value: float) -> None:
        """Add one round's value: of six significant digits, as it is stored.

        More than it deserves; and a report of what was stored is that of the run.
        """
        values = self.columns.setdefault(column, {}).setdefault(framework, [])
        values.append(float(f"{value:.6g}"))

    @property
    def frameworks(self) -> list[str]:
        """All that have a value in some column, in order of appearance."""
        return list(
            dict.fromkeys(name for rows in self.columns.values() for name in rows)
        )

    def figure(self, column: str, framework: str) -> Spread | None:
        """The values' spread; `None` when there are none."""
        values = self.columns.get(column, {}).get(framework)
        return Spread.of(values) if values else None

    def ratio(self, column: str, framework: str, base: str) -> Spread | None:
        """The spread of the rounds' ratios to `base`; `None` when either is missing."""
        rows = self.columns.get(column, {})
        values, bases = rows.get(framework, []), rows.get(base, [])
        rounds = [value / other for value, other in zip(values, bases, strict=False)]
        return Spread.of(rounds) if rounds else None

    def to_data(self) -> TableData:
        """For JSON."""
        return {"title": self.title, "unit": self.unit, "columns": self.columns}

    @classmethod
    def from_data(cls, data: TableData) -> Self:
        """From JSON."""
        return cls(data["title"], data["unit"], data["columns"])
