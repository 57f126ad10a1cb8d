"""Run every benchmark, one after another: `python -m bench [--smallest]`. Options are handed to each.

A benchmark is a module of this package that can be run by itself.
"""

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    failed = []
    for file in sorted(HERE.glob("*.py")):
        if file.name == "__main__.py" or '__name__ == "__main__"' not in file.read_text():
            continue
        print(f"==> bench.{file.stem}", flush=True)
        started = time.perf_counter()
        status = subprocess.run([sys.executable, "-m", f"bench.{file.stem}", *sys.argv[1:]]).returncode
        print(f"    bench.{file.stem}: {time.perf_counter() - started:.0f} s", flush=True)
        if status:
            failed.append(file.stem)
    if failed:
        print("failed:", ", ".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
