"""What a path that leads nowhere means: an error, or a redirect to where it leads."""

from collections.abc import Callable
from urllib.parse import quote

from .asgi import Scope
from .errors import HTTPError, Redirect

# RFC 3986 §3.3: what a path may hold as it is.
_PATH_CHARACTERS = "/:@!$&'()*+,;=~"

# RFC 3986 §3.4: what a query may hold as it is, what is escaped in it, and what
# clients send in it without escaping it.
_QUERY_CHARACTERS = _PATH_CHARACTERS + "?%[]"


def route_path(scope: Scope) -> str:
    """The path below `root_path`, which is where this app is.

    Servers give the whole path, as ASGI says; some proxies cut the front off.
    """
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    if not root or not path.startswith(root):
        return path
    rest = path[len(root) :]
    return rest if rest.startswith("/") or not rest else path


def miss(
    allowed: frozenset[str] | None,
    scope: Scope,
    find: Callable[[str, str], object] | None,
) -> HTTPError | Redirect | None:
    """What to raise for a request that no route answers; `None` for a plain 404.

    Args:
        allowed: The methods that the path does offer; `None` if it is unknown.
        scope: Of the request.
        find: Finds the route of a path and a method; `None` to redirect nowhere.
    """
    if allowed is not None:
        return HTTPError(405, headers={"allow": ", ".join(sorted(allowed))})
    path = route_path(scope) if scope.get("root_path") else scope["path"]
    if path[-1:] == "/" or find is None:
        return None
    if isinstance(find(f"{path}/", scope["method"]), tuple):
        return with_slash(path, scope)
    return None


def raise_miss(
    allowed: frozenset[str] | None,
    scope: Scope,
    find: Callable[[str, str], object] | None,
) -> None:
    """Raise it, unless it is a plain 404; arguments are as for `miss`."""
    outcome = miss(allowed, scope, find)
    if outcome is not None:
        try:
            raise outcome
        finally:
            del outcome  # it has a traceback now, which has this frame


def with_slash(path: str, scope: Scope) -> Redirect | None:
    """Redirect to a path with a slash at its end, if that is on this host.

    Args:
        path: The path of the request, below `root_path`.
        scope: Of the request, for the rest of the URL.
    """
    root = scope.get("root_path", "").rstrip("/")
    whole = f"{root}{path}/"
    # As a reference, `//name/…` leads to another host (RFC 3986 §4.2).
    if whole.startswith("/") and not whole.startswith("//"):
        return _to(whole, scope)
    return None


def _to(path: str, scope: Scope) -> Redirect:
    location = quote(path, safe=_PATH_CHARACTERS)
    if query := scope.get("query_string"):
        location += f"?{quote(query, safe=_QUERY_CHARACTERS)}"
    keeps_method = scope["method"] in ("GET", "HEAD")
    return Redirect(location, status_code=302 if keeps_method else 307)
