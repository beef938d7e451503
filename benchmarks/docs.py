"""Put figures into the documentation, so that nobody copies them by hand.

A page marks the places: what stands between `<!-- figures: NAME -->` and
`<!-- end -->` is replaced by the section of that name. Charts are written beside it.
"""

import re
from collections.abc import Callable
from pathlib import Path

from .pictures import pictures
from .report import SECTIONS, goals, legend, origin
from .results import Results

PLACE = re.compile(
    r"(<!-- figures: (?P<name>[\w.-]+) -->\n).*?(<!-- end -->)", re.DOTALL
)
Writer = Callable[[Results], str]


def with_figures(page: str, results: Results) -> str:
    """The page with all its figures renewed.

    Raises:
        KeyError: If it asks for a section that does not exist.
    """
    sections = {
        name: write
        for name, (_, write, needed) in SECTIONS.items()
        if needed in results.tables
    }
    writers: dict[str, Writer] = {
        **sections,
        "goals": goals,
        "origin": origin,
        "legend": lambda _: legend(),
    }

    def renew(place: re.Match[str]) -> str:
        name = place["name"]
        if name not in writers:
            raise KeyError(
                f"The page asks for {name!r}. There are: {', '.join(writers)}"
            )
        return f"{place[1]}\n{writers[name](results)}\n\n{place[3]}"

    return PLACE.sub(renew, page)


def write_page(page: Path, results: Results) -> None:
    """Renew the figures of a page, and the charts beside it."""
    page.write_text(with_figures(page.read_text(), results))
    for name, drawing in pictures(results).items():
        (page.parent / f"{page.stem}-{name}").write_text(drawing)
