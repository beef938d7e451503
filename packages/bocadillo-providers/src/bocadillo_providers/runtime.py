"""What the parts of one store share while it runs: its graph, as it holds here.

Knows no sessions and no values of providers.
"""

import threading
from collections.abc import Callable
from contextvars import ContextVar

from .cleanup import Shield
from .graph import Graph
from .layers import Layer, overridden
from .scopes import ScopeNames
from .trace import Trace


class Runtime:
    """The frozen graph of a store, and what changes it for a while.

    Args:
        scopes: The names of its scopes.
        shield: Protects awaits while cleaning up.
        freeze: Makes the graph when it is needed for the first time.

    Attributes:
        active: Overrides and traces that hold somewhere. Empty most of the time:
            then nobody needs to ask what holds here.
    """

    def __init__(
        self,
        scopes: ScopeNames,
        shield: Shield | None,
        freeze: Callable[[], Graph],
    ) -> None:
        if shield is not None and not callable(shield):
            raise TypeError(
                f"shield is a function that makes a context manager, not {shield!r}: "
                "pass `lambda: ...`"
            )
        self.scopes = scopes
        self.shield = shield
        self.active: dict[Layer | Trace, None] = {}
        self.frozen: Graph | None = None
        self._freeze = freeze
        self._lock = threading.RLock()
        self._local = ContextVar[tuple[Layer, ...]]("overrides", default=())
        self._overridden: dict[tuple[Layer, ...], Graph] = {}

    def base(self) -> Graph:
        """The graph without overrides; frozen, if it was not.

        Raises:
            GraphError: If it has problems.
        """
        graph = self.frozen
        if graph is None:
            with self._lock:
                graph = self.frozen = self.frozen or self._freeze()
        return graph

    def graph(self) -> Graph:
        """The graph that holds in the current context."""
        return self.graph_with(self.layers()) if self.active else self.base()

    def graph_with(self, layers: tuple[Layer, ...]) -> Graph:
        """The graph in which some overrides hold."""
        if not layers:
            return self.base()
        known = self._overridden.get(layers)
        if known is None:
            known = overridden(self.base(), layers)
            self._overridden[layers] = known
        return known

    def thaw(self) -> None:
        """Forget the graph: it is made again when it is needed."""
        with self._lock:
            self.frozen = None
            self._overridden.clear()

    def layers(self) -> tuple[Layer, ...]:
        """The overrides that hold in the current context, outermost first."""
        local = self._local.get()
        return tuple(
            each
            for each in tuple(self.active)
            if isinstance(each, Layer) and (each.everywhere or each in local)
        )

    def traces(self) -> list[Trace]:
        """Those that collect now."""
        return [each for each in tuple(self.active) if isinstance(each, Trace)]

    def push(self, layer: Layer) -> None:
        """Let an override hold from now on."""
        if not layer.everywhere:
            self._local.set((*self._local.get(), layer))
        self.active[layer] = None

    def pop(self, layer: Layer) -> None:
        """Let an override hold no longer, wherever it was seen."""
        del self.active[layer]
        if not layer.everywhere:
            rest = (each for each in self._local.get() if each is not layer)
            self._local.set(tuple(rest))
        self.forget(layer)

    def forget(self, layer: Layer) -> None:
        """Drop the graphs in which an override holds."""
        for layers in [key for key in tuple(self._overridden) if layer in key]:
            self._overridden.pop(layers, None)
