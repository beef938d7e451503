"""A websocket view, compiled: convert, providers, accept, view.

What `views` is to requests. Knows nothing of paths, handshakes that fail or the end
of a conversation; `sockets` runs what is made here.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from .errors import ParameterError
from .handshakes import SocketCall
from .hooks import NO_HOOKS, hooks_of
from .inspection import describe
from .parameters import Parameter, compile_arguments, describe_parameters
from .providers import Injection, Session, used_by
from .view_calls import Params, compile_choice, compile_view, provided_among
from .views import Plan
from .websocket_options import Options
from .websockets import WebSocket


def plan_socket(
    view: Callable[..., Awaitable[object]],
    names: Sequence[str],
    options: Options,
    injection: Injection,
) -> Plan[SocketCall]:
    """Decide how a websocket view will be called.

    Args:
        view: The user's own function.
        names: The parameters of its URL pattern.
        options: What its route wants.
        injection: Who provides what.

    Raises:
        ParameterError: If one of its parameters cannot be filled, or it has hooks.
    """
    if hooks_of(view) != NO_HOOKS:
        raise ParameterError(
            f"View {describe(view)} has hooks, which take a request and a response: a "
            "websocket has neither. Use a provider that raises HTTPError instead, "
            "with @useprovider."
        )
    parameters = describe_parameters(
        view,
        skip=1,
        path=names,
        provided=injection.provides,
        known=injection.names,
        has_body=False,
    )
    collect = compile_arguments(parameters, names)
    provided = provided_among(parameters)
    talk = _talk(view, parameters, options)
    uses = (*injection.autouse, *used_by(view))
    consumers = []
    if provided or uses:
        consumers.append(injection.websocket_consumer(talk, view, provided, uses))

    def bind(session: Session) -> SocketCall:
        injected = [session.bind(consumer) for consumer in consumers]

        def call(ws: WebSocket) -> Awaitable[object]:
            params = collect(ws.scope)
            if injected:
                return injected[0](ws, params, ws)
            return talk(ws, params)

        return call

    return Plan(parameters, bind, consumers=consumers)


def _talk(
    view: Callable[..., Awaitable[object]],
    parameters: Sequence[Parameter],
    options: Options,
) -> Callable[..., Awaitable[None]]:
    """What is left to do when everything that the view needs is there."""
    run = compile_view(view, parameters, skip=1)
    choose = compile_choice(view, parameters)

    async def talk(ws: WebSocket, params_: Params, *values: Any) -> None:
        if options.auto_accept:
            await ws.accept()
        ws._view = run(ws, *choose(params_), *values)
        try:
            await ws._view
        except Exception as exc:
            # Providers do not see a close that is caught: nothing has failed.
            if not (options.auto_accept and ws._catches(exc)):
                raise
        finally:
            ws._view = None

    return talk
