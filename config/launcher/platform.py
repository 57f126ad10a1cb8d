"""The platform as a set of processes: start, readiness, supervision, stop."""

import fcntl
import http.client
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

from config.launcher.environment import (
    PROJECT_DIR,
    BadSetting,
    check_port_is_free,
    free_ports,
    platform_environ,
)
from config.launcher.logs import days_kept, logs_put_aside
from config.launcher.processes import Child, Guard, Supervisor
from config.launcher.stages import TABLES_ARE_THERE, stage_in
from config.launcher.valkey import Valkey, ValkeyMissing

log = logging.getLogger("launcher")


class StartFailed(Exception):
    """The platform could not be started; the text says why, for a person."""


class Interrupted(Exception):
    """`interrupt()` was called while the platform was starting."""


class Platform:
    """Web, sockets, worker, timetable, printer bridge and Valkey on this machine.

    >>> with Platform() as platform:
    ...     urllib.request.urlopen(f"{platform.base_url}/healthz")

    Without arguments it takes free ports and a fresh folder, which goes when it stops. `environ` is the environment to
    start from (this process's own by default). `stage` hears of each stage of a start as it begins, with a count where
    there is one, `detail` of each step in it.
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        printshop_port: int | None = None,
        data_dir: Path | str | None = None,
        environ: Mapping[str, str] | None = None,
        ready_seconds: float = 180.0,
        stage: Callable[[str], None] = lambda text: None,
        detail: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._environ = dict(os.environ if environ is None else environ)
        self._own_folder = data_dir is None
        self._ready_seconds = ready_seconds
        self._tell_stage, self._detail = stage, detail
        self._host = self._environ.get("HOST") or "127.0.0.1"
        self._guard: Guard | None = None
        self._valkey: Valkey | None = None
        self._lock: IO[str] | None = None
        self._supervisor = Supervisor()
        self.stopping = threading.Event()
        free_port, free_printshop_port = free_ports(2)
        self.port = port or free_port
        self.printshop_port = printshop_port or free_printshop_port
        self.data_dir = Path(data_dir or tempfile.mkdtemp(prefix="atelier-run-")).resolve()
        self.env: dict[str, str] = {}

    # ------------------------------------------------------------ what it is
    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def printshop_url(self) -> str:
        return f"http://localhost:{self.printshop_port}"

    @property
    def pids(self) -> dict[str, int]:
        return {name: child.pid for name, child in self._supervisor.children.items() if child.pid is not None}

    @property
    def deaths(self) -> dict[str, int]:
        """How often each process ended without being asked to."""
        return dict(self._supervisor.deaths)

    # ------------------------------------------------------------ what it does
    def __enter__(self) -> "Platform":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when the platform answers. Raises StartFailed, or Interrupted after `interrupt()`."""
        if self.port == self.printshop_port:
            raise StartFailed(f"PORT and PRINTSHOP_PORT are both {self.port}; they must differ.")
        try:
            check_port_is_free(self._host, self.port, "PORT")
            check_port_is_free(self._host, self.printshop_port, "PRINTSHOP_PORT")
            self._take_folder()
            self._guard = Guard()
            if self._own_folder:
                self._guard.remove_folder(self.data_dir)
            redis_url = self._environ.get("REDIS_URL") or self._start_valkey()
            self.env = platform_environ(
                self._environ,
                data_dir=self.data_dir,
                host=self._host,
                port=self.port,
                printshop_port=self.printshop_port,
                redis_url=redis_url,
            )
        except (BadSetting, ValkeyMissing) as error:
            raise StartFailed(str(error)) from error
        self._prepare(self._servers())
        self._supervisor.release()
        self.wait_ready()
        # Nobody waits for it: it begins when the rest answers, and takes no time from that.
        self._supervisor.add(self._child("bridge", [sys.executable, "manage.py", "printer_bridge"]))

    def interrupt(self) -> None:
        """Safe in a signal handler: `start` gives up at its next step."""
        self.stopping.set()

    def stop(self) -> None:
        """Stops everything, also in the middle of a start. May be called twice."""
        self.stopping.set()
        self._supervisor.stop(last=("valkey",))
        if self._valkey is not None:
            self._valkey.remove_short_folder()
            self._valkey = None
        if self._guard is not None:
            self._guard.close()
            self._guard = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if self._own_folder:
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def kill(self, name: str) -> None:
        """Kill a process as a crash would; the supervision starts it again."""
        self._supervisor.kill(name)

    def restart(self, name: str) -> None:
        self._supervisor.restart(name)

    def wait_ready(self) -> None:
        """Until web answers /healthz and /readyz, and the print shop's port answers too."""
        self._stage("Waiting until web and printshop answer")
        deadline = time.monotonic() + self._ready_seconds
        waiting_for = [(self.port, "/healthz"), (self.port, "/readyz"), (self.printshop_port, "/healthz")]
        deaths_before = self.deaths
        while waiting_for:
            self._check_interrupted()
            if self._status(*waiting_for[0]) == 200:
                waiting_for.pop(0)
                continue
            for name, deaths in self.deaths.items():
                if deaths - deaths_before.get(name, 0) >= 3:
                    raise StartFailed(f"{name} does not stay up. {self._log_end(self._supervisor.children[name])}")
            if time.monotonic() > deadline:
                port, path = waiting_for[0]
                raise StartFailed(
                    f"http://localhost:{port}{path} did not answer 200 within {self._ready_seconds:.0f} s. "
                    + self._log_end(self._supervisor.children["web" if port == self.port else "printshop"])
                )
            self.stopping.wait(0.05)

    # ------------------------------------------------------------ steps of a start
    def _take_folder(self) -> None:
        try:
            self.data_dir.parent.mkdir(parents=True, exist_ok=True)
            self.data_dir.mkdir(mode=0o700, exist_ok=True)  # it will hold people's data and the keys to it
            (self.data_dir / "log").mkdir(exist_ok=True)
            self._lock = (self.data_dir / "launcher.lock").open("w")
        except OSError as error:
            raise BadSetting(f"The folder {self.data_dir} (DATA_DIR) cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BadSetting(
                f"Another run already uses {self.data_dir}. Stop it, or choose another folder: DATA_DIR=var2 make run"
            ) from error
        logs_put_aside(self.data_dir / "log", days=days_kept(self._environ))

    def _start_valkey(self) -> str:
        self._check_interrupted()
        assert self._guard is not None
        self._valkey = Valkey(self.data_dir / "valkey", guard=self._guard, log_file=self._log_file("valkey"))
        self._supervisor.add(self._valkey.child)
        if not self._valkey.wait_ready(given_up=self.stopping.is_set):
            self._check_interrupted()
            raise StartFailed(f"Valkey did not start. {self._log_end(self._valkey.child)}")
        return self._valkey.url

    def _servers(self) -> list[Child]:
        """First the one that has work while the sample data is made."""
        web, printshop = self._uvicorn(self.port), self._uvicorn(self.printshop_port)
        # fmt: off
        worker = [
            sys.executable, "-m", "celery", "-A", "config.launcher.worker", "worker",
            "--beat", "--pool", "threads", "--concurrency", "4",
            "--schedule", str(self.data_dir / "celerybeat-schedule"), "--loglevel", "INFO",
            "--hostname", f"atelier-{self.port}@%h",
        ]
        # fmt: on
        return [
            self._child("worker", worker),
            self._child("web", web),
            self._child("printshop", printshop, ROOT_URLCONF="config.urls_printshop"),
        ]

    def _prepare(self, servers: list[Child]) -> None:
        """Prepares the database. The servers load at the same time and wait then: on each processor but one, one after
        the other, so that they take no time from what a start has to wait for. The worker goes on when the tables are
        there: it analyses the sample models while the rest is made."""
        self._check_interrupted()
        self._stage(f"Loading {len(servers)} servers: {', '.join(server.name for server in servers)}")
        at_once = max(1, (os.cpu_count() or 2) - 1)
        waiting, loading = list(servers), list[Child]()
        child = self._child("prepare", [sys.executable, "-m", "config.launcher.prepare"])
        child.start()
        try:
            is_running = True
            while is_running:
                self._check_interrupted()
                is_running = child.is_running
                for line in child.new_lines():
                    self._repeat(line)
                loading = [server for server in loading if server.is_loading]
                while waiting and is_running and len(loading) < at_once:
                    loading.append(waiting.pop(0))
                    self._supervisor.add(loading[-1], held=True)
                self.stopping.wait(0.02)
            if child.wait(0) != 0:
                raise StartFailed(f"The database could not be prepared. {self._log_end(child)}")
        finally:
            child.stop(grace=5.0)
        for server in waiting:
            self._supervisor.add(server)

    def _repeat(self, line: str) -> None:
        """What the process that prepares says."""
        if stage := stage_in(line):
            self._stage(stage)
        elif line == TABLES_ARE_THERE:
            self._supervisor.release("worker")
        else:
            self._detail(line.strip())

    def _stage(self, text: str) -> None:
        log.info(text)
        self._tell_stage(text)

    def _uvicorn(self, port: int) -> list[str]:
        command = [sys.executable, "-m", "uvicorn", "config.launcher.web:application", "--lifespan", "off"]
        command += ["--ws-max-size", "65536"]
        command += ["--host", self._host, "--port", str(port), "--timeout-graceful-shutdown", "5"]
        if not self.env.get("FORWARDED_ALLOW_IPS"):
            command += ["--no-proxy-headers"]  # nobody stands in front, so nobody may say who the caller is
        return command

    # ------------------------------------------------------------ small parts
    def _child(self, name: str, command: list[str], **extra: str) -> Child:
        assert self._guard is not None
        return Child(
            name, command, guard=self._guard, log_file=self._log_file(name), env=self.env | extra, cwd=PROJECT_DIR
        )

    def _log_file(self, name: str) -> Path:
        return self.data_dir / "log" / f"{name}.log"

    def _log_end(self, child: Child) -> str:
        return f"The end of {child.log_file}:\n{child.log_tail()}"

    def _check_interrupted(self) -> None:
        if self.stopping.is_set():
            raise Interrupted

    def _status(self, port: int, path: str) -> int | None:
        connection = http.client.HTTPConnection(self._host.replace("0.0.0.0", "127.0.0.1"), port, timeout=5)  # noqa: S104
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
