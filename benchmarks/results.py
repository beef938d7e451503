"""Everything one run found, as it is stored."""

import datetime as dt
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from .table import Table

FILE = "results.json"


@dataclass(slots=True)
class Results:
    """One run.

    Attributes:
        machine: `machine.describe()`.
        versions: Of each distribution that mattered.
        load: The load generator of the whole-server figures.
        taken: The day, in UTC.
        notes: Who could not take part, and why.
        tables: By name; a run of some modes has some of them.
    """

    machine: dict[str, str]
    versions: dict[str, str]
    load: str
    taken: str = field(
        default_factory=lambda: dt.datetime.now(dt.UTC).date().isoformat()
    )
    notes: list[str] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)

    def table(self, name: str) -> Table:
        """The table of that name; an empty one if this run did not make it."""
        return self.tables.get(name, Table("", ""))

    def save(self, directory: Path) -> None:
        """Write `results.json`."""
        directory.mkdir(parents=True, exist_ok=True)
        data = asdict(self)
        data["tables"] = {name: table.to_data() for name, table in self.tables.items()}
        (directory / FILE).write_text(json.dumps(data, indent=1) + "\n")

    @classmethod
    def load_from(cls, directory: Path) -> Self:
        """Read `results.json`."""
        data = json.loads((directory / FILE).read_text())
        tables = {
            name: Table.from_data(table) for name, table in data.pop("tables").items()
        }
        return cls(**data, tables=tables)
