"""What the services share: one guard for all of them, a folder each, waiting with a limit."""

import functools
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from config.launcher.processes import Child, Guard


@functools.cache
def guard() -> Guard:
    return Guard()


class ServiceFailed(Exception):
    pass


def wait_until(ready: Callable[[], bool], *, seconds: float, what: str, child: Child | None = None) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if child is not None and not child.is_running:
            raise ServiceFailed(f"{what} ended at once:\n{child.log_tail()}")
        if time.monotonic() > deadline:
            raise ServiceFailed(f"{what} was not ready within {seconds:.0f} s.\n{child.log_tail() if child else ''}")
        time.sleep(0.02)


class Service:
    """Subclasses give `start`, `stop` and `url`."""

    def __enter__(self) -> Self:
        for attempt in range(3):
            try:
                self.start()
                return self
            except BaseException as error:
                self.stop()
                # A port that was free a moment ago may be taken by now: worth another try.
                if not isinstance(error, ServiceFailed) or attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        raise NotImplementedError

    def env(self) -> dict[str, str]:
        """The variables that point the platform at this server."""
        raise NotImplementedError

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError


def make_folder(name: str) -> Path:
    """A folder that goes with the run. Under /tmp, which every user may enter and whose path is short."""
    folder = Path(tempfile.mkdtemp(prefix=f"atelier-{name}-", dir="/tmp"))
    guard().remove_folder(folder)
    return folder


def drop_folder(folder: Path | None) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
        guard().keep_folder(folder)
