"""Proofs about a process that is killed in the middle of its work, alone or of several works by one kill."""

import time
from abc import ABC, abstractmethod

from tests.faults.ground import Ground


class Killing(ABC):
    name: str
    victim: str
    killed_at: float

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    @abstractmethod
    def begin(self) -> None:
        """Bring the victim into the middle of this work, where it stays for a while."""

    @abstractmethod
    def look(self) -> None:
        """At what the kill has left. Raises WentWrong."""

    @abstractmethod
    def verdict(self) -> str:
        """What came of it, with figures. Raises WentWrong when it is not as it must be."""

    def damage(self) -> None:
        kill_amid(self)


def kill_amid(*proofs: Killing) -> None:
    """One kill of their common victim for all of them: each has begun, and each looks at rows and messages of its own,
    so that what goes wrong in one is not hidden by another."""
    for proof in proofs:
        proof.begin()
    (victim,) = {proof.victim for proof in proofs}
    proofs[0].ground.platform.kill(victim)
    for proof in proofs:
        proof.killed_at = time.time()
    for proof in proofs:
        proof.look()
