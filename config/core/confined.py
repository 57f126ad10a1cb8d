"""`python -I confined.py MODULE SOCKET`: forks a child for each call, which limits itself and runs MODULE.main([...]).

The children's side of `config.core.sandbox`; how the two sides speak is told in `config.core.forkers`. This process
imports MODULE once, and never opens a file of a stranger: its children do, each of them one. So no child finds anything
of the file before.
"""

import gc
import importlib
import json
import os
import resource
import selectors
import signal
import socket
import sys
import traceback
import types
from contextlib import suppress
from pathlib import Path

IDLE = 300
"""Seconds without a call, after which this process ends."""
MOST_SAID = 64 * 1024
"""Bytes of a call."""


def main(module: str, descriptor: str) -> None:
    root = str(Path(__file__).resolve().parents[2])
    sys.path.insert(0, root)
    # The package starts Celery when it is imported, which takes longer than most files do.
    bare = types.ModuleType("config")
    bare.__path__ = [f"{root}/config"]
    sys.modules["config"] = bare
    with suppress(Exception):  # the child stumbles over it too, and says so
        importlib.import_module(module)
    gc.freeze()
    _Forker(module, socket.socket(fileno=int(descriptor))).serve()


class _Forker:
    def __init__(self, module: str, control: socket.socket) -> None:
        self.module, self.control = module, control
        self.calls: dict[int, socket.socket] = {}
        """By the child's process id."""
        self.selector = selectors.DefaultSelector()
        self.woken, self.waker = socket.socketpair()
        self.waker.setblocking(False)

    def serve(self) -> None:
        """Until whoever calls is gone, or has not called for a while."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.waker.fileno())
        self.selector.register(self.control, selectors.EVENT_READ, self._accept)
        self.selector.register(self.woken, selectors.EVENT_READ, lambda: self.woken.recv(4096))
        while ready := self.selector.select(None if self.calls else IDLE):
            try:
                for key, _ in ready:
                    key.data()
            except EOFError:
                break
            self._reap()
        for pid in self.calls:
            os.kill(pid, signal.SIGKILL)

    def _accept(self) -> None:
        """Raises EOFError when there will be no more calls."""
        byte, descriptors, *_ = socket.recv_fds(self.control, 1, 1)
        if not byte:
            raise EOFError
        call = socket.socket(fileno=descriptors[0])
        said = call.recv(MOST_SAID)  # it was there before the call came
        try:
            pid = os.fork()
        except OSError:
            _tell(call, b"-")
            call.close()
            return
        if pid == 0:
            _be_child(self.module, said, self._open(call))
        self.calls[pid] = call
        self.selector.register(call, selectors.EVENT_READ, lambda: self._abandon(pid))
        _tell(call, b"+")

    def _open(self, call: socket.socket) -> list[socket.socket | selectors.BaseSelector]:
        """What is not for a child, whose file may take it over."""
        return [self.control, self.selector, self.woken, self.waker, call, *self.calls.values()]

    def _abandon(self, pid: int) -> None:
        """Whoever called waits for it no longer. Its end is told nonetheless."""
        self.selector.unregister(self.calls[pid])
        os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                call = self.calls.pop(ended[0])
                with suppress(KeyError):
                    self.selector.unregister(call)
                _tell(call, os.waitstatus_to_exitcode(ended[1]).to_bytes(2, "big", signed=True))
                call.close()


def _tell(call: socket.socket, what: bytes) -> None:
    with suppress(OSError):  # nobody listens
        call.sendall(what)


def _be_child(module: str, said: bytes, ours: list[socket.socket | selectors.BaseSelector]) -> None:
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        for opened in ours:
            opened.close()
        call = json.loads(said)
        os.environ.update(call["environment"])
        complaints = os.open(call["complaints"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(complaints, 2)
        os.close(complaints)
        limited(**call["limits"])
        _read(module, call["arguments"])
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _read(module: str, arguments: list[str]) -> None:
    importlib.import_module(module).main(list(arguments))


def limited(memory: int, seconds: int, output: int) -> None:
    """`memory` (address space) and `output` (of one file) in bytes, `seconds` of the processor. macOS does not hold to
    a limit of the address space; there the limits of time and size remain."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    except (OSError, ValueError):
        if sys.platform != "darwin":
            raise


if __name__ == "__main__":
    main(*sys.argv[1:])
