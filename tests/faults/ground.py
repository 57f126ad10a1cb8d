"""The ground the proofs stand on: one real platform on PostgreSQL, and the people who use it."""

import contextlib
import io
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import connect

from bench.pictures import artwork as painting
from config.launcher import Platform
from tests.demo.stage import Person, Stage, must, wait_for
from tests.faults.neighbours import BreakableValkey, HeldSmtpServer
from tests.services import PostgresServer, clean_environ
from tests.services.base import drop_folder, make_folder
from tests.stand_ins.rekognition import FakeRekognition

TASK_TIME_LIMIT = 10
"""Seconds. A claim on a picture's check lasts ten more."""
CHECK_CLAIM = TASK_TIME_LIMIT + 10
SWEEP = 15


@dataclass
class Ground:
    platform: Platform
    postgres: PostgresServer
    valkey: BreakableValkey
    smtp: HeldSmtpServer
    rekognition: FakeRekognition
    hurried: bool = False
    paintings: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def __post_init__(self) -> None:
        self.stage = Stage(self.platform.base_url, self.platform.data_dir)
        self.alice = self.stage.register("alice", "artist")
        self.bob = self.stage.register("bob", "buyer")
        self.charlie = self.stage.register("charlie", "buyer")
        self.chief = self.stage.register("chief", "buyer")
        self.sql("UPDATE accounts_user SET is_superuser = true, is_staff = true WHERE id = %s", self.chief.id)
        # Works of an artist whom staff have verified are on sale as soon as their check has passed.
        self.chief.post(f"/api/admin/users/{self.alice.id}/verify/")
        self.category = self.chief.post("/api/admin/categories/", 201, json={"name": "Fault lines"})["id"]

    # ------------------------------------------------------------ what is there
    def sql(self, query: str, *values: object) -> list[dict[str, Any]]:
        with psycopg.connect(self.postgres.url, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(query, values)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def one(self, query: str, *values: object) -> dict[str, Any]:
        rows = self.sql(query, *values)
        must(len(rows) == 1, f"{len(rows)} rows instead of one: {query} {values}")
        return rows[0]

    def ledger_adds_up(self) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", "check_ledger"],
            env=self.platform.env,
            capture_output=True,
            text=True,
            check=False,
        )
        must(done.returncode == 0, f"check_ledger: {done.stdout}{done.stderr}")
        return "the ledger adds up"

    # ------------------------------------------------------------ what people do
    def upload(self, **changes: Any) -> dict[str, Any]:
        """Alice uploads a new picture; its check is left to the worker."""
        file = io.BytesIO()
        number = next(self.paintings)
        painting(number, 640).save(file, "JPEG", quality=90)
        data = {
            "title": f"Work {number}",
            "description": "In oil.",
            "category_id": str(self.category),
            "artwork_type": "digital",
            "price": "250.00",
        }
        made: dict[str, Any] = self.alice.post(
            "/api/artworks/",
            201,
            data=data | changes,
            files={"image": ("work.jpg", file.getvalue(), "image/jpeg")},
        )
        return made["artwork"]  # type: ignore[no-any-return]

    def work_on_sale(self, **changes: Any) -> dict[str, Any]:
        artwork = self.upload(**changes)
        wait_for(lambda: self.is_public(artwork["id"]), f"artwork {artwork['id']} on sale", 120)
        return artwork

    def is_public(self, artwork_id: int) -> bool:
        # Asked in the database: a question a moment would use up the limit on requests.
        row = self.one("SELECT status, is_available FROM marketplace_listing WHERE id = %s", artwork_id)
        return row == {"status": "approved", "is_available": True}

    def order(self, buyer: Person, artwork: dict[str, Any]) -> dict[str, Any]:
        order: dict[str, Any] = buyer.post("/api/orders/", 201, json=order_of(artwork))
        return order

    def open_payment(self, buyer: Person, order: dict[str, Any]) -> dict[str, Any]:
        payment: dict[str, Any] = buyer.post("/api/payments/", 201, json=payment_of(order, self.alice))
        buyer.post(f"/api/payments/{payment['id']}/process/")
        return payment

    # ------------------------------------------------------------ what is done to it
    def let_pass(self, seconds: int, *, of: str, where: str, is_: int) -> None:
        """Of a row's time, in a hurry: `of` is its table and column, `where` the column by which it is found. The rows
        then read as they will in so many seconds, and what is to happen by then happens at once."""
        if self.hurried:
            table, column = of.split(".")
            earlier = f"{column} = {column} - make_interval(secs => %s)"
            self.sql(f"UPDATE {table} SET {earlier} WHERE {where} = %s", seconds, is_)

    def restart_web(self) -> float:
        began = time.monotonic()
        self.platform.restart("web")
        wait_for(self._healthy, "web after its restart", 120)
        return time.monotonic() - began

    def _healthy(self) -> bool:
        try:
            return httpx.get(f"{self.stage.url}/healthz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


def order_of(artwork: dict[str, Any]) -> dict[str, Any]:
    return {
        "order_type": "artwork",
        "shipping_address": "1 Example Street, Lahore",
        "artwork_items": [{"artwork_id": artwork["id"], "quantity": 1}],
    }


def payment_of(order: dict[str, Any], payee: Person) -> dict[str, Any]:
    return {
        "payee": payee.id,
        "order": order["id"],
        "amount": str(Decimal(order["total_amount"])),
        "payment_method": "stripe",
    }


@contextlib.contextmanager
def folder_without_samples() -> Iterator[Path]:
    """A DATA_DIR as after a first start: what that makes for people to look at takes time, and is of no use here."""
    folder = make_folder("faults")
    try:
        (folder / "first-start-done").touch()
        yield folder
    finally:
        drop_folder(folder)


@contextlib.contextmanager
def ground(*, hurried: bool = False) -> Iterator[Ground]:
    """`hurried` does not wait for the minutes in which what is claimed is left alone."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # the mail server tells every word it hears
    with (
        PostgresServer() as postgres,
        BreakableValkey() as valkey,
        HeldSmtpServer() as smtp,
        FakeRekognition() as rekognition,
    ):
        environ = clean_environ() | postgres.env() | valkey.env() | smtp.env()
        environ |= {
            "RATE_LIMITS": "on",
            "TASK_TIME_LIMIT": str(TASK_TIME_LIMIT),
            "DUPLICATE_CHECK_WAIT": "0",
            "DUPLICATE_DETECTOR": "rekognition",
            "AWS_REKOGNITION_ENDPOINT_URL": rekognition.url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "word",
        }
        with folder_without_samples() as folder, Platform(environ=environ, data_dir=folder) as platform:
            yield Ground(platform, postgres, valkey, smtp, rekognition, hurried)


class Listener:
    """A front-end that keeps its notification socket open: when it closes, it is opened again half a second later."""

    def __init__(self, person: Person) -> None:
        self.messages: list[dict[str, Any]] = []
        self.openings = 0
        self.close_codes: list[int] = []
        self._address = person.stage.url.replace("http", "ws", 1) + "/ws/notifications"
        self._headers = {"Authorization": f"Token {person.token}"}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()

    def heard_about(self, name: str, value: int) -> bool:
        return any(message.get("data", {}).get(name) == value for message in list(self.messages))

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                with connect(self._address, additional_headers=self._headers, open_timeout=5) as socket:
                    self._take_in(socket)
            except ConnectionClosed as closed:
                if closed.rcvd is not None:
                    self.close_codes.append(closed.rcvd.code)
            except (OSError, WebSocketException, TimeoutError):
                pass
            self._ended.wait(0.5)

    def _take_in(self, socket: Any) -> None:
        while not self._ended.is_set():
            try:
                message = json.loads(socket.recv(timeout=0.5))
            except TimeoutError:
                continue
            if message.get("type") == "ready":
                self.openings += 1
            elif message.get("type") == "notification":
                self.messages.append(message)
