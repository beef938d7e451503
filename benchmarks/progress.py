"""One line that says what is being measured, and how far the run is."""

import sys
import time
from collections.abc import Sequence
from typing import TypeVar

from .machine import without_directories


class Progress:
    """Writes to standard error: in place on a terminal, else a line per step.

    Attributes:
        notes: All that was noted.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._started = time.monotonic()
        self._last = ""

    def show(self, step: str, *, round_: int = 0, rounds: int = 0) -> None:
        """Say what is happening now.

        Args:
            step: What is measured.
            round_: Which of the `rounds` is running, from 1; 0 when preparing.
            rounds: How many there are.
        """
        elapsed = time.monotonic() - self._started
        clock = f"{int(elapsed) // 60}:{int(elapsed) % 60:02}"
        if sys.stderr.isatty():
            bar = "█" * round_ + "░" * (rounds - round_) if rounds <= 30 else ""
            sys.stderr.write(f"\r\x1b[K{clock}  {step}  {bar}")
        elif step != self._last:
            sys.stderr.write(f"{clock}  {step}\n")
        self._last = step
        sys.stderr.flush()

    def note(self, text: str) -> None:
        """Say something that stays, and belongs to the results."""
        text = without_directories(text)
        self.notes.append(text)
        start = "\r\x1b[K" if sys.stderr.isatty() else ""
        sys.stderr.write(f"{start}      {text}\n")
        sys.stderr.flush()


T = TypeVar("T")


def rotated(items: Sequence[T], by: int) -> list[T]:
    """The items, starting with another one in each round."""
    at = by % len(items) if items else 0
    return [*items[at:], *items[:at]]
