"""The options that clients take."""

from typing import Any, Literal, TypedDict

import httpx2

__all__ = ["AsyncClientOptions", "ClientOptions"]


class _Options(TypedDict, total=False):
    """The options of either client.

    Attributes:
        base_url: What relative URLs are relative to: `http://testserver`.
        raise_server_exceptions: Whether exceptions that the app does not handle are
            raised in the test. If not, the response is a 500.
        root_path: The path that the app seems to be mounted at.
        cookies: Sent with every request.
        headers: Sent with every request.
        follow_redirects: Whether redirects are followed. `create_client` does so
            unless told otherwise, as Starlette's client; `async_client` does not, as
            httpx2's.
        client: Host and port that requests seem to come from.
    """

    base_url: str
    raise_server_exceptions: bool
    root_path: str
    cookies: dict[str, str] | httpx2.Cookies
    headers: dict[str, str]
    follow_redirects: bool
    client: tuple[str, int]


class AsyncClientOptions(_Options, total=False):
    """The options of `async_client`: those of both clients, and some of httpx2's.

    Attributes:
        auth: Sent with every request.
        params: Added to the query of every request.
    """

    auth: tuple[str, str] | httpx2.Auth
    params: dict[str, str] | httpx2.QueryParams


class ClientOptions(_Options, total=False):
    """The options of `create_client`: those of both clients, as Starlette has them.

    Attributes:
        backend: What runs the app; `asyncio` for a Bocadillo app.
        backend_options: Passed to `anyio.run`.
    """

    backend: Literal["asyncio", "trio"]
    backend_options: dict[str, Any]
