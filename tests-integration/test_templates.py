"""Each template of `bocadillo create`: its project works as it was generated."""

import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

BOCADILLO = Path(sys.executable).with_name("bocadillo")


def run(*command: str | Path, directory: Path, **environment: str) -> str:
    """Run a command that must succeed, and return all that it prints."""
    result = subprocess.run(
        [*map(str, command)],
        cwd=directory,
        env={"PATH": "/usr/bin:/bin", "HOME": str(directory.parent), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture(scope="module", params=["minimal", "api", "web", "chat"])
def template(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def project(template, tmp_path_factory) -> Path:
    """A project, freshly generated in an empty directory."""
    directory = tmp_path_factory.mktemp(template)
    run(BOCADILLO, "create", "my-app", "--template", template, directory=directory)
    return directory / "my-app"


@pytest.fixture
def client(serve, project):
    """A client of the project, which is served."""
    with (
        serve(project, "my_app.asgi:app") as url,
        httpx2.Client(base_url=url, timeout=10) as client,
    ):
        yield client


def test_its_own_tests_pass(project):
    output = run(sys.executable, "-m", "pytest", "-q", directory=project)

    assert re.search(r"^\d+ passed", output, re.MULTILINE), output


def test_its_style_is_clean(project):
    run(sys.executable, "-m", "ruff", "check", directory=project)
    run(sys.executable, "-m", "ruff", "format", "--check", directory=project)


@pytest.fixture(scope="module")
def analyzed(tmp_path_factory) -> str:
    """What mypy found in libraries: the same for each project."""
    return str(tmp_path_factory.mktemp("mypy"))


@pytest.mark.parametrize(
    "arguments", [["--strict", "."], []], ids=["all", "configured"]
)
def test_its_types_are_sound(project, analyzed, arguments):
    run(
        sys.executable, "-m", "mypy", *arguments,
        directory=project, MYPY_CACHE_DIR=analyzed,
    )  # fmt: skip


def test_bocadillo_finds_no_problems(project):
    output = run(BOCADILLO, "check", directory=project)

    assert output == "my_app.asgi:app: no problems found.\n"


def test_it_may_meet_the_public_once_its_hosts_are_named(project):
    output = run(
        BOCADILLO, "check", "--deploy",
        directory=project, ALLOWED_HOSTS="example.com",
    )  # fmt: skip

    assert output == "my_app.asgi:app: no problems found.\n"


@pytest.fixture
def dotenv(project):
    """The file `.env` of the project, for one test."""
    yield project / ".env"
    (project / ".env").unlink()


def test_its_environment_is_read_from_a_file(project, dotenv):
    dotenv.write_text("ALLOWED_HOSTS=example.com, www.example.com\n")

    output = run(BOCADILLO, "settings", directory=project)

    assert "['example.com', 'www.example.com']" in output


def test_with_the_example_of_an_environment_its_tests_pass(project, dotenv):
    dotenv.write_bytes((project / ".env.example").read_bytes())

    run(sys.executable, "-m", "pytest", "-q", directory=project)


def test_it_serves(client, template):
    response = client.get("/")

    kind = "text/html" if template in ("web", "chat") else "application/json"
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(kind)


@pytest.mark.parametrize("template", ["web", "chat"], indirect=True)
def test_its_pages_are_complete(client, template):
    """What a page links to from its own server is there."""
    pages = ["/", "/rooms/kitchen"] if template == "chat" else ["/"]
    for page in pages:
        html = client.get(page).text
        links = re.findall(r'(?:href|src)="(/[^"]*)"', html)

        assert links
        assert [client.get(link).status_code for link in links] == [200] * len(links)
