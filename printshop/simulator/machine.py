"""A printer without a network: messages in, messages out, and time that goes as fast as it is told to.

Not safe for threads; whoever runs it calls `take` for each command, `advance` every so often, and sends what `full`,
`changed` and `take` give.
"""

from __future__ import annotations

import itertools
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .shapes import Shape
from .sliced import figures_of
from .spools import Spool, empty_tray

Message = dict[str, Any]

CANCELLED: Final = 0x0300400C
RAN_OUT: Final = 0x03008015
BUSY: Final = 0x05004004
BAD_FILE: Final = 0x05004003
NO_SIGNATURE: Final = 84033543
SIGNATURE_HMS: Final = {"attr": 0x05000500, "code": 0x00010007}
LARGEST_ID: Final = 2**31 - 1
RESTING: Final = ("IDLE", "FINISH", "FAILED")
NOTHING: Final = "255"
ROOM: Final = 25.0
KEPT: Final = 10_000
"""Commands."""


@dataclass
class Job:
    """A print that was asked for. Times are the printer's own seconds."""

    name: str
    file: str
    task_id: str
    subtask_id: str
    project_id: str
    seconds: float
    layers: int
    trays: list[int] = field(default_factory=list)
    """By filament of the file; 254 and 255 external, -1 unused."""
    grams: dict[int, float] = field(default_factory=dict)
    start_in: float = 0.0
    preparing: float = 0.0
    """How long it still prepares."""
    done: float = 0.0
    is_readable: bool = True

    @property
    def layer(self) -> int:
        return min(self.layers, int(self.layers * self.done / self.seconds)) if self.seconds else self.layers

    @property
    def percent(self) -> int:
        return min(100, int(100 * self.done / self.seconds)) if self.seconds else 100


@dataclass
class Faults:
    """What goes wrong from now on. Seconds are those of the clock on the wall."""

    ignored_starts: int = 0
    """So many starts are acknowledged and never happen."""
    refused: dict[str, str] = field(default_factory=dict)
    """By command: the reason that is answered."""
    start_after: float | None = None
    """Seconds until an accepted start begins; the ids move at once."""
    fails_at: tuple[int, int] | None = None
    """Layer and `print_error`. Layer -1: while preparing."""
    runs_out_at: int | None = None
    """Layer."""
    stop_code_after: float = 5.0
    stop_code_for: float = 10.0
    """How long after a stop by hand its code comes, and when it clears itself."""


class Machine:
    def __init__(
        self,
        shape: Shape,
        serial: str,
        *,
        speed: float = 1.0,
        is_in_developer_mode: bool = True,
        print_seconds: float = 4 * 3600.0,
        layers: int = 200,
        find_file: Callable[[str], Path | None] | None = None,
    ) -> None:
        self.shape = shape
        self.serial = serial
        self.speed = speed
        self.is_in_developer_mode = is_in_developer_mode
        self.print_seconds = print_seconds
        self.layers = layers
        self.find_file = find_file
        self.faults = Faults()
        self.state = "IDLE"
        self.job: Job | None = None
        self.next_job: Job | None = None
        self.mc_percent = 0
        self.remaining_minutes = 0
        self.layer_num = 0
        self.print_error = 0
        self.hms: list[dict[str, int]] = []
        self.stage = shape.idle_stage
        self.light = "on"
        self.nozzle = self.bed = ROOM
        self.nozzle_target = self.bed_target = 0.0
        self.active_tray: int | None = None
        self.is_shut_down = False
        self.spools: dict[int, Spool] = {}
        self.commands: deque[Message] = deque(maxlen=KEPT)
        """Each that came in, as it came."""
        self.started: list[str] = []
        """The `subtask_id` of each print that began."""
        self.finished: list[str] = []
        self.ids_seen: set[str] = set()
        self._told: Message | None = None
        self._stopped_since: float | None = None
        self._clock = 0.0
        self._random = random.Random(serial)  # noqa: S311 (no secret)
        self._sequence = itertools.count(1)

    @property
    def is_busy(self) -> bool:
        return self.state not in RESTING

    # ---------------------------------------------------------------- commands
    def take(self, message: Message) -> list[Message]:
        """What it answers, in order. Whether it then does anything, its reports tell."""
        self.commands.append(message)
        answers = []
        for kind, part in message.items():
            if isinstance(part, dict) and isinstance(part.get("command"), str):
                answers += self._take(kind, part["command"], part)
        return answers

    def _take(self, kind: str, command: str, part: Message) -> list[Message]:
        if kind == "info" and command == "get_version":
            return [self._version(part)]
        if kind == "pushing":
            return [self.full()]
        if kind == "system" and command == "ledctrl":
            self.light = "on" if part.get("led_mode") == "on" else "off"
            return [self._answer(kind, part)]
        if kind != "print":
            return []
        if not self.is_in_developer_mode:
            return self._unsigned(part)
        if command in self.faults.refused:
            return [self._answer(kind, part, reason=self.faults.refused[command])]
        reason = self._do(command, part)
        return [] if reason is None else [self._answer(kind, part, reason=reason)]

    def _unsigned(self, part: Message) -> list[Message]:
        if self.shape.refuses_by_hms:
            if SIGNATURE_HMS not in self.hms:
                self.hms = [*self.hms, SIGNATURE_HMS]
            return []
        return [self._answer("print", part, reason="mqtt message verify failed", code=NO_SIGNATURE)]

    def _do(self, command: str, part: Message) -> str | None:
        """Nothing when it was taken, else why not; None: no such command, no answer."""
        match command:
            case "project_file":
                return self._start(part)
            case "pause":
                if self.state != "RUNNING":
                    return "not printing"
                self.state, self.stage = "PAUSE", 16
            case "resume":
                if self.state != "PAUSE":
                    return "not paused"
                self._resume()
            case "stop":
                if not self.is_busy:
                    return "not printing"
                self.stop_by_hand()
            case "clean_print_error":
                self.print_error = 0
            case "print_speed" | "gcode_line" | "ams_control":
                if command == "ams_control" and part.get("param") == "resume" and self.state == "PAUSE":
                    self._resume()
            case _:
                return None
        return ""

    def _start(self, part: Message) -> str:
        job = self.job_of(part)
        if self.is_busy or self.next_job is not None:
            if not self.shape.stops_when_busy:
                return "busy"
            self.fail(BUSY)
            return ""
        if self.faults.ignored_starts:
            self.faults.ignored_starts -= 1
            return ""
        if self.shape.clamps_ids and job.subtask_id == str(LARGEST_ID):
            if job.subtask_id in self.ids_seen:
                return ""  # it takes it for the print that it has had already
            self.ids_seen.add(job.subtask_id)
        wait = self.faults.start_after
        job.start_in = self.shape.start_seconds if wait is None else wait * self.speed
        self.next_job = job
        return ""

    def job_of(self, part: Message) -> Job:
        name = str(part.get("file") or str(part.get("url", "")).rsplit("/", 1)[-1])
        digits = "".join(filter(str.isdigit, str(part.get("param", ""))))
        found = self.find_file(name) if self.find_file else None
        figures = figures_of(found, int(digits or "1")) if found else None
        filaments = part.get("ams_mapping") or []
        trays = [tray for tray in filaments if isinstance(tray, int)] if part.get("use_ams") else [254] * len(filaments)
        return Job(
            name=str(part.get("subtask_name") or name),
            file=name,
            task_id=self._identifier(part.get("task_id")),
            subtask_id=self._identifier(part.get("subtask_id")),
            project_id=self._identifier(part.get("project_id")),
            seconds=(figures and figures.seconds) or self.print_seconds,
            layers=self.layers,
            trays=trays,
            grams=(figures and figures.grams) or {0: 20.0},
            preparing=self.shape.prepare_seconds,
            is_readable=self.find_file is None or found is not None,
        )

    def _identifier(self, value: object) -> str:
        text = str(value if value is not None else "0")
        if self.shape.clamps_ids and text.isdecimal() and int(text) > LARGEST_ID:
            return str(LARGEST_ID)
        return text

    # ---------------------------------------------------------------- time
    def advance(self, seconds: float) -> None:
        """So many seconds of the clock on the wall have gone by. However fast it is, it shows each state once."""
        self._clock += seconds
        left = seconds * self.speed
        if self.next_job is not None:
            self.next_job.start_in -= left
            if self.next_job.start_in <= 0:
                self._prepare(self.next_job)
        elif self.state == "PREPARE" and self.job is not None:
            self._get_ready(self.job, left)
        elif self.state == "RUNNING" and self.job is not None:
            self._print(self.job, left)
        self._warm()
        self._code_of_stop()

    def _prepare(self, job: Job) -> None:
        self.job, self.next_job = job, None
        self.state = "PREPARE"
        self.print_error = 0
        self._stopped_since = None
        self.started.append(job.subtask_id)

    def _get_ready(self, job: Job, left: float) -> None:
        job.preparing -= left
        if not job.is_readable:
            self.fail(BAD_FILE)
        elif self.faults.fails_at and self.faults.fails_at[0] < 0:
            code, self.faults.fails_at = self.faults.fails_at[1], None
            self.fail(code)
        elif job.preparing <= 0:
            job.preparing = 0.0
            self.state, self.stage = "RUNNING", 0
            self.mc_percent = self.layer_num = 0
            self.nozzle_target, self.bed_target = 220.0, 60.0
            self.active_tray = next((tray for tray in job.trays if tray >= 0), 254)

    def _print(self, job: Job, left: float) -> None:
        before = job.done
        until = job.seconds
        if self.faults.fails_at:
            until = min(until, job.seconds * self.faults.fails_at[0] / job.layers)
        if self.faults.runs_out_at is not None:
            until = min(until, job.seconds * self.faults.runs_out_at / job.layers)
        job.done = max(before, min(job.done + left, until))
        self._use(job, job.done - before)
        self.mc_percent, self.layer_num = job.percent, job.layer
        self.remaining_minutes = int((job.seconds - job.done) // 60)
        if job.done >= until and until < job.seconds:
            if self.faults.fails_at and until == job.seconds * self.faults.fails_at[0] / job.layers:
                code, self.faults.fails_at = self.faults.fails_at[1], None
                self.fail(code)
            else:
                self.faults.runs_out_at = None
                self.run_out()
        elif job.done >= job.seconds:
            self.state, self.mc_percent, self.remaining_minutes = "FINISH", 100, 0
            self.layer_num = job.layers
            self.finished.append(job.subtask_id)
            self._rest()

    def _use(self, job: Job, seconds: float) -> None:
        for filament, grams in job.grams.items():
            tray = job.trays[filament] if filament < len(job.trays) else -1
            if tray in self.spools and job.seconds:
                spool = self.spools[tray]
                spool.left = max(0.0, spool.left - grams * seconds / job.seconds)

    def _resume(self) -> None:
        self.state, self.stage, self.print_error = "RUNNING", 0, 0

    def _rest(self) -> None:
        self.stage = self.shape.idle_stage
        self.nozzle_target = self.bed_target = 0.0
        self.active_tray = None

    def _warm(self) -> None:
        steps = self.shape.temperature_steps
        for name in ("nozzle", "bed"):
            target = getattr(self, f"{name}_target") or ROOM
            now = getattr(self, name)
            near = target if abs(target - now) < 2 else now + (target - now) / 2
            setattr(self, name, round((near + self._random.uniform(-0.4, 0.4)) * steps) / steps)

    def _code_of_stop(self) -> None:
        if self._stopped_since is None:
            return
        since = self._clock - self._stopped_since
        if since >= self.faults.stop_code_after + self.faults.stop_code_for:
            self.print_error = 0
            self._stopped_since = None
        elif since >= self.faults.stop_code_after:
            self.print_error = CANCELLED

    # ---------------------------------------------------------------- what people and bad luck do
    def stop_by_hand(self) -> None:
        """At its screen, or by a command. Its code comes some seconds later."""
        self.next_job = None
        self.state = "FAILED"
        self._stopped_since = self._clock
        self._rest()

    def abort(self) -> None:
        """It forgets the print: RUNNING, then IDLE."""
        self.next_job = self.job = None
        self.state = "IDLE"
        self._rest()

    def fail(self, code: int) -> None:
        self.state, self.print_error = "FAILED", code
        self._rest()

    def run_out(self) -> None:
        """The tray that is fed is empty."""
        self.state, self.stage, self.print_error = "PAUSE", 6, RAN_OUT
        if self.active_tray is not None:
            self.spools.pop(self.active_tray, None)

    def restart(self) -> None:
        """Switched off and on: the print is gone."""
        self.job = self.next_job = None
        self.state = "IDLE"
        self.mc_percent = self.layer_num = self.remaining_minutes = self.print_error = 0
        self._told = None
        self._rest()

    # ---------------------------------------------------------------- reports
    def full(self) -> Message:
        """Everything, as `pushall` asks for."""
        report = self._report()
        self._told = report
        message = {"command": "push_status", **report, "sequence_id": str(next(self._sequence))}
        if self.shape.full_has_msg:
            message["msg"] = 0
        return {"print": message}

    def changed(self) -> Message:
        """What is different from what was told last."""
        report = self._report()
        if self._told is None:
            return self.full()
        delta = {key: value for key, value in report.items() if self._told.get(key) != value}
        if "ams" in delta:
            delta["ams"] = self._changed_ams(self._told["ams"], report["ams"])
        self._told = report
        return {"print": {"command": "push_status", **delta, "msg": 1, "sequence_id": str(next(self._sequence))}}

    def _changed_ams(self, was: Message, now: Message) -> Message:
        """Its scalars always; its trays when one changed: all of them, or what is new of the new ones."""
        scalars = {key: value for key, value in now.items() if key != "ams"}
        if was["ams"] == now["ams"]:
            return scalars
        if not self.shape.sends_partial_trays:
            return now
        units = []
        for before, unit in zip(was["ams"], now["ams"], strict=True):
            trays = [
                {"id": new["id"], **{key: value for key, value in new.items() if old.get(key) != value}}
                for old, new in zip(before["tray"], unit["tray"], strict=True)
                if old != new
            ]
            if trays:
                units.append({"id": unit["id"], "tray": trays})
        return {**scalars, "ams": units}

    def _report(self) -> Message:
        shape, job = self.shape, self.next_job or self.job
        is_preparing = self.state == "PREPARE"
        received = 0 if not self.job else round(99 * (1 - self.job.preparing / (shape.prepare_seconds or 1)))
        report = {
            "gcode_state": self.state,
            "mc_percent": self.mc_percent,
            "mc_remaining_time": self.remaining_minutes,
            "gcode_file_prepare_percent": str(received if is_preparing else 0),
            "layer_num": self.layer_num,
            "total_layer_num": self.job.layers if self.job else 0,
            "subtask_name": job.name if job else "",
            "gcode_file": f"/data/Metadata/{job.file}" if job else "",
            "task_id": job.task_id if job else "0",
            "subtask_id": job.subtask_id if job else "0",
            "project_id": job.project_id if job else "0",
            "profile_id": "0",
            "print_type": "local" if self.is_busy else "idle",
            "stg_cur": self.stage,
            "stg": [],
            "print_error": self.print_error,
            "mc_print_error_code": str(self.print_error & 0xFFFF),
            "mc_print_stage": "2" if self.is_busy else "1",
            "mc_print_sub_stage": 0,
            "hms": list(self.hms),
            "nozzle_temper": self.nozzle,
            "nozzle_target_temper": self.nozzle_target,
            "bed_temper": self.bed,
            "bed_target_temper": self.bed_target,
            "wifi_signal": f"{-45 - self._random.randrange(6)}dBm",
            "cooling_fan_speed": "15" if self.state == "RUNNING" else "0",
            "big_fan1_speed": "0",
            "big_fan2_speed": "0",
            "heatbreak_fan_speed": "15" if self.nozzle_target else "0",
            "spd_lvl": 2,
            "spd_mag": 100,
            "home_flag": 0x180,
            "hw_switch_state": int(self.active_tray is not None),
            "lights_report": [{"node": "chamber_light", "mode": self.light}],
            "sdcard": True,
            "force_upgrade": False,
            "queue_number": 0,
            "fail_reason": "0",
            "lifecycle": "product",
            "nozzle_diameter": "0.4",
            "nozzle_type": "hardened_steel",
            "gcode_start_time": "0",
            "ams_status": 0,
            "ams_rfid_status": 0,
            "ipcam": {"ipcam_dev": "1", "ipcam_record": "enable", "resolution": "1080p", "timelapse": "disable"},
            "xcam": {"first_layer_inspector": True, "spaghetti_detector": True, "print_halt": True},
            "online": {"ahb": False, "rfid": False, "version": 7},
            "upgrade_state": {"status": "IDLE", "progress": "0", "message": "", "module": "", "new_version_state": 2},
            "upload": {"status": "idle", "progress": 0, "message": ""},
            "net": {"conf": 0, "info": [{"ip": 0, "mask": 0}]},
            "mapping": self._mapping(),
            "ams": self._ams(),
        }
        if not shape.has_chamber_sensor:
            report["chamber_temper"] = 5
        elif not shape.packs_temperatures:
            report["chamber_temper"] = 28.0
        if shape.tells_fun:
            report["fun"] = "1A0BDF9CFFCB1F" if self.is_in_developer_mode else "1A0BDFBCFFCB1F"
        if shape.packs_temperatures:
            report["device"] = self._device()
        externals = [self._external(tray) for tray in shape.externals]
        report["vir_slot" if shape.external_is_list else "vt_tray"] = (
            externals if shape.external_is_list else externals[0]
        )
        return report

    def _mapping(self) -> list[int]:
        trays = self.job.trays if self.job else []
        return [0xFFFF if tray < 0 or tray >= 254 else (tray // 4) * 256 + tray % 4 for tray in trays if tray < 128]

    def _ams(self) -> Message:
        if not self.shape.units:
            return {"ams": [], "tray_exist_bits": "0", "ams_exist_bits": "0", "tray_now": NOTHING, "version": 3}
        now = self.active_tray
        bits = sum(1 << (16 + tray - 128 if tray >= 128 else tray) for tray in self.spools if tray < 254)
        local = now is not None and self.shape.has_two_heads and now < 128
        return {
            "ams": [self._unit(unit) for unit in self.shape.units],
            "ams_exist_bits": f"{sum(1 << (unit if unit < 128 else 4 + unit - 128) for unit in self.shape.units):x}",
            "tray_exist_bits": "0" if self.is_shut_down else f"{bits:x}",
            "tray_is_bbl_bits": f"{bits:x}",
            "tray_read_done_bits": f"{bits:x}",
            "tray_reading_bits": "0",
            "tray_now": NOTHING if now is None else str(now % 4 if local else now),
            "tray_pre": NOTHING,
            "tray_tar": NOTHING if now is None else str(now),
            "version": 4,
            "insert_flag": True,
            "power_on_flag": not self.is_shut_down,
        }

    def _unit(self, unit: int) -> Message:
        trays = [(unit, 0)] if unit >= 128 else [(unit * 4 + tray_id, tray_id) for tray_id in range(4)]
        return {
            "id": str(unit),
            "humidity": "4",
            "humidity_raw": "31",
            "temp": "24.6",
            "tray": [
                self.spools[number].report(self.shape, tray_id)
                if number in self.spools
                else empty_tray(self.shape, tray_id)
                for number, tray_id in trays
            ],
        }

    def _external(self, tray: int) -> Message:
        spool = self.spools.get(tray) or Spool(material="", color="00000000", preset="")
        return {**spool.report(self.shape, tray), "id": str(tray), "remain": 0}

    def _device(self) -> Message:
        packed = int(self.nozzle_target) << 16 | int(self.nozzle)
        snow = self._snow()
        return {
            "extruder": {
                "info": [
                    {"id": 0, "temp": packed, "snow": snow, "spre": 0xFFFF, "star": snow, "stat": 0},
                    {"id": 1, "temp": int(ROOM), "snow": 0xFEFF, "spre": 0xFEFF, "star": 0xFEFF, "stat": 0},
                ],
                "state": 2,
            },
            "bed": {"info": {"temp": int(self.bed_target) << 16 | int(self.bed)}, "state": 0},
            "ctc": {"info": {"temp": 29}, "state": 0},
            "type": 1,
        }

    def _snow(self) -> int:
        tray = self.active_tray
        if tray is None:
            return 0xFFFF
        if tray >= 254:
            return 0xFF00
        return tray << 8 if tray >= 128 else (tray // 4) << 8 | tray % 4

    def _answer(self, kind: str, part: Mapping[str, Any], *, reason: str = "", code: int = 0) -> Message:
        """It echoes what was asked, and says how it went."""
        well = "SUCCESS" if self.shape.accepts_in_capitals else "success"
        answer = {**part, "result": "failed" if reason else well, "reason": reason or well}
        return {kind: {**answer, "err_code": code} if code else answer}

    def _version(self, part: Mapping[str, Any]) -> Message:
        printer = {"name": "ota", "product_name": self.shape.product, "sw_ver": self.shape.firmware, "sn": self.serial}
        modules = [{**printer, "hw_ver": "OTA", "flag": 0}]
        modules += [{"name": f"ams/{unit}", "sw_ver": "00.00.06.49", "sn": ""} for unit in self.shape.units]
        echoed = {"command": "get_version", "sequence_id": str(part.get("sequence_id", "0"))}
        return {"info": {**echoed, "module": modules, "result": "success", "reason": ""}}
