"""How long each provider took: spans, collected while a trace is active."""

import json
import threading
import time
from typing import NamedTuple


class Span(NamedTuple):
    """One evaluation of a provider.

    Attributes:
        name: The provider's name.
        path: How it came to be needed: `db <- repo <- rename`.
        start: Seconds since the trace began.
        duration: Seconds until its value was there; its cleanup is not counted.
        thread: Identifier of the thread that evaluated it.
    """

    name: str
    path: str
    start: float
    duration: float
    thread: int


class Trace:
    """What was evaluated while a trace was active, in any task.

    Attributes:
        spans: One per evaluated provider, in order of completion.
    """

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._began = time.perf_counter()

    def add(self, name: str, path: str, began: float) -> None:
        """Record that a provider has been evaluated since `began`."""
        now = time.perf_counter()
        self.spans.append(
            Span(name, path, began - self._began, now - began, threading.get_ident())
        )

    def tree(self) -> str:
        """The spans as text, each below who needed it, with milliseconds.

        Those of several calls are added up where all that led to them is the same.
        """
        durations: dict[tuple[str, ...], list[float]] = {}
        for span in self.spans:
            path = tuple(reversed(span.path.split(" <- ")))
            durations.setdefault(path, []).append(span.duration)
        lines: list[str] = []
        shown: set[tuple[str, ...]] = set()
        for path, found in sorted(durations.items()):
            *above, name = path
            for depth, parent in enumerate(above):
                if path[: depth + 1] not in shown:
                    shown.add(path[: depth + 1])
                    lines.append(f"{'  ' * depth}{parent}")
            shown.add(path)
            label = f"{'  ' * len(above)}{name}"
            times = f"  {len(found)} times" if len(found) > 1 else ""
            lines.append(f"{label:40} {sum(found) * 1e3:10.3f} ms{times}")
        return "\n".join(lines)

    def chrome_json(self) -> str:
        """The spans in the trace event format of Chrome and Perfetto.

        See https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
        ("Complete Events", times in microseconds).
        """
        events = [
            {
                "name": span.name,
                "cat": "provider",
                "ph": "X",
                "ts": span.start * 1e6,
                "dur": span.duration * 1e6,
                "pid": 1,
                "tid": span.thread,
                "args": {"path": span.path},
            }
            for span in self.spans
        ]
        return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"})
