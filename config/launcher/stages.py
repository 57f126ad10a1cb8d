"""What the process that prepares tells the launcher, in lines of its log: what it begins, and that tables are there."""

MARK = "==> "


TABLES_ARE_THERE = "The tables are there."


def stage_begins(text: str) -> None:
    print(f"{MARK}{text}", flush=True)


def stage_in(line: str) -> str:
    """What such a line says; '' for any other."""
    return line.removeprefix(MARK) if line.startswith(MARK) else ""
