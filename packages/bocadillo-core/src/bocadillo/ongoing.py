"""The streams that an app is sending, so that those without an end can be ended.

Whoever sends a stream has it run here: a view's, and an error handler's as well.
"""

from .streams import Open, Reason, Stream


class Ongoing:
    """Streams under way.

    Attributes:
        draining: Whether endless ones end as soon as they begin.
    """

    def __init__(self) -> None:
        self.draining = False
        self._streams: set[Stream] = set()

    async def run(self, stream: Stream, open_: Open) -> None:
        """Send a stream; see `Stream.run`."""
        self._streams.add(stream)
        if self.draining and stream.endless:
            stream.end(Reason.DRAIN)
        try:
            await stream.run(open_)
        finally:
            self._streams.discard(stream)

    def end_endless(self) -> None:
        """End event streams, those that begin from now on included."""
        self.draining = True
        for stream in tuple(self._streams):
            if stream.endless:
                stream.end(Reason.DRAIN)
