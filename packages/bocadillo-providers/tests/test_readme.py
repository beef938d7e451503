"""The examples of the README run, and print what they say."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def normalized(text):
    """Without places and line breaks, which an example may show otherwise."""
    return " ".join(re.sub(r"\w+\.(py|md):\d+", "<place>", text).split())


def test_the_examples_print_what_they_say(capsys):
    text = README.read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    namespace = {"__name__": "readme"}

    for block in blocks:
        exec(compile(block, "readme.py", "exec"), namespace)

        said = "\n".join(re.findall(r"^# (.*)$", block, re.MULTILINE))
        assert normalized(capsys.readouterr().out) == normalized(said)
    assert len(blocks) == 8


def test_there_are_examples_of_a_worker_and_of_a_command_line():
    titles = re.findall(r"^## (.*)$", README.read_text(), re.MULTILINE)

    assert {"A worker", "A command line"} <= set(titles)
