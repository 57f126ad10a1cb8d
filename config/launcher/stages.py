"""How the process that prepares tells the launcher what it begins: in lines of its log that begin with a mark."""

MARK = "==> "


def stage_begins(text: str) -> None:
    print(f"{MARK}{text}", flush=True)


def stage_in(line: str) -> str:
    """What such a line says; '' for any other."""
    return line.removeprefix(MARK) if line.startswith(MARK) else ""
