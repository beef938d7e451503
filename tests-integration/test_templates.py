"""Each template of `bocadillo create`: its project works as it was generated."""

import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

BOCADILLO = Path(sys.executable).with_name("bocadillo")
RUNNING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")


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


@contextmanager
def serve(project: Path):
    """Serve the project with uvicorn on a free port; yields a client."""
    command = [sys.executable, "-m", "uvicorn", "--port", "0", "my_app.asgi:app"]
    server = subprocess.Popen(
        command, cwd=project, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    try:
        log = ""
        while not (running := RUNNING.search(log)):
            line = server.stderr.readline()
            assert line, f"The server has ended:\n{log}"
            log += line
        with httpx2.Client(base_url=running[1], timeout=10) as client:
            yield client
    finally:
        server.terminate()
        _, rest = server.communicate(timeout=10)
    assert server.returncode in (0, -signal.SIGTERM), log + rest
    assert "Traceback" not in log + rest


def test_its_own_tests_pass(project):
    output = run(sys.executable, "-m", "pytest", "-q", directory=project)

    assert re.search(r"^\d+ passed", output, re.MULTILINE), output


def test_its_style_is_clean(project):
    run(sys.executable, "-m", "ruff", "check", directory=project)
    run(sys.executable, "-m", "ruff", "format", "--check", directory=project)


@pytest.mark.parametrize(
    "arguments", [["--strict", "."], []], ids=["all", "configured"]
)
def test_its_types_are_sound(project, arguments):
    run(sys.executable, "-m", "mypy", *arguments, directory=project)


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


def test_it_serves(project, template):
    with serve(project) as client:
        response = client.get("/")

    kind = "text/html" if template in ("web", "chat") else "application/json"
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(kind)


@pytest.mark.parametrize("template", ["web", "chat"], indirect=True)
def test_its_pages_are_complete(project, template):
    """What a page links to from its own server is there."""
    with serve(project) as client:
        pages = ["/", "/rooms/kitchen"] if template == "chat" else ["/"]
        for page in pages:
            html = client.get(page).text
            links = re.findall(r'(?:href|src)="(/[^"]*)"', html)

            assert links
            assert [client.get(link).status_code for link in links] == [200] * len(
                links
            )
