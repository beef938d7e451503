"""`python -m bocadillo_providers module:store check|graph|explain NAME`."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from operator import attrgetter

from .errors import ProvidersError
from .store import Store


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at a store from the command line.

    Args:
        arguments: Those after the command's name; the process's own if None.

    Returns:
        The exit status: 0 if all is well, 1 if the graph has problems. Wrong
        arguments end the process with 2.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        store = load_store(options.store)
    except (ImportError, AttributeError, TypeError, ValueError) as exc:
        parser.error(f"cannot load {options.store!r}: {exc}")
    try:
        return _run(store, options)
    except ProvidersError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1


def load_store(path: str) -> Store:
    """Import a store by `module:name`; the name may have dots.

    Raises:
        ImportError: If there is no such module.
        AttributeError: If it has nothing of that name.
        TypeError: If that is no store.
        ValueError: If the path has another form.
    """
    module, colon, name = path.partition(":")
    if not (module and colon and name):
        raise ValueError("write it as module:store")
    store = attrgetter(name)(import_module(module))
    if not isinstance(store, Store):
        raise TypeError(f"it is {store!r}, not a Store")
    return store


def _run(store: Store, options: argparse.Namespace) -> int:
    match options.command:
        case "check":
            store.freeze()
            _say(f"{store!r}: no problems")
            for name in store.unused():
                _say(f"unused: {name}")
        case "graph":
            _say(store.graph(options.format))
        case _:
            _say(store.explain(options.name))
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bocadillo_providers",
        description="Look at a store of providers. Nothing is evaluated.",
    )
    parser.add_argument("store", help="where the store is: module:name")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="check the graph, and list unused providers")
    graph = commands.add_parser("graph", help="draw the graph")
    graph.add_argument(
        "--format",
        choices=["tree", "mermaid", "dot", "json"],
        default="tree",
        help="how to draw it (default: %(default)s)",
    )
    explain = commands.add_parser("explain", help="tell all about one name")
    explain.add_argument("name", help="a provider or a consumer")
    return parser


if __name__ == "__main__":
    sys.exit(main())
