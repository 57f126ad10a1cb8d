"""`make run`: starts the platform, prints its addresses in one line, serves until interrupted."""

import logging
import os
import shutil
import signal
import sys

from config.launcher.environment import BadSetting, data_dir_of, port_of
from config.launcher.platform import Interrupted, Platform, StartFailed


def show_stage(text: str) -> None:
    """A line on a terminal; nothing where the output is read by a program. `launcher.log` has it in any case."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", file=sys.stderr, flush=True)


def show_detail(text: str) -> None:
    """One passing line under the stage."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 3
        sys.stderr.write(f"\r\033[K{'  ' + text[:width] if text else ''}")
        sys.stderr.flush()


def log_to(platform: Platform) -> None:
    file = logging.FileHandler(platform.data_dir / "log" / "launcher.log", delay=True)
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    screen = logging.StreamHandler()
    screen.setLevel(logging.WARNING)
    logger = logging.getLogger("launcher")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(file)
    logger.addHandler(screen)


def main() -> int:
    try:
        platform = Platform(
            port=port_of(os.environ, "PORT", 8000),
            printshop_port=port_of(os.environ, "PRINTSHOP_PORT", 5000),
            data_dir=data_dir_of(os.environ),
            stage=show_stage,
            detail=show_detail,
        )
    except BadSetting as error:
        print(error, file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: platform.interrupt())
    log_to(platform)
    try:
        platform.start()
        show_detail("")
        url, printshop = platform.base_url, platform.printshop_url
        print(
            f"Atelier is ready: {url}  swagger: {url}/swagger/  admin: {url}/admin/  print shop: {printshop}/api/",
            flush=True,
        )
        platform.stopping.wait()
    except Interrupted:
        show_detail("")
    except StartFailed as error:
        show_detail("")
        print(error, file=sys.stderr)
        return 1
    finally:
        platform.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
