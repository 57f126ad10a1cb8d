"""An MQTT broker with TLS and passwords, as a printer and the Bambu cloud have."""

import asyncio
import datetime
import ipaddress
import logging
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from amqtt.broker import Broker
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from config.launcher.environment import free_port
from tests.services.base import Service, drop_folder, make_folder


class MqttBroker(Service):
    """`users` are name and password. The certificate's name (a printer's is its serial number) is `common_name`."""

    def __init__(
        self, users: dict[str, str] | None = None, *, common_name: str = "localhost", port: int | None = None
    ) -> None:
        self.users = users or {"bblp": "12345678"}
        self.common_name = common_name
        self.port = port or 0
        self.ca_file = Path()
        self._folder: Path | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._broker: Broker | None = None

    @property
    def url(self) -> str:
        return f"mqtts://localhost:{self.port}"

    def env(self) -> dict[str, str]:
        return {"BAMBU_CLOUD_MQTT_HOST": f"localhost:{self.port}", "BAMBU_TLS_CA_FILE": str(self.ca_file)}

    def start(self) -> None:
        self._folder = make_folder("mqtt")
        self._write_certificate(self._folder)
        hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=1024),))
        passwords = self._folder / "passwords"
        passwords.write_text("".join(f"{user}:{hasher.hash(password)}\n" for user, password in self.users.items()))
        self.port = self.port or free_port()
        logging.getLogger("amqtt").setLevel(logging.ERROR)
        logging.getLogger("transitions").setLevel(logging.ERROR)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mqtt-broker", daemon=True)
        self._thread.start()
        self._run(self._start_broker(passwords))

    def stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            if self._broker is not None:
                self._run(self._broker.shutdown())
                self._broker = None
            self._run(self._cancel_rest())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()
            self._loop = self._thread = None
        drop_folder(self._folder)
        self._folder = None

    def restart(self) -> None:
        """Gone and back on the same port, with the same certificate name and users as they are now."""
        self.stop()
        self.start()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _start_broker(self, passwords: Path) -> None:
        assert self._folder is not None
        broker = Broker(
            {
                "listeners": {
                    "default": {
                        "type": "tcp",
                        "bind": f"127.0.0.1:{self.port}",
                        "ssl": True,
                        "certfile": str(self._folder / "certificate.pem"),
                        "keyfile": str(self._folder / "key.pem"),
                    }
                },
                "plugins": {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(passwords)}},
            }
        )
        await broker.start()
        self._broker = broker

    async def _cancel_rest(self) -> None:
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _write_certificate(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.common_name)])
        names: list[x509.GeneralName] = [
            x509.DNSName("localhost"),
            x509.DNSName(self.common_name),
            x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")),
        ]
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.ca_file = folder / "certificate.pem"
        self.ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_file = folder / "key.pem"
        key_file.touch(mode=0o600)
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
