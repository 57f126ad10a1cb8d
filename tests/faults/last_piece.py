"""Two processes sell the last piece at the same moment: it is sold once."""

import sys
import threading
import time
from collections import Counter
from typing import Any

import httpx

from config.launcher.environment import PROJECT_DIR, free_port
from config.launcher.processes import Child
from tests.demo.stage import Person, must
from tests.faults.ground import Ground, order_of
from tests.services.base import guard, wait_until

SOLD_OUT = "sold out"


class LastPiece:
    name = "the last piece, ordered in two processes at once"

    def __init__(self, ground: Ground, *, rounds: int) -> None:
        self.ground, self.rounds = ground, rounds

    def damage(self) -> None:
        self.artwork = self.ground.work_on_sale(edition_size="1")
        self.port = free_port()
        self.second = Child(
            "second web",
            [sys.executable, "-m", "uvicorn", "config.asgi:application", "--lifespan", "off", "--port", str(self.port)],
            guard=guard(),
            log_file=self.ground.platform.data_dir / "log" / "second.log",
            env=self.ground.platform.env,
            cwd=PROJECT_DIR,
        )
        self.second.start()

    def verdict(self) -> str:
        wait_until(self._second_answers, seconds=120, what="the second web process", child=self.second)
        won: Counter[str] = Counter()
        began = time.monotonic()
        try:
            for number in range(1, self.rounds + 1):
                won[self._round(number)] += 1
        finally:
            self.second.stop()
        shares = ", ".join(f"{name} {count}" for name, count in sorted(won.items()))
        took = (time.monotonic() - began) / self.rounds
        return f"sold once in {self.rounds} of {self.rounds} races ({shares}; {took * 1000:.0f} ms a race)"

    def _second_answers(self) -> bool:
        try:
            return httpx.get(f"http://localhost:{self.port}/healthz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def _round(self, number: int) -> str:
        bob, charlie = self.ground.bob, self.ground.charlie
        first = f"{self.ground.stage.url}/api/orders/"
        second = f"http://localhost:{self.port}/api/orders/"
        answers = self._at_once((bob, first), (charlie, second))
        codes = sorted(answer.status_code for answer in answers)
        must(codes == [201, 400], f"race {number} ended with {codes}: {[answer.text[:200] for answer in answers]}")
        winner, loser = answers if answers[0].status_code == 201 else answers[::-1]
        must(SOLD_OUT in loser.text, f"race {number}: the loser is told {loser.text[:200]}")
        stock = self.ground.one("SELECT stock FROM marketplace_listing WHERE id = %s", self.artwork["id"])["stock"]
        must(stock == 0, f"race {number} leaves a stock of {stock}")
        buyer = bob if winner is answers[0] else charlie
        buyer.post(f"/api/orders/{winner.json()['id']}/cancel/")
        return "first process" if buyer is bob else "second process"

    def _at_once(self, *places: tuple[Person, str]) -> list[httpx.Response]:
        barrier = threading.Barrier(len(places))
        answers: list[Any] = [None] * len(places)

        def send(index: int, person: Person, address: str) -> None:
            barrier.wait(20)
            answers[index] = person.client.post(address, json=order_of(self.artwork))

        threads = [threading.Thread(target=send, args=(index, *place)) for index, place in enumerate(places)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        must(all(answer is not None for answer in answers), "an order was not answered within a minute")
        return answers
