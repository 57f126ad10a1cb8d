"""Ends what its owner started once the owner is gone, however it went: the one case a signal handler cannot cover.

Run as a script, with nothing but the standard library, in a session of its own. It reads one JSON list a line from its
standard input, whose other end only the owner holds: `["group", pid, signal]`, `["forget", pid]`, `["folder", path]`,
`["keep", path]`. When that end closes, every group still known gets its signal, then SIGKILL, and the folders go.
"""

import json
import os
import shutil
import signal
import sys
import time

GRACE_SECONDS = 8.0


def group_is_alive(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS answers so for a group that holds only zombies
        return False
    return True


def signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def end(groups: dict[int, int], folders: set[str]) -> None:
    for pid, number in groups.items():
        signal_group(pid, number)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(group_is_alive(pid) for pid in groups):
        time.sleep(0.05)
    for pid in groups:
        signal_group(pid, signal.SIGKILL)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, int] = {}
    folders: set[str] = set()
    for line in sys.stdin:
        word, *values = json.loads(line)
        if word == "group":
            groups[values[0]] = values[1]
        elif word == "forget":
            groups.pop(values[0], None)
        elif word == "folder":
            folders.add(values[0])
        elif word == "keep":
            folders.discard(values[0])
    end(groups, folders)


if __name__ == "__main__":
    main()
