"""Children that are forked by a process which stands ready: each sees its own file alone, and none is left behind."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from config.core import forkers, sandbox
from config.core.forkers import forkers_end
from config.core.sandbox import Limits, SandboxFault, environment, run

MODULE = "config.core.tests.confined_acts"
LIMITS = Limits(memory=2**29, seconds=10, wall_seconds=30)


@pytest.fixture(autouse=True)
def _own_forker():
    forkers_end()
    yield
    forkers_end()


def told(folder: Path) -> dict[str, Any]:
    until = time.monotonic() + 20
    while not (folder / "told.json").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    return json.loads((folder / "told.json").read_text())


def done(folder: Path, act: str = "tell") -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    run(MODULE, [act, str(folder)], folder, LIMITS)
    return told(folder)


def is_there(pid: int) -> bool:
    """A process that has ended but is not waited for by whoever has inherited it counts as gone."""
    try:
        os.kill(pid, 0)
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


def wait_until_gone(*pids: int) -> None:
    until = time.monotonic() + 20
    while any(is_there(pid) for pid in pids):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_each_file_has_a_child_that_knows_nothing_of_the_one_before(tmp_path: Path) -> None:
    one, other = done(tmp_path / "one"), done(tmp_path / "other", "tell again")
    assert one["parent"] == other["parent"] != os.getpid()
    assert one["pid"] != other["pid"]
    assert (one["seen"], other["seen"]) == (["tell"], ["tell again"])


def test_a_child_has_our_environment_and_our_files_as_little_as_those_of_another_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "word")
    (tmp_path / "long").mkdir()
    long = threading.Thread(target=_interrupted, args=(tmp_path / "long",))
    long.start()
    told(tmp_path / "long")
    found = done(tmp_path / "short")
    # Its own list of open files is the fourth.
    assert found["open"] == [0, 1, 2, 3]
    assert set(found["environment"]) <= set(environment(tmp_path)) | {"LC_CTYPE"}
    assert found["environment"]["TMPDIR"] == str(tmp_path / "short")
    long.join()


def test_what_forks_them_may_have_ended(tmp_path: Path) -> None:
    first = done(tmp_path / "one")["parent"]
    os.kill(first, signal.SIGKILL)
    wait_until_gone(first)
    assert done(tmp_path / "other")["parent"] != first


def test_it_ends_by_itself_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = sandbox._ENTRY.read_text().replace("IDLE = 300", "IDLE = 0.1")
    entry = tmp_path / "confined.py"
    entry.write_text(text.replace("str(Path(__file__).resolve().parents[2])", repr(str(sandbox._ROOT))))
    monkeypatch.setattr(sandbox, "_ENTRY", entry)
    first = done(tmp_path / "one")["parent"]
    wait_until_gone(first)
    assert done(tmp_path / "other")["parent"] != first


def test_a_child_that_is_lost_says_nothing_about_its_file(tmp_path: Path) -> None:
    def end() -> None:
        os.kill(told(tmp_path)["parent"], signal.SIGKILL)

    killing = threading.Thread(target=end)
    killing.start()
    with pytest.raises(SandboxFault, match="lost"):
        run(MODULE, ["sleep", str(tmp_path)], tmp_path, LIMITS)
    killing.join()
    os.kill(told(tmp_path)["pid"], signal.SIGKILL)


class Interrupted(Exception):
    pass


def _interrupted(folder: Path) -> dict[str, Any]:
    def watch() -> None:
        if (folder / "told.json").exists():
            raise Interrupted

    with pytest.raises(Interrupted):
        run(MODULE, ["sleep", str(folder)], folder, LIMITS, watch=watch)
    return told(folder)


def test_when_the_waiting_is_interrupted_the_child_is_gone(tmp_path: Path) -> None:
    assert not is_there(_interrupted(tmp_path)["pid"])


def test_one_that_takes_too_long_is_gone_and_the_next_is_none_the_worse(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    short = Limits(memory=2**29, seconds=10, wall_seconds=2)
    with pytest.raises(SandboxFault, match="no result within 2 s"):
        run(MODULE, ["sleep", str(tmp_path / "one")], tmp_path / "one", short)
    assert not is_there(told(tmp_path / "one")["pid"])
    assert done(tmp_path / "other")["parent"] == told(tmp_path / "one")["parent"]


@pytest.mark.parametrize(("act", "words"), [("fail", "ValueError: the last line"), ("allocate", "MemoryError")])
def test_a_fault_is_told_and_limits_are_of_the_child_alone(act: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(SandboxFault, match=words):
        done(tmp_path / "one", act)
    assert done(tmp_path / "other")["parent"] == told(tmp_path / "one")["parent"]


def test_none_outlives_a_worker_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from config.core.sandbox import Limits, run\n"
        "folder = Path(sys.argv[2]); run(sys.argv[1], ['sleep', str(folder)], folder, Limits(2**29, 10, 60))"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, MODULE, str(tmp_path)], cwd=sandbox._ROOT)
    found = told(tmp_path)
    worker.kill()
    worker.wait()
    wait_until_gone(found["parent"], found["pid"])


def test_a_process_that_is_forked_from_ours_has_its_own(tmp_path: Path) -> None:
    ours = done(tmp_path / "one")["parent"]
    pid = os.fork()
    if pid == 0:
        try:
            done(tmp_path / "forked")
            forkers.forkers_end()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert told(tmp_path / "forked")["parent"] != ours
    assert done(tmp_path / "other")["parent"] == ours
