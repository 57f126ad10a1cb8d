"""How the models differ in what they report and take, as far as the print shop can notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Shape:
    """One model."""

    name: str
    """As people say it: `X1C`."""
    product: str
    """As the printer says it."""
    serial_prefix: str
    firmware: str
    units: tuple[int, ...] = (0,)
    """AMS units by id; 128 and more are AMS HT, with one tray."""
    is_tls_1_2_only: bool = False
    certificate_version: int = 3
    wrong_code_answer: int = 5
    """CONNACK: 4 bad user name or password, 5 not authorized."""
    full_has_msg: bool = True
    idle_stage: int = -1
    temperature_steps: float = 1.0
    """Per degree; 32 on a P1."""
    has_chamber_sensor: bool = True
    packs_temperatures: bool = False
    has_two_heads: bool = False
    tells_fun: bool = True
    external_is_list: bool = False
    remain_without_tag: int = 0
    sends_partial_trays: bool = True
    """A delta has changed trays with changed keys only; else all of them whole."""
    accepts_in_capitals: bool = False
    clamps_ids: bool = False
    stops_when_busy: bool = False
    """A start while printing stops the print."""
    refuses_by_hms: bool = False
    """Without Developer Mode it does not answer a command but shows a health message."""
    has_plain_data: bool = False
    """Files: no TLS on the data connection."""
    wants_session_reuse: bool = False
    start_seconds: float = 2.0
    """From the acknowledgement of a start to PREPARE."""
    prepare_seconds: float = 60.0

    @property
    def externals(self) -> tuple[int, ...]:
        return (254, 255) if self.has_two_heads else (254,)


X1C: Final = Shape(
    name="X1C",
    product="Bambu Lab X1 Carbon",
    serial_prefix="00M09A",
    firmware="01.08.02.00",
    is_tls_1_2_only=True,
    wants_session_reuse=True,
)
P1S: Final = Shape(
    name="P1S",
    product="Bambu Lab P1S",
    serial_prefix="01P00A",
    firmware="01.07.00.00",
    wrong_code_answer=4,
    idle_stage=255,
    temperature_steps=32.0,
    has_chamber_sensor=False,
    tells_fun=False,
    remain_without_tag=-1,
    accepts_in_capitals=True,
    clamps_ids=True,
    refuses_by_hms=True,
    wants_session_reuse=True,
)
A1: Final = Shape(
    name="A1",
    product="Bambu Lab A1",
    serial_prefix="03900A",
    firmware="01.04.00.00",
    idle_stage=255,
    has_chamber_sensor=False,
    tells_fun=False,
    remain_without_tag=100,
    sends_partial_trays=False,
    stops_when_busy=True,
    has_plain_data=True,
)
A1_MINI: Final = Shape(
    name="A1 mini",
    product="Bambu Lab A1 mini",
    serial_prefix="0300AA",
    firmware="01.07.02.00",
    certificate_version=1,
    idle_stage=255,
    has_chamber_sensor=False,
    tells_fun=False,
    remain_without_tag=100,
    sends_partial_trays=False,
    stops_when_busy=True,
    has_plain_data=True,
)
H2D: Final = Shape(
    name="H2D",
    product="Bambu Lab H2D",
    serial_prefix="0948AA",
    firmware="01.01.03.00",
    units=(0, 128),
    is_tls_1_2_only=True,
    full_has_msg=False,
    packs_temperatures=True,
    has_two_heads=True,
    external_is_list=True,
    start_seconds=40.0,
)
SHAPES: Final = {shape.name: shape for shape in (X1C, P1S, A1, A1_MINI, H2D)}
