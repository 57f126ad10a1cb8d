"""What the benchmarks' commands have in common: a smallest run, which the gate makes, and how they end."""

import argparse
from collections.abc import Sequence
from typing import Any


def parsed(parser: argparse.ArgumentParser, arguments: Sequence[str] | None, **smallest: Any) -> argparse.Namespace:
    """The options; with `--smallest` those named here have the values given here."""
    parser.add_argument(
        "--smallest", action="store_true", help="run all of it once, within seconds; figures are not judged"
    )
    options = parser.parse_args(arguments)
    if options.smallest:
        vars(options).update(smallest)
    return options


def ended(options: argparse.Namespace, *, missed: Sequence[str], wrong: Sequence[str] = ()) -> int:
    """The command's exit status. What is `wrong` fails every run; a target `missed` fails a whole one."""
    for line in wrong:
        print("WRONG:", line)
    for line in missed:
        print("MISSED:", line)
    if not wrong and not missed:
        print("All targets met.")
    return 1 if wrong or (missed and not options.smallest) else 0
