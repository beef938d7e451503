from benchmarks.progress import Progress
from benchmarks.providers.calls import WORKS, run
from benchmarks.providers.contenders import BASELINE, CONTENDERS, OURS


def test_who_is_installed_is_timed_and_others_are_told():
    progress = Progress()

    table = run(rounds=1, progress=progress)

    assert tuple(table.columns) == WORKS
    assert {BASELINE, OURS} <= set(table.frameworks)
    for missing in set(CONTENDERS) - set(table.frameworks):
        assert any(note.startswith(f"{missing} is left out") for note in progress.notes)
