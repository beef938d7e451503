"""What is asked of apps by people who come from other frameworks."""

import pytest

from bocadillo import App, Router
from bocadillo.habits import OF_APPS, OF_ROUTERS

ROUTERS = [App(), Router()]


@pytest.mark.parametrize("name", OF_ROUTERS)
@pytest.mark.parametrize("router", ROUTERS)
def test_a_router_says_what_to_write_instead(router, name):
    kind = type(router).__name__
    with pytest.raises(AttributeError) as caught:
        getattr(router, name)

    assert str(caught.value) == f"{kind} has no {name!r}. Write {OF_ROUTERS[name]}."
    assert caught.value.name == name
    assert caught.value.obj is router


@pytest.mark.parametrize("name", OF_APPS)
def test_an_app_says_what_to_write_instead(name):
    with pytest.raises(AttributeError, match=f"App has no '{name}'. Write "):
        getattr(App(), name)
    with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
        getattr(Router(), name)


@pytest.mark.parametrize("name", [*OF_ROUTERS, *OF_APPS])
def test_such_an_attribute_is_not_there(name):
    app = App()

    assert not hasattr(App, name)
    assert not hasattr(app, name)
    setattr(app, name, 1)
    assert getattr(app, name) == 1


@pytest.mark.parametrize("name", ["post", "options"])
def test_a_method_is_written_in_upper_case(name):
    with pytest.raises(AttributeError, match=rf'methods=\["{name.upper()}"\]'):
        getattr(App(), name)
