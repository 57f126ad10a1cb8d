"""A plain client of a printer, as a slicer has one: sends commands and keeps what comes."""

import json
import queue
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt

from printshop.simulator.printer import Address, SimulatedPrinter


class PrinterClient:
    def __init__(
        self, printer: SimulatedPrinter, *, code: str | None = None, serial: str | None = None, ca_file: Any = None
    ) -> None:
        self._begin(printer.address, serial or printer.serial, code or printer.address.access_code, ca_file)

    @classmethod
    def at(cls, address: Address) -> "PrinterClient":
        """Of a printer in another process."""
        client = cls.__new__(cls)
        client._begin(address, address.serial_number, address.access_code, None)
        return client

    def _begin(self, address: Address, serial: str, code: str, ca_file: Any) -> None:
        self.serial = serial
        self.messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self.answer: list[int] = []
        self._answered, self._subscribed = threading.Event(), threading.Event()
        self.client = client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        client.username_pw_set("bblp", code)
        context = ssl.create_default_context(cafile=ca_file) if ca_file else ssl._create_unverified_context()
        context.check_hostname = False
        client.tls_set_context(context)
        client.on_connect = self._on_connect
        client.on_subscribe = lambda *_: self._subscribed.set()
        client.on_message = lambda _client, _data, message: self.messages.put(json.loads(message.payload))
        client.connect(address.host, address.port)
        client.loop_start()
        assert self._answered.wait(10)

    def _on_connect(self, client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.answer.append(reason.value)
        if not reason.is_failure:
            client.subscribe(f"device/{self.serial}/report")
        self._answered.set()

    def send(self, message: dict[str, Any]) -> None:
        assert self._subscribed.wait(10)
        self.client.publish(f"device/{self.serial}/request", json.dumps(message), qos=1)

    def until(self, wanted: Callable[[dict[str, Any]], object], seconds: float = 10) -> dict[str, Any]:
        """The first message from now on that is wanted."""
        end = time.monotonic() + seconds
        while True:
            message = self.messages.get(timeout=max(0.0, end - time.monotonic()))
            if wanted(message):
                return message

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
