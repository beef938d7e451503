"""The reference of the command line is what the commands say."""

from cli_reference import PAGE, page

from bocadillo_cli.main import main


def test_the_page_is_up_to_date():
    assert PAGE.read_text("utf-8") == page(), (
        "A command has changed: run `hatch run python scripts/cli_reference.py`."
    )


def test_every_command_has_a_section():
    for name in main.commands:
        assert f"\n## bocadillo {name}\n\n```text\nUsage: bocadillo {name} " in page()


def test_lines_fit_into_a_terminal():
    assert all(len(line) <= 90 for line in page().splitlines())
