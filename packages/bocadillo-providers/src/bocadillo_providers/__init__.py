"""Async-first dependency injection in the manner of pytest fixtures."""

from .__about__ import __version__
from .consumer import Consumer
from .decorators import useprovider
from .errors import *
from .markers import Lazy, use
from .provider import Provider
from .registry import Registry
from .session import Scope, Session
from .store import Store
