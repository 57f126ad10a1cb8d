"""`python -I confined.py MODULE MEMORY SECONDS OUTPUT [ARGUMENT ...]`: limit this process, then run MODULE.main([...]).

The child's side of `config.core.sandbox`. MEMORY (address space) and OUTPUT (of one file) are bytes, SECONDS are of the
processor. macOS does not hold to a limit of the address space; there the limits of time and size remain.
"""

import importlib
import resource
import sys
import types
from pathlib import Path


def main(module: str, memory: str, seconds: str, output: str, *arguments: str) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(output), int(output)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
    try:
        resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    except (OSError, ValueError):
        if sys.platform != "darwin":
            raise
    root = str(Path(__file__).resolve().parents[2])
    sys.path.insert(0, root)
    # The package starts Celery when it is imported, which takes longer than most files do.
    bare = types.ModuleType("config")
    bare.__path__ = [f"{root}/config"]
    sys.modules["config"] = bare
    importlib.import_module(module).main(list(arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
