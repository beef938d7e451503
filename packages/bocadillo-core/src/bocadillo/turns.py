"""Turns of those who go on without ever waiting.

A generator or a view may produce as fast as a client reads, and servers take what is
sent without a pause. Nobody else would have any time, nor would the server notice that
the client has gone.
"""

import asyncio
from time import monotonic
from typing import Final

STEPS: Final = 64
"""How many steps may be taken before the clock is looked at: with `Turns.give`."""

_SECONDS: Final = 0.005


class Turns:
    """The turns of one who takes many steps, the first of which begins now.

    They are measured in time, for a step may take a microsecond or a hundred.
    """

    def __init__(self) -> None:
        self._end = monotonic() + _SECONDS

    async def give(self) -> None:
        """Let others do something if this turn was long enough."""
        if monotonic() >= self._end:
            await asyncio.sleep(0)
            self._end = monotonic() + _SECONDS
