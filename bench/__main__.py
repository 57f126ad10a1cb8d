"""Run every benchmark: `python -m bench [--smallest]`. Options are handed to each.

A benchmark is a module of this package that can be run by itself. They run one after another; with `--smallest`, where
no figure is judged, two at a time, on one PostgreSQL and with copies of one migrated database.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from bench.servers import MIGRATED, SHARED, Services

HERE = Path(__file__).parent
SMALLEST = "--smallest" in sys.argv


def run(name: str) -> bool:
    """Whether it ended well. What it says is shown as it comes, or at its end when another runs beside it."""
    began = f"==> bench.{name}"
    if not SMALLEST:
        print(began, flush=True)
    started = time.perf_counter()
    command = [sys.executable, "-m", f"bench.{name}", *sys.argv[1:]]
    kept = (subprocess.PIPE, subprocess.STDOUT) if SMALLEST else (None, None)
    done = subprocess.run(command, stdout=kept[0], stderr=kept[1], text=True)
    said = f"{began}\n{done.stdout}" if SMALLEST else ""
    print(f"{said}    bench.{name}: {time.perf_counter() - started:.0f} s", flush=True)
    return done.returncode == 0


def main() -> int:
    files = [file for file in sorted(HERE.glob("*.py")) if file.name != "__main__.py"]
    names = [file.stem for file in files if '__name__ == "__main__"' in file.read_text()]
    with ExitStack() as stack, ThreadPoolExecutor(2 if SMALLEST else 1) as pool:
        if SMALLEST:
            services = Services(stack)
            services.database(MIGRATED)
            os.environ[SHARED] = services.url
        failed = [name for name, well in zip(names, pool.map(run, names), strict=True) if not well]
    if failed:
        print("failed:", ", ".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
