"""Take a port, and tell when somebody else has it."""

import errno
import socket
from typing import Final

_NEXT: Final = 20
"""How many of the following ports are tried."""


def open_port(host: str, port: int) -> socket.socket | None:
    """Take a port; `None` if it is taken.

    Args:
        host: A name or an address, IPv4 or IPv6.
        port: 0 for any that is free.

    Raises:
        OSError: If there is another reason: the host is not ours, for instance.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    # Else the port of a server that has just ended would count as taken.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as exc:
        listener.close()
        if exc.errno == errno.EADDRINUSE:
            return None
        raise
    listener.set_inheritable(True)
    return listener


def next_free_port(host: str, port: int) -> int | None:
    """The first free one of the ports that follow."""
    for candidate in range(port + 1, min(port + 1 + _NEXT, 65536)):
        listener = open_port(host, candidate)
        if listener is not None:
            listener.close()
            return candidate
    return None
