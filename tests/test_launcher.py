"""`make run` from outside: what it prints, what it leaves behind, what it refuses."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db.migrations.loader import MigrationLoader

from config.launcher import Platform
from config.launcher.__main__ import show_detail, show_stage
from config.launcher.environment import PROJECT_DIR, BadSetting, free_ports, kept_secret
from config.launcher.prepare import database_prepare
from config.launcher.processes import Child, Guard, Supervisor
from config.launcher.valkey import LONGEST_SOCKET_PATH, Valkey
from tests.services import clean_environ

pytestmark = [pytest.mark.timeout(480), pytest.mark.waits]
# Seconds for what takes a moment, unless the machine does much else.
LATEST = 90.0
SERVERS = "worker, web, printshop"
SAMPLES = "8 categories, 7 people, 9 artworks, 4 3-D models, 4 pieces of equipment"


def migrations() -> int:
    return len(MigrationLoader(None).graph.nodes)


def wait_for(happened, seconds: float = LATEST) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        time.sleep(0.05)


def status_of(url: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return answer.status
    except OSError:
        return 0


def descendants(pid: int) -> set[int]:
    """The process and all it started, those with a session of their own included."""
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = [tuple(map(int, line.split())) for line in listing.splitlines()]
    found = {pid}
    while more := {child for child, parent in parents if parent in found} - found:
        found |= more
    return found


def is_alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


class Run:
    """`python -m config.launcher` as a process of its own."""

    answers_before_prepared: set[int]

    def __init__(self, folder: Path, **variables: str | int) -> None:
        self.port, self.printshop_port = free_ports(2)
        self.data_dir = folder / "data"
        environ = clean_environ() | {
            "PORT": str(self.port),
            "PRINTSHOP_PORT": str(self.printshop_port),
            "DATA_DIR": str(self.data_dir),
        }
        self.output, self.errors = folder / "stdout", folder / "stderr"
        with self.output.open("wb") as output, self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.launcher"],
                cwd=PROJECT_DIR,
                env=environ | {name: str(value) for name, value in variables.items()},
                stdout=output,
                stderr=errors,
            )

    def wait_ready(self) -> None:
        wait_for(lambda: self.output.read_text() or self.process.poll() is not None, 240)
        assert self.process.poll() is None, self.errors.read_text()

    def wait_prepared(self) -> None:
        """Notes what web answers until then."""
        self.answers_before_prepared = set()

        def is_prepared() -> bool:
            answer = status_of(f"http://localhost:{self.port}/healthz")
            if (self.data_dir / "first-start-done").exists() or self.process.poll() is not None:
                return True
            self.answers_before_prepared.add(answer)
            return False

        wait_for(is_prepared, 240)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(LATEST)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Starts runs in `tmp_path` that are gone when the test is."""
    started = []

    def start(**variables: str | int) -> Run:
        started.append(Run(tmp_path, **variables))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.stop()


@pytest.fixture(scope="module")
def said() -> list[str]:
    """Stages and details of the start of `pair`'s Platform, in order."""
    return []


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> Iterator[tuple[Run, Platform]]:
    """Two at the same time, one by command, one by `Platform`; in the end nothing of either is left."""
    with Platform(environ=clean_environ(), stage=said.append, detail=said.append) as platform:
        run = Run(tmp_path_factory.mktemp("run"))
        try:
            run.wait_prepared()
            run.wait_ready()
            yield run, platform
            processes = descendants(run.process.pid)
            assert len(processes) >= 6  # launcher, guard, Valkey, worker, web, print shop
            assert run.stop() == 0
            wait_for(lambda: not any(is_alive(pid) for pid in processes))
        finally:
            if run.process.poll() is None:
                run.stop()
        processes = descendants(os.getpid()) - {os.getpid()}
        ours = processes & set(platform.pids.values())
        assert len(ours) == len(platform.pids)
    wait_for(lambda: not any(is_alive(pid) for pid in ours))
    assert not platform.data_dir.exists()


class TestRun:
    def test_it_prints_one_line_and_serves(self, pair):
        run, _ = pair
        (line,) = run.output.read_text().splitlines()
        assert line.startswith(f"Atelier is ready: http://localhost:{run.port} ")
        assert f"swagger: http://localhost:{run.port}/swagger/" in line
        assert f"admin: http://localhost:{run.port}/admin/" in line
        assert f"print shop: http://localhost:{run.printshop_port}/" in line
        for path in ("/healthz", "/readyz", "/swagger/"):
            assert status_of(f"http://localhost:{run.port}{path}") == 200
        assert status_of(f"http://localhost:{run.printshop_port}/healthz") == 200
        assert run.errors.read_text() == ""

    def test_it_says_each_stage_in_its_log(self, pair):
        run, _ = pair
        lines = (run.data_dir / "log" / "launcher.log").read_text().splitlines()
        assert [re.sub(r"^[-\d]+ [:,\d]+ INFO ", "", line) for line in lines[:4]] == [
            f"Loading 3 servers: {SERVERS}",
            f"Database: {migrations()} migrations",
            f"Sample data: {SAMPLES}",
            "Waiting until web and printshop answer",
        ]

    def test_nothing_is_served_before_the_database_is_prepared(self, pair):
        run, _ = pair
        assert run.answers_before_prepared == {0}

    def test_what_it_writes_is_its_owners_alone(self, pair):
        run, _ = pair
        assert run.data_dir.stat().st_mode & 0o777 == 0o700
        for name in ("secret_key", "field_encryption_key", "started-with.json"):
            assert (run.data_dir / name).stat().st_mode & 0o777 == 0o600
        assert (run.data_dir / "db.sqlite3").exists()
        assert {"web.log", "printshop.log", "worker.log", "valkey.log", "prepare.log"} <= {
            file.name for file in (run.data_dir / "log").iterdir()
        }

    def test_commands_work_beside_it_with_nothing_exported(self, pair):
        """Two in one process: a start of Django takes longer than either."""
        run, _ = pair
        shown = (
            "from django.core.management import call_command; call_command('check_ledger'); "
            "from django.conf import settings as s; print(s.DEBUG, s.PUBLIC_URL, s.REDIS_URL, s.SECRET_KEY)"
        )
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", shown],
            cwd=PROJECT_DIR,
            env=clean_environ() | {"DATA_DIR": str(run.data_dir)},
            capture_output=True,
            text=True,
        )
        answer = (
            f"The ledger adds up.\nTrue http://localhost:{run.port} unix://{run.data_dir}/valkey/valkey.sock?db=0 "
            f"{(run.data_dir / 'secret_key').read_text()}"
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, answer, "")

    @pytest.mark.parametrize(
        ("file", "words", "number"),
        [
            ("launcher.lock", "", signal.SIGTERM),
            ("log/valkey.log", "", signal.SIGINT),
            ("log/prepare.log", "", signal.SIGTERM),
            ("log/prepare.log", "Applying ", signal.SIGINT),
        ],
        ids=["first", "Valkey", "Django", "migrations"],
    )
    def test_stopped_while_starting_it_leaves_nothing(self, run, file, words, number):
        one = run()
        wait_for(lambda: (one.data_dir / file).exists() and words in (one.data_dir / file).read_text())
        self.stopped_it_leaves_nothing(one, number)

    def test_stopped_in_the_first_moment_it_leaves_nothing(self, run):
        one = run()
        time.sleep(0.1)
        self.stopped_it_leaves_nothing(one, signal.SIGTERM)

    def stopped_it_leaves_nothing(self, one: Run, number: int) -> None:
        processes = descendants(one.process.pid)
        code = one.stop(number)
        wait_for(lambda: not any(is_alive(pid) for pid in processes))
        assert not (one.data_dir / "first-start-done").exists()  # none was left to come to its own end
        if code == 0:
            assert one.errors.read_text() == ""
        else:  # Python itself was still starting: no handler yet, and nothing else either
            assert code == -number
            assert processes == {one.process.pid}

    def test_killed_hard_its_processes_end_too(self, run):
        one = run()
        wait_for(lambda: (one.data_dir / "log" / "prepare.log").exists())
        processes = descendants(one.process.pid)
        assert len(processes) >= 4  # launcher, guard, Valkey, prepare
        one.process.kill()
        one.process.wait()
        wait_for(lambda: not any(is_alive(pid) for pid in processes))
        assert not (one.data_dir / "first-start-done").exists()  # none was left to come to its own end


class TestRefusals:
    @pytest.mark.parametrize("name", ["PORT", "PRINTSHOP_PORT"])
    def test_a_taken_port(self, run, name):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            one = run(**{name: port})
            assert one.process.wait(LATEST) == 1
        message = one.errors.read_text()
        assert message.startswith(f"Port {port} ({name}) cannot be used: Address already in use.")
        assert f"{name}={port + 1} make run" in message
        assert one.output.read_text() == ""
        assert not one.data_dir.exists()

    @pytest.mark.parametrize("value", ["eighty", "0", "70000", "-1"])
    def test_a_port_that_is_none(self, run, value):
        one = run(PORT=value)
        assert one.process.wait(LATEST) == 2
        assert one.errors.read_text() == f"PORT must be a port from 1 to 65535, not '{value}'.\n"

    def test_the_same_port_twice(self, run):
        one = run(PORT=18999, PRINTSHOP_PORT=18999)
        assert one.process.wait(LATEST) == 1
        assert "PORT and PRINTSHOP_PORT are both 18999" in one.errors.read_text()

    def test_a_folder_in_use(self, pair, run):
        _, platform = pair
        third = run(DATA_DIR=platform.data_dir)
        assert third.process.wait(LATEST) == 1
        assert f"Another run already uses {platform.data_dir}." in third.errors.read_text()

    def test_a_setting_that_does_not_read_is_told_with_the_end_of_the_log(self, run):
        one = run(DUPLICATE_CHECK_WAIT="soon")
        assert one.process.wait(LATEST) == 1
        assert "DUPLICATE_CHECK_WAIT must be a number, not 'soon'." in one.errors.read_text()


class TestPlatform:
    def test_two_run_side_by_side(self, pair):
        run, platform = pair
        assert {"valkey", "worker", "web", "printshop", "bridge"} <= set(platform.pids)
        assert not set(platform.pids.values()) & descendants(run.process.pid)
        for url in (f"http://localhost:{run.port}", platform.base_url, platform.printshop_url):
            assert status_of(f"{url}/readyz") == 200
        assert platform.env["DATA_DIR"] == str(platform.data_dir)
        assert platform.env["REDIS_URL"] == f"unix://{platform.data_dir}/valkey/valkey.sock?db=0"
        assert (platform.data_dir / "db.sqlite3").exists()
        assert platform.env["SECRET_KEY"] == (platform.data_dir / "secret_key").read_text().strip()
        assert platform.env["SECRET_KEY"] != (run.data_dir / "secret_key").read_text().strip()

    def test_each_stage_is_said_as_it_begins(self, pair, said):
        stages = [
            f"Loading 3 servers: {SERVERS}",
            f"Database: {migrations()} migrations",
            f"Sample data: {SAMPLES}",
            "Waiting until web and printshop answer",
        ]
        loading, database, samples, waiting = (said.index(stage) for stage in stages)
        assert loading < database < samples < waiting
        applied = [line for line in said if line.startswith("Applying ")]
        assert len(applied) == migrations()
        assert set(applied) <= set(said[database:samples])
        assert applied[-1].endswith("... OK (100 %)")
        assert "Samples: artwork 9 of 9: First Evening." in said[samples:waiting]

    @pytest.mark.parametrize("name", ["web", "worker", "valkey", "bridge"])
    def test_a_process_that_is_killed_comes_back(self, pair, name, caplog):
        run, platform = pair
        before, others_before = platform.pids[name], descendants(run.process.pid)
        deaths = platform.deaths[name]
        platform.kill(name)
        wait_for(lambda: platform.pids.get(name, before) != before)
        assert platform.deaths[name] == deaths + 1
        assert f"{name} (process {before}) ended with code -9; starting it again in 0.5 s" in caplog.text
        wait_for(lambda: status_of(f"{platform.base_url}/readyz") == 200)
        assert others_before <= descendants(run.process.pid)

    def test_a_restart_is_no_death(self, pair):
        _, platform = pair
        before, deaths = platform.pids["printshop"], platform.deaths["printshop"]
        platform.restart("printshop")
        wait_for(lambda: status_of(f"{platform.printshop_url}/healthz") == 200)
        assert platform.pids["printshop"] != before
        assert platform.deaths["printshop"] == deaths


class TestStages:
    def test_on_a_terminal_details_pass_under_their_stage(self, monkeypatch):
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        monkeypatch.setattr(sys, "stderr", Terminal())
        monkeypatch.setenv("COLUMNS", "20")
        show_stage("Database: 43 migrations")
        show_detail("Applying accounts.0001_initial... OK (2 %)")
        show_stage("Sample data: 9 artworks")
        show_detail("")
        line = "\r\033[K"
        assert sys.stderr.getvalue() == (
            f"{line}Database: 43 migrations\n{line}  Applying accounts{line}Sample data: 9 artworks\n{line}"
        )

    def test_to_a_program_nothing_but_the_last_line_is_said(self, capsys):
        show_stage("Database: 43 migrations")
        show_detail("Applying accounts.0001_initial... OK (2 %)")
        assert capsys.readouterr() == ("", "")

    @pytest.mark.django_db
    def test_a_database_with_nothing_to_do(self, capsys):
        database_prepare()
        assert capsys.readouterr().out.startswith("==> Database: up to date\n")


class TestProcesses:
    @pytest.fixture
    def guard(self) -> Iterator[Guard]:
        guard = Guard()
        yield guard
        guard.close()

    def test_the_pause_before_a_restart_doubles(self, guard, tmp_path, caplog):
        supervisor = Supervisor()
        supervisor.add(
            Child("brief", [sys.executable, "-c", "raise SystemExit(3)"], guard=guard, log_file=tmp_path / "l")
        )
        wait_for(lambda: supervisor.deaths["brief"] >= 3)
        supervisor.stop()
        pauses = [record.args[-1] for record in caplog.records if "starting it again" in record.message]
        assert pauses[:3] == [0.5, 1.0, 2.0]

    @pytest.fixture
    def server(self, guard, tmp_path) -> Iterator[Child]:
        script = (
            "import time; from config.launcher.hold import wait_until_prepared as wait; time.sleep(0.2); "
            "print('loaded', flush=True); wait(); print('serves', flush=True); time.sleep(600)"
        )
        server = Child(
            "server", [sys.executable, "-c", script], guard=guard, log_file=tmp_path / "server.log", cwd=PROJECT_DIR
        )
        yield server
        server.stop()

    def test_one_that_is_held_loads_and_serves_when_it_is_released(self, server):
        server.start(held=True)
        assert (server.is_held, server.is_loading) == (True, True)
        wait_for(lambda: not server.is_loading)
        time.sleep(0.2)
        assert (server.is_running, server.new_lines()) == (True, ["loaded"])
        server.release()
        wait_for(lambda: server.new_lines() == ["serves"])
        assert (server.is_held, server.is_loading) == (False, False)

    @pytest.mark.parametrize("seconds", [0, 1])
    def test_released_while_it_loads_or_later_it_serves(self, server, seconds):
        server.start(held=True)
        time.sleep(seconds)
        server.release()
        wait_for(lambda: server.log_tail() == "loaded\nserves")

    def test_started_again_it_is_not_held(self, server):
        server.start(held=True)
        wait_for(lambda: not server.is_loading)
        server.stop()
        server.start()
        wait_for(lambda: server.new_lines() == ["loaded", "serves"])

    def test_one_that_dies_while_it_is_held_comes_back_when_it_is_released(self, server, caplog):
        supervisor = Supervisor()
        supervisor.add(server, held=True)
        pid = server.pid
        supervisor.kill("server")
        time.sleep(0.5)
        assert (server.pid, server.is_running, server.is_loading, supervisor.deaths["server"]) == (pid, False, False, 0)
        supervisor.release()
        wait_for(lambda: server.log_tail() == "loaded\nserves")
        supervisor.stop()
        assert f"server (process {pid}) ended with code -9; starting it again" in caplog.text

    def test_a_supervisor_that_stops_stops_what_is_held(self, server):
        supervisor = Supervisor()
        supervisor.add(server, held=True)
        wait_for(lambda: not server.is_loading)
        began = time.monotonic()
        supervisor.stop()
        assert not server.is_running
        assert time.monotonic() - began < 5

    def test_what_a_child_started_ends_with_it(self, guard, tmp_path):
        script = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True)"
        child = Child("parent", [sys.executable, "-c", script], guard=guard, log_file=tmp_path / "parent.log")
        child.start()
        assert child.wait(LATEST) == 0
        grandchild = int(child.log_file.read_text())
        assert is_alive(grandchild)
        child.clear()
        wait_for(lambda: not is_alive(grandchild))

    def test_a_child_that_ignores_the_signal_is_killed(self, guard, tmp_path):
        script = "import signal, time; signal.signal(15, signal.SIG_IGN); print('on', flush=True); time.sleep(600)"
        child = Child("stubborn", [sys.executable, "-c", script], guard=guard, log_file=tmp_path / "stubborn.log")
        child.start()
        wait_for(lambda: child.log_tail() == "on")
        pid = child.pid
        child.stop(grace=0.2)
        assert not is_alive(pid)

    def test_a_secret_is_made_once(self, tmp_path):
        made = kept_secret(tmp_path / "key")
        assert len(made) >= 43
        assert kept_secret(tmp_path / "key") == made
        assert kept_secret(tmp_path / "other") != made
        (tmp_path / "key").write_text("\n")
        with pytest.raises(BadSetting, match="key is empty"):
            kept_secret(tmp_path / "key")

    @pytest.mark.parametrize("name", ["x" * LONGEST_SOCKET_PATH, "a folder"])
    def test_a_path_no_socket_can_have_is_replaced(self, guard, tmp_path, name):
        valkey = Valkey(tmp_path / name, guard=guard, log_file=tmp_path / "log")
        valkey.child.start()
        try:
            assert valkey.wait_ready()
            assert len(os.fsencode(valkey.socket)) <= LONGEST_SOCKET_PATH
        finally:
            valkey.child.stop()
            valkey.remove_short_folder()
        assert not valkey.socket.parent.exists()
