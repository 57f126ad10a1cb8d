"""Child processes: each in a group of its own, restarted when it dies, never left behind."""

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

log = logging.getLogger("launcher")

LOG_KEEP_BYTES = 5_000_000
STEADY_SECONDS = 30.0
LONGEST_PAUSE = 30.0


class Guard:
    """The owner's end of `guard.py`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            text=True,
        )
        self._lock = threading.Lock()

    def watch(self, pid: int, stop_signal: int) -> None:
        self._tell("group", pid, int(stop_signal))

    def forget(self, pid: int) -> None:
        self._tell("forget", pid)

    def remove_folder(self, folder: Path) -> None:
        """Remove the folder when the owner is gone."""
        self._tell("folder", str(folder))

    def keep_folder(self, folder: Path) -> None:
        self._tell("keep", str(folder))

    def close(self) -> None:
        """What is still watched is ended now."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        self._process.wait()

    def _tell(self, *words: object) -> None:
        assert self._process.stdin is not None
        with self._lock:
            try:
                self._process.stdin.write(json.dumps(words) + "\n")
                self._process.stdin.flush()
            except (BrokenPipeError, ValueError):
                log.warning("the guard process is gone: a hard kill may now leave processes behind")


class Child:
    """One command that can be started, stopped and started again. Its output is appended to `log_file`.

    Started `held`, it loads what it needs and then waits for `release` (`hold.py`, on its standard input).
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        guard: Guard,
        log_file: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | str | None = None,
        stop_signal: int = signal.SIGTERM,
        as_user: tuple[int, int] | None = None,
    ) -> None:
        self.name = name
        self.command = [str(part) for part in command]
        self.log_file = log_file
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self._guard = guard
        self._env = None if env is None else dict(env)
        self._cwd = cwd
        self._stop_signal = stop_signal
        self._as_user = as_user
        self._hold: socket.socket | None = None
        self._read_up_to = 0

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None else None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def is_held(self) -> bool:
        return self._hold is not None

    @property
    def is_loading(self) -> bool:
        """Held, alive, and not yet at the point where it waits."""
        if self._hold is None or not self.is_running:
            return False
        try:
            return not self._hold.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False

    def start(self, *, held: bool = False) -> None:
        self._shorten_log()
        self._read_up_to = self.log_file.stat().st_size if self.log_file.exists() else 0
        with contextlib.ExitStack() as files:
            output = files.enter_context(self.log_file.open("ab"))
            stdin = subprocess.DEVNULL
            if held:
                self._hold, theirs = socket.socketpair()
                self._hold.setblocking(False)
                stdin = files.enter_context(theirs).fileno()
            self.process = subprocess.Popen(
                self.command,
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
                user=self._as_user[0] if self._as_user else None,
                group=self._as_user[1] if self._as_user else None,
                extra_groups=[] if self._as_user else None,
            )
        self._guard.watch(self.process.pid, self._stop_signal)
        self.started_at = time.monotonic()

    def release(self) -> None:
        if self._hold is not None:
            self._hold.close()
            self._hold = None

    def signal(self, number: int) -> None:
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except (ProcessLookupError, PermissionError):
                pass

    def ask_to_stop(self) -> None:
        if self.is_running:
            self.signal(self._stop_signal)

    def wait(self, seconds: float) -> int | None:
        """The exit code, or None when it still runs."""
        if self.process is None:
            return 0
        try:
            return self.process.wait(max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            return None

    def clear(self) -> None:
        """Ends what is left of the group, whether or not its leader is alive, and forgets it."""
        if self.process is None:
            return
        self.signal(signal.SIGKILL)
        self.process.wait()
        self._guard.forget(self.process.pid)
        self.process = None
        self.release()

    def stop(self, grace: float = 10.0) -> None:
        self.ask_to_stop()
        self.wait(grace)
        self.clear()

    def log_tail(self, lines: int = 15) -> str:
        try:
            with self.log_file.open("rb") as file:
                file.seek(max(0, self.log_file.stat().st_size - 20_000))
                return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""

    def new_lines(self) -> list[str]:
        """Whole lines of its log since its start, or since this was last asked."""
        with self.log_file.open("rb") as file:
            file.seek(self._read_up_to)
            whole = file.read().rpartition(b"\n")[0]
        if not whole:
            return []
        self._read_up_to += len(whole) + 1
        return whole.decode("utf-8", "replace").splitlines()

    def _shorten_log(self) -> None:
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_KEEP_BYTES:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))


class Supervisor:
    """Keeps children alive: one that dies is started again after a pause that doubles while it keeps dying.

    One that is held is let die: whoever holds it may be about to find out why.
    """

    def __init__(self) -> None:
        self.children: dict[str, Child] = {}
        self.deaths: dict[str, int] = {}
        self._pauses: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def add(self, child: Child, *, held: bool = False) -> None:
        with self._lock:
            if self._ended.is_set():
                return
            child.start(held=held)
            self.children[child.name] = child
            self.deaths[child.name] = 0
        if not self._thread.is_alive():
            self._thread.start()

    def release(self, *names: str) -> None:
        """Those named; all when none is."""
        with self._lock:
            for name, child in self.children.items():
                if name in names or not names:
                    child.release()

    def kill(self, name: str) -> None:
        """As a crash would: the whole group at once. It comes back by itself."""
        with self._lock:
            child = self.children[name]
            child.signal(signal.SIGKILL)
            child.wait(10.0)

    def restart(self, name: str) -> None:
        with self._lock:
            child = self.children[name]
            child.stop()
            self._due.pop(name, None)
            child.start()

    def stop(self, grace: float = 10.0, *, last: Sequence[str] = ()) -> None:
        """Everything stops at once, except the children named in `last`, which the others need to stop well."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        deadline = time.monotonic() + grace
        for batch in (
            [child for name, child in self.children.items() if name not in last],
            [child for name, child in self.children.items() if name in last],
        ):
            for child in batch:
                child.ask_to_stop()
                child.release()
            for child in batch:
                child.wait(deadline - time.monotonic())
                child.clear()
            deadline = max(deadline, time.monotonic() + 3.0)

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            with self._lock:
                for child in self.children.values():
                    if not child.is_running and not child.is_held:
                        self._revive(child)

    def _revive(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None:
            code = child.process.returncode
            steady = now - child.started_at > STEADY_SECONDS
            pause = 0.5 if steady else min(self._pauses.get(child.name, 0.25) * 2, LONGEST_PAUSE)
            self._pauses[child.name] = pause
            self._due[child.name] = now + pause
            self.deaths[child.name] += 1
            log.warning(
                "%s (process %s) ended with code %s; starting it again in %.1f s", child.name, child.pid, code, pause
            )
            child.clear()  # its own children too: beat runs inside the worker
        if now >= self._due.get(child.name, 0.0):
            child.start()
            log.info("%s runs again as process %s", child.name, child.pid)
