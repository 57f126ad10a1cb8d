"""One simulated printer: how it is reached, what happens at it, and what happens on its network."""

from __future__ import annotations

import asyncio
import secrets
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .broker import Door, DoorFaults, decoded, encoded
from .certificates import write_secret
from .files import FileFaults, FileServer
from .machine import Faults, Machine, Message
from .shapes import Shape
from .spools import Spool, bambu_spool

if TYPE_CHECKING:
    from .farm import SimulatedFarm

COLORS: Final = (("PLA", "FF0000FF"), ("PLA", "FFFFFFFF"), ("PETG", "0A2CA5FF"), ("PLA", "161616FF"))


@dataclass(frozen=True)
class Address:
    """How a print shop reaches a printer."""

    name: str
    model: str
    serial_number: str
    host: str
    port: int
    files_port: int
    access_code: str

    @property
    def api_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "connection_type": "bambu_lan", "api_url": self.api_url}

    def __repr__(self) -> str:
        return f"Address({self.name!r}, {self.host}:{self.port})"


class SimulatedPrinter:
    """One printer of a farm. Its methods may be called from any thread, and have happened when they return."""

    def __init__(self, farm: SimulatedFarm, kept: Address, shape: Shape, folder: Path) -> None:
        self.name = kept.name
        self.shape = shape
        self.serial = kept.serial_number
        self.folder = folder
        self._farm = farm
        self._host = kept.host
        self._access_code = kept.access_code
        self._is_silent = False
        self._wakes_on: str | None = None
        self.reports = 0
        """How many were sent."""
        self.machine = Machine(
            shape,
            self.serial,
            speed=farm.speed,
            print_seconds=farm.print_seconds,
            layers=farm.layers,
            find_file=self._find_file if farm.with_files else None,
        )
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        if shape.is_tls_1_2_only:
            self._context.maximum_version = ssl.TLSVersion.TLSv1_2
        self._load_certificate()
        self._door = Door(
            self._context,
            lambda: ("bblp", self._access_code),
            self.taken,
            wrong_code_answer=shape.wrong_code_answer,
            host=kept.host,
            port=kept.port,
        )
        self._files = FileServer(shape, self._context, folder / "files", lambda: self._access_code)
        self._files_port = kept.files_port
        self._has_open_files = False

    # ---------------------------------------------------------------- what is known of it
    @property
    def address(self) -> Address:
        return Address(
            self.name, self.shape.name, self.serial, self._host, self._door.port, self._files_port, self._access_code
        )

    @property
    def state(self) -> str:
        """`IDLE`, `PREPARE`, `RUNNING`, `PAUSE`, `FINISH`, `FAILED`."""
        return self.machine.state

    @property
    def faults(self) -> Faults:
        return self.machine.faults

    @property
    def door_faults(self) -> DoorFaults:
        return self._door.faults

    @property
    def file_faults(self) -> FileFaults:
        return self._files.faults

    @property
    def clients(self) -> int:
        """How many are connected now."""
        return self._door.clients

    @property
    def clients_seen(self) -> list[str]:
        """The client id of each sign-in, in order."""
        return list(self._door.clients_seen)

    @property
    def started(self) -> list[str]:
        """The `subtask_id` of each print that began, in order."""
        return list(self.machine.started)

    @property
    def finished(self) -> list[str]:
        return list(self.machine.finished)

    def asked(self, command: str) -> list[Message]:
        """Each command of this name that came in, such as `project_file`; its part under `print` and the like."""
        parts = [part for message in list(self.machine.commands) for part in message.values()]
        return [part for part in parts if isinstance(part, dict) and part.get("command") == command]

    def files(self) -> dict[str, int]:
        """What was uploaded: names and sizes."""
        return {file.name: file.stat().st_size for file in self._files.folder.iterdir()}

    def wait(self, condition: Callable[[SimulatedPrinter], object], *, seconds: float = 10) -> None:
        """Raises TimeoutError when it does not come true."""
        until = time.monotonic() + seconds
        while not condition(self):
            if time.monotonic() > until:
                raise TimeoutError(f"{self.name} is {self.state}")
            time.sleep(0.01)

    # ---------------------------------------------------------------- what happens at the printer
    def load(self, tray: int, spool: Spool | None) -> None:
        """Puts a spool into a slot (global tray id; 254 external), in place of what is there; None takes it out."""

        def change() -> None:
            if spool is None:
                self.machine.spools.pop(tray, None)
            else:
                self.machine.spools[tray] = spool

        self._told(change)

    def start(self, name: str, *, trays: Sequence[int] = (0,), subtask_id: str = "0") -> None:
        """A print that somebody starts at the printer's screen."""
        part = {"command": "project_file", "subtask_name": name, "param": "Metadata/plate_1.gcode", "file": ""}
        ids = {"task_id": subtask_id, "subtask_id": subtask_id, "use_ams": True, "ams_mapping": list(trays)}

        def begin() -> None:
            job = self.machine.job_of({**part, **ids})
            job.is_readable = True
            self.machine.next_job = job

        self._told(begin)

    def stop_by_hand(self) -> None:
        """At its screen: FAILED, and some seconds later the code that says who did it."""
        self._told(self.machine.stop_by_hand)

    def abort(self) -> None:
        """RUNNING becomes IDLE."""
        self._told(self.machine.abort)

    def fail(self, code: int) -> None:
        """The print fails now, with `print_error` `code`."""
        self._told(lambda: self.machine.fail(code))

    def fail_at(self, layer: int, code: int = 0x03008008) -> None:
        """The print that is running, or the next one, fails at that layer; at layer -1 while it prepares."""
        self._told(lambda: setattr(self.faults, "fails_at", (layer, code)))

    def run_out(self) -> None:
        """The filament that is fed is at its end: the print pauses, the slot is empty."""
        self._told(self.machine.run_out)

    def resume_by_hand(self) -> None:
        self._told(lambda: self.machine.take({"print": {"command": "resume", "sequence_id": "0"}}))

    def show_error(self, code: int) -> None:
        """`print_error` under whatever it does; 0 clears it."""
        self._told(lambda: setattr(self.machine, "print_error", code))

    def show_hms(self, *entries: tuple[int, int]) -> None:
        """These health messages, as `(attr, code)`, and no others."""
        self._told(lambda: setattr(self.machine, "hms", [{"attr": attr, "code": code} for attr, code in entries]))

    def set_developer_mode(self, on: bool) -> None:
        """Off: it can be watched and not commanded."""
        self._told(lambda: setattr(self.machine, "is_in_developer_mode", on))

    def refuse(self, command: str, reason: str | None = "refused") -> None:
        """Answers that command with a failure; None: not any more."""
        if reason is None:
            self.faults.refused.pop(command, None)
        else:
            self.faults.refused[command] = reason

    def say(self, message: Message | bytes) -> None:
        """Sends just this to whoever listens: deltas with odd contents, broken payloads."""
        payload = message if isinstance(message, bytes) else encoded(message)
        self._farm.run(self._publish(payload))

    # ---------------------------------------------------------------- what happens on the network
    def cut(self) -> None:
        """Its connections break; it can be reached again at once."""
        self._farm.call(self._door.cut)

    def be_silent(self, *, wakes_on: str | None = None) -> None:
        """Connected, and nothing comes any more. `wakes_on`: until `start` or `connect`, else until `speak`."""
        self._wakes_on = wakes_on
        self._is_silent = True

    def speak(self) -> None:
        self._is_silent = False

    def switch_off(self) -> None:
        """Nobody can connect; a print goes on when it is switched on again."""

        async def work() -> None:
            await self._door.shut()
            await self._close_files()
            await self.told_by_cloud(is_there=False)

        self._farm.run(work())

    def switch_on(self) -> None:
        async def work() -> None:
            await self.open()
            await self.told_by_cloud(is_there=True)

        self._farm.run(work())

    def restart(self) -> None:
        """Off and on: the print is gone, and nobody is connected."""
        self._farm.call(self.machine.restart)
        self.cut()

    def change_access_code(self, code: str | None = None) -> str:
        """As when LAN mode or Developer Mode is switched; nobody is connected any more."""
        self._access_code = code or new_access_code()
        self._farm.keep()
        self.cut()
        return self._access_code

    def change_certificate(self) -> None:
        """Another key and certificate for the same serial number."""
        (self.folder / "certificate.pem").unlink()
        self._farm.call(self._load_certificate)
        self.cut()

    # ---------------------------------------------------------------- on the farm's thread
    async def open(self) -> None:
        await self._door.open()
        if self._farm.with_files and not self._has_open_files:
            await self._files.start(self._host, self._files_port)
            self._files_port, self._has_open_files = self._files.server_port, True

    async def close(self) -> None:
        await self._door.close()
        await self._close_files()

    async def _close_files(self) -> None:
        if self._has_open_files:
            self._has_open_files = False
            await self._files.close()

    async def live(self, first_after: float) -> None:
        """Time goes on, and is told of."""
        await asyncio.sleep(first_after)
        while True:
            self.machine.advance(self._farm.interval)
            await self._tell()
            await asyncio.sleep(self._farm.interval)

    async def _tell(self) -> None:
        cloud = self._farm.cloud
        if (self._door.clients or (cloud is not None and cloud.clients)) and not self._is_silent:
            self.reports += 1
            await self._publish(encoded(self.machine.changed()))

    async def _publish(self, payload: bytes) -> None:
        topic = f"device/{self.serial}/report"
        await self._door.publish(topic, payload)
        if self._farm.cloud is not None and self._door.is_open:
            await self._farm.cloud.publish(topic, payload)

    async def told_by_cloud(self, *, is_there: bool) -> None:
        """What the cloud says of it when it comes or goes."""
        if self._farm.cloud is not None:
            event = {"event": {"event": f"client.{'connected' if is_there else 'disconnected'}"}}
            await self._farm.cloud.publish(f"device/{self.serial}/report", encoded(event))

    def taken(self, topic: str, payload: bytes) -> None:
        message = decoded(payload) if topic == f"device/{self.serial}/request" else None
        if message is None:
            return
        if self._is_silent:
            pushing = message.get("pushing")
            if self._wakes_on != (pushing.get("command") if isinstance(pushing, dict) else None):
                return
            self._is_silent = False
        answers = self.machine.take(message)
        if "print" in message:
            answers.append(self.machine.changed())
        self._farm.later(self._answer(answers))

    async def _answer(self, answers: list[Message]) -> None:
        for answer in answers:
            await self._publish(encoded(answer))

    def _told(self, change: Callable[[], object]) -> None:
        """Makes a change and tells of it at once."""

        async def work() -> None:
            change()
            await self._tell()

        self._farm.run(work())

    def _find_file(self, name: str) -> Path | None:
        found = self._files.folder / Path(name).name
        return found if found.is_file() else None

    def _load_certificate(self) -> None:
        file = self.folder / "certificate.pem"
        if not file.exists():
            write_secret(file, self._farm.authority.issue(self.serial, version=self.shape.certificate_version))
        self._context.load_cert_chain(file)


def new_access_code() -> str:
    """Eight digits, as printers show them."""
    return f"{secrets.randbelow(10**8):08d}"


def first_spool(serial: str, tray: int) -> Spool:
    material, color = COLORS[tray % 4]
    if tray % 4 == 3:
        return Spool(material, color)
    return bambu_spool(f"{serial.encode().hex()[-24:]:0>24}{tray:08X}", material=material, color=color)
