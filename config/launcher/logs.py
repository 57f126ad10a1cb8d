"""Log files: each day's own. What was written on an earlier day is put aside under its date, and goes after a while."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from config.launcher.environment import BadSetting

DAY: Final = 86_400


def days_kept(environ: Mapping[str, str]) -> int:
    raw = environ.get("KEEP_LOGS_DAYS", "").strip() or "30"
    if not raw.isdecimal() or not 1 <= int(raw) <= 36_500:
        raise BadSetting(f"KEEP_LOGS_DAYS must be a number of days from 1, not {raw!r}.")
    return int(raw)


def logs_put_aside(folder: Path, *, days: int) -> None:
    """Before anything is written: `web.log` of an earlier (UTC) day becomes `web.2026-11-29.log`."""
    now = time.time()
    today = datetime.fromtimestamp(now, UTC).date()
    for file in folder.glob("*.log"):
        written = file.stat().st_mtime
        day = datetime.fromtimestamp(written, UTC).date()
        if file.stem.endswith(f".{day}"):
            if written < now - days * DAY:
                file.unlink()
        elif day < today:
            file.rename(file.with_name(f"{file.stem}.{day}.log"))
