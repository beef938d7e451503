"""How the command speaks: words for people, and the end of a command that failed."""

import click


class Failure(click.ClickException):
    """Something is wrong with what the user has, not with how they typed it.

    Ends the command with exit code 1 and the message, without a traceback.
    """

    exit_code = 1


def plural(count: int, noun: str) -> str:
    """`1 route`, `2 routes`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
