"""Draw figures as SVG, with nothing but text.

Two kinds: a dot plot (one row per workload, one dot per framework) and a line plot
(cost by number of routes). Both carry their own background, so that they can be read on
light and dark pages, and titles for screen readers and the pointer.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

SVG = "http://www.w3.org/2000/svg"
WIDTH = 900
LEFT, RIGHT, TOP = 310, 36, 104
ROW = 38

# Okabe and Ito's palette, which colour-blind readers can tell apart, and a few more.
COLOURS = {
    "raw": "#8a8f98",
    "bocadillo": "#d55e00",
    "blacksheep": "#0072b2",
    "falcon": "#009e73",
    "starlette": "#cc79a7",
    "litestar": "#56b4e9",
    "fastapi": "#e69f00",
    "quart": "#7d8b2f",
    "sanic": "#8b5cf6",
    "aiohttp": "#2f4b7c",
    "robyn": "#8c564b",
}

STYLE = """\
  .card { fill: #ffffff; stroke: #e3e5e8 }
  .grid { stroke: #e9ebee }
  .band { fill: #f6f7f9 }
  text { fill: #23272e; font: 14px system-ui, sans-serif }
  .title { font-size: 18px; font-weight: 600 }
  .soft { fill: #6b7280; font-size: 12px }
  .ours { font-weight: 600; fill: #d55e00; font-size: 12px }
  @media (prefers-color-scheme: dark) {
    .card { fill: #1b1e24; stroke: #2d323b }
    .grid { stroke: #2d323b }
    .band { fill: #21252c }
    text { fill: #e6e8eb }
    .soft { fill: #9aa3af }
    .ours { fill: #ff9248 }
  }
"""


@dataclass(frozen=True, slots=True)
class Axis:
    """Maps values to positions.

    Args:
        low: The value at `start`.
        high: The value at `end`.
        start: A coordinate.
        end: A coordinate.
        logarithmic: Whether equal ratios are equally far apart.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def at(self, value: float) -> float:
        """The position of a value."""
        low, high, here = self.low, self.high, value
        if self.logarithmic:
            low, high, here = math.log(low), math.log(high), math.log(value)
        share = (here - low) / (high - low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round values along the axis."""
        if self.logarithmic:
            return list(_one_two_five(self.low, self.high))
        step = _step(self.high - self.low)
        count = int((self.high - self.low) / step + 1e-9)
        return [self.low + step * number for number in range(count + 1)]


@dataclass(frozen=True, slots=True)
class Series:
    """One framework's values.

    Attributes:
        name: Chooses the colour.
        title: For the legend.
        values: By row or by x.
        hollow: Drawn as a ring: measured under other conditions.
    """

    name: str
    title: str
    values: Mapping[str, float]
    hollow: bool = False

    @property
    def colour(self) -> str:
        """Its colour in every chart."""
        return COLOURS.get(self.name, "#555555")


def dot_plot(
    title: str,
    subtitle: str,
    rows: Mapping[str, str],
    series: Sequence[Series],
    *,
    logarithmic: bool,
    ours: str,
) -> str:
    """One row per workload, a dot per framework, the value of ours in figures.

    Args:
        title: What is shown.
        subtitle: How to read it.
        rows: Keys of the series' values, and their labels.
        series: Those drawn last lie on top.
        logarithmic: The scale.
        ours: The series that is labelled.
    """
    bottom = TOP + ROW * len(rows)
    values = [value for one in series for value in one.values.values()]
    low = min([1.0, *values]) if logarithmic else 0.0
    axis = Axis(low, max(values) * 1.04, LEFT, WIDTH - RIGHT, logarithmic)
    body = [*_bands(rows), *_vertical_grid(axis, TOP, bottom)]
    for one in sorted(series, key=lambda one: one.name == ours):
        for number, row in enumerate(rows):
            if row in one.values:
                x, y = axis.at(one.values[row]), TOP + ROW * (number + 0.5)
                label = f"{one.title}, {rows[row]}: {_short(one.values[row])}×"
                body.append(_dot(x, y, one, label, large=one.name == ours))
                if one.name == ours:
                    text = f"{_short(one.values[row])}×"
                    body.append(_text(x, y - 11, text, "ours", "middle"))
    return _document(title, subtitle, series, body, bottom + 36)


def line_plot(
    title: str, subtitle: str, xs: Sequence[int], series: Sequence[Series], *, ours: str
) -> str:
    """Lines over a logarithmic plane; the keys of the values are the xs as text."""
    bottom = TOP + 380
    values = [value for one in series for value in one.values.values()]
    across = Axis(xs[0], xs[-1], 90, WIDTH - RIGHT - 20, logarithmic=True)
    up = Axis(min(values) / 1.3, max(values) * 1.3, bottom, TOP, logarithmic=True)
    body = []
    for tick in up.ticks():
        y = up.at(tick)
        body.append(_line(across.start, y, across.end, y))
        body.append(_text(across.start - 10, y + 4, f"{tick:,g}", "soft", "end"))
    body += [_text(across.at(x), bottom + 20, f"{x:,}", "soft", "middle") for x in xs]
    for one in sorted(series, key=lambda one: one.name == ours):
        points = [
            (across.at(x), up.at(one.values[str(x)]))
            for x in xs
            if str(x) in one.values
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        width = 3 if one.name == ours else 1.6
        body.append(
            f'<polyline points="{path}" fill="none" stroke="{one.colour}" '
            f'stroke-width="{width}"/>'
        )
        body += [_dot(x, y, one, one.title, large=one.name == ours) for x, y in points]
    return _document(title, subtitle, series, body, bottom + 40)


def _bands(rows: Mapping[str, str]) -> Iterator[str]:
    for number, label in enumerate(rows.values()):
        y = TOP + ROW * number
        if number % 2 == 0:
            yield (
                f'<rect class="band" x="16" y="{y}" '
                f'width="{WIDTH - 32}" height="{ROW}"/>'
            )
        yield _text(28, y + ROW / 2 + 5, label, "label", "start")


def _vertical_grid(axis: Axis, top: float, bottom: float) -> Iterator[str]:
    for tick in axis.ticks():
        x = axis.at(tick)
        yield _line(x, top, x, bottom)
        yield _text(x, bottom + 18, f"{tick:g}×", "soft", "middle")


def _legend(series: Sequence[Series]) -> Iterator[str]:
    x = 28.0
    for one in series:
        yield _dot(x + 5, 82, one, one.title, large=False)
        yield _text(x + 15, 86, one.title, "soft", "start")
        x += 30 + 6.6 * len(one.title)


def _document(
    title: str,
    subtitle: str,
    series: Sequence[Series],
    body: Sequence[str],
    height: float,
) -> str:
    lines = [
        f'<svg xmlns="{SVG}" viewBox="0 0 {WIDTH} {height:g}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{STYLE}</style>",
        f'<rect class="card" width="{WIDTH}" height="{height:g}" rx="10"/>',
        _text(28, 36, title, "title", "start"),
        _text(28, 58, subtitle, "soft", "start"),
        *_legend(series),
        *body,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _dot(x: float, y: float, one: Series, label: str, *, large: bool) -> str:
    radius = 6.5 if large else 4.5
    paint = (
        f'fill="none" stroke="{one.colour}" stroke-width="1.8"'
        if one.hollow
        else f'fill="{one.colour}"'
    )
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" {paint}>'
        f"<title>{escape(label)}</title></circle>"
    )


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<line class="grid" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
    )


def _short(value: float) -> str:
    digits = 0 if value >= 10 else 2
    return f"{value:.{digits}f}"


def _one_two_five(low: float, high: float) -> Iterator[float]:
    power = 10.0 ** math.floor(math.log10(low))
    while power <= high:
        for factor in (1, 2, 5):
            tick = float(f"{power * factor:.1g}")
            if low * (1 - 1e-9) <= tick <= high:
                yield tick
        power *= 10


def _step(width: float) -> float:
    power = 10.0 ** math.floor(math.log10(width))
    return next(
        power * factor
        for factor in (0.1, 0.2, 0.25, 0.5, 1.0)
        if width / (power * factor) <= 8
    )
