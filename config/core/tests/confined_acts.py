"""What a child does in tests of `config.core.sandbox`: `main([ACT, FOLDER])` leaves `told.json` in the folder."""

import json
import os
import time
from pathlib import Path

SEEN: list[str] = []


def main(arguments: list[str]) -> None:
    act, folder = arguments
    SEEN.append(act)
    told = {"pid": os.getpid(), "parent": os.getppid(), "seen": SEEN, "environment": dict(os.environ)}
    if Path("/proc/self/fd").exists():
        told["open"] = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    (Path(folder) / "told.tmp").write_text(json.dumps(told))
    (Path(folder) / "told.tmp").rename(Path(folder) / "told.json")
    if act == "sleep":
        time.sleep(60)
    if act == "fail":
        raise ValueError("the last line")
    if act == "allocate":
        bytearray(10**9)
