"""`python -m tests.demo`: without arguments on a fresh platform, with --url and --data-dir on a running one."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.launcher import Platform
from tests.demo import hiring, main_job, nexus, printshop, store
from tests.demo.stage import Stage, WentWrong, must, say
from tests.stand_ins.etsy import EtsyStandIn


@contextmanager
def platform(arguments: argparse.Namespace, etsy: EtsyStandIn) -> Iterator[tuple[Stage, dict[str, str]]]:
    if arguments.url:
        data_dir = Path(arguments.data_dir).resolve()
        yield Stage(arguments.url.rstrip("/"), data_dir), os.environ | {"DATA_DIR": str(data_dir)}
        return
    began = time.monotonic()
    environ = os.environ | printshop.environment_for(etsy)
    with Platform(environ=environ, stage=lambda text: say("the platform starts", text)) as running:
        say("the platform starts in a fresh folder", f"ready after {time.monotonic() - began:.1f} s")
        yield Stage(running.base_url, running.data_dir), running.env


def ledger_proof(environment: dict[str, str]) -> None:
    proof = subprocess.run(
        [sys.executable, "manage.py", "check_ledger"], env=environment, capture_output=True, text=True, check=False
    )
    must(proof.returncode == 0, f"check_ledger: {proof.stdout}{proof.stderr}")
    for line in proof.stdout.strip().splitlines():
        say("ledger", " ".join(line.split()))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument("--url", help="a running platform, for example http://localhost:8000")
    parser.add_argument("--data-dir", default="var", help="its DATA_DIR (default var)")
    parser.add_argument("--photo", type=Path, default=main_job.PHOTOS / "coffee.jpg", help="what the artist uploads")
    arguments = parser.parse_args()
    began = time.monotonic()
    try:
        with EtsyStandIn() as etsy, platform(arguments, etsy) as (stage, environment):
            main_job.play(stage, arguments.photo)
            ledger_proof(environment)
            hiring.play(stage)
            ledger_proof(environment)
            store.play(stage)
            ledger_proof(environment)
            nexus.play(stage, environment)
            ledger_proof(environment)
            if arguments.url:
                say(
                    "the print shop's story",
                    "left out: it needs a platform that it starts itself, with an Etsy of its own",
                )
            else:
                printshop.play(stage, environment, etsy)
    except WentWrong as wrong:
        print(f"NOT AS IT MUST BE: {wrong}", file=sys.stderr)
        return 1
    say("all as it must be", f"{time.monotonic() - began:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
