"""Providers: a view has what it names as a parameter.

They are declared in a store of this app's own, so that other apps in the process have
nothing to do with them.
"""

from bocadillo import Store

from .models import Rooms

store = Store()


@store.provider(scope="app")
def rooms() -> Rooms:
    """All rooms, as long as the app runs."""
    return Rooms()
