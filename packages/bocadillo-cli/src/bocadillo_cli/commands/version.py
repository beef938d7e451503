"""`bocadillo --version`: what is installed."""

import platform
from importlib import import_module
from typing import Any

import click

_OURS = {
    "bocadillo-core": "bocadillo",
    "bocadillo-providers": "bocadillo_providers",
    "bocadillo-testing": "bocadillo_testing",
    "bocadillo-cli": "bocadillo_cli",
}
"""Distributions that have code, and their packages."""


def show_version(context: click.Context, _: click.Parameter, wanted: Any) -> None:
    """Print versions and end the command."""
    if not wanted or context.resilient_parsing:
        return
    versions = {
        "bocadillo": _installed("bocadillo"),
        **{name: _about(package) for name, package in _OURS.items()},
        "Python": platform.python_version(),
        "Starlette": _installed("starlette"),
        "uvicorn": _installed("uvicorn"),
    }
    width = max(map(len, versions))
    for name, version in versions.items():
        click.echo(f"{name:{width}}  {version or 'not installed'}")
    context.exit()


def _about(package: str) -> str | None:
    """The version that the source itself states: it is right in a work tree, too."""
    try:
        return str(import_module(f"{package}.__about__").__version__)
    except ModuleNotFoundError:
        return None


def _installed(distribution: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
