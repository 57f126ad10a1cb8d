"""`python -m tests.faults [name part …]`: every proof, one line each; a minute's outage, a hundred races."""

import logging
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Protocol

from tests.demo.stage import WentWrong
from tests.faults.ground import Ground, ground
from tests.faults.last_piece import LastPiece
from tests.faults.neighbours import DATA, RECIPIENT
from tests.faults.valkey_gone import ValkeyGone
from tests.faults.web_killed import PaymentKilled
from tests.faults.worker_killed import CampaignKilled, CheckKilled, MailKilled
from tests.services.base import ServiceFailed


class Proof(Protocol):
    name: str

    def damage(self) -> None:
        """Bring the failure about."""

    def verdict(self) -> str:
        """What came of it, with figures. Raises WentWrong when it is not as it must be."""


class Books:
    name = "the ledger, after all of that"

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def damage(self) -> None:
        """Done."""

    def verdict(self) -> str:
        return self.ground.ledger_adds_up()


def proofs(on: Ground) -> list[list[Proof]]:
    """In groups whose damage is done first, so that they wait for their claims and sweeps together."""
    return [
        [LastPiece(on, rounds=100)],
        [
            PaymentKilled(on, repeat_at_once=False),
            PaymentKilled(on, repeat_at_once=True),
            CheckKilled(on, await_redelivery=True),
            MailKilled(on, point=RECIPIENT),
            MailKilled(on, point=DATA),
            CampaignKilled(on),
        ],
        [ValkeyGone(on, seconds=60)],
        [ValkeyGone(on, seconds=20, start_web=True)],
        [ValkeyGone(on, seconds=20, frozen=True)],
        [Books(on)],
    ]


def attempt(proof: Proof, step: str) -> str | None:
    try:
        return str(getattr(proof, step)() or "")
    except (WentWrong, ServiceFailed) as wrong:
        print(f"NOT AS IT MUST BE  {proof.name}: {wrong}", flush=True)
    except Exception:
        print(f"NOT AS IT MUST BE  {proof.name}:\n{traceback.format_exc()}", flush=True)
    return None


def main() -> int:
    logging.getLogger("launcher").setLevel(logging.ERROR)  # it warns of processes that die, which is the point here
    wanted = [word.lower() for word in sys.argv[1:]]
    began, failed = time.monotonic(), 0
    with ground() as on:
        for group in proofs(on):
            chosen = [proof for proof in group if not wanted or any(word in proof.name.lower() for word in wanted)]
            damaged = [proof for proof in chosen if attempt(proof, "damage") is not None]
            failed += len(chosen) - len(damaged)
            for proof in damaged:
                words = attempt(proof, "verdict")
                failed += words is None
                if words is not None:
                    print(f"{proof.name:<58} {words}", flush=True)
        if failed:
            logs = shutil.copytree(
                on.platform.data_dir / "log", Path(tempfile.mkdtemp(prefix="atelier-faults-")) / "log"
            )
            print(f"What the platform's processes said is kept in {logs}", flush=True)
    print(f"{failed or 'no'} proof{'' if failed == 1 else 's'} failed, {time.monotonic() - began:.0f} s", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
