"""Measure the offline assistant: questions with known answers, questions that nobody can answer, and its speed.

    python -m bench.assistant [--all] [--smallest]

The questions are those of community/tests/assistant/asked.py, about meshes whose figures are known beforehand. A
row is printed for every wrong answer (with `--all` for every one); it ends with status 1 when a target is missed. It
runs in a database of its own, in memory: with the word search of SQLite, which forgives less than that of PostgreSQL.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence

from bench.runs import ended, parsed

SECONDS_TARGET = 0.25
"""For the slowest answer."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="show every answer")
    options = parsed(parser, arguments)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DEBUG": "1", "DATABASE_URL": "sqlite://:memory:", "DATA_DIR": folder}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        return _measure(options)


def _measure(options: argparse.Namespace) -> int:
    from accounts.tests.factories import ArtistFactory, BuyerFactory
    from community.assistant.offline import DO_NOT_KNOW, Setting, answer
    from community.tests.assistant.asked import KNOWN, TITLES, UNKNOWN
    from community.tests.assistant.people import known_model

    alice, bob = ArtistFactory.create(username="alice"), BuyerFactory.create(username="bob")
    models = {name: known_model(name, alice) for name in TITLES}
    right, slowest = {True: 0, False: 0}, 0.0
    for asked in (*KNOWN, *UNKNOWN):
        is_known = asked not in UNKNOWN
        start = time.perf_counter()
        said = answer(asked.question, Setting(bob, models[asked.model]))
        slowest = max(slowest, time.perf_counter() - start)
        is_right = asked.is_answered_by(said) if is_known else said.startswith(DO_NOT_KNOW)
        right[is_known] += is_right
        if options.all or not is_right:
            flat = " ".join(said.split())
            print(f"{'right' if is_right else 'WRONG'} | {asked.model} | {asked.question} | {flat[:700]}")
    print(f"answered rightly: {right[True]} of {len(KNOWN)}")
    print(f"not known, and said so: {right[False]} of {len(UNKNOWN)}")
    print(f"slowest answer: {slowest * 1000:.0f} ms")
    whole = right[True] == len(KNOWN) and right[False] == len(UNKNOWN)
    return ended(
        options,
        wrong=[] if whole else ["not every question is answered as it should be"],
        missed=[] if slowest < SECONDS_TARGET else [f"the slowest answer takes {slowest * 1000:.0f} ms"],
    )


if __name__ == "__main__":
    sys.exit(main())
