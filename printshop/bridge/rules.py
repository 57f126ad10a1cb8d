"""Times, in seconds, and words of the bridge."""

from datetime import timedelta
from typing import Final

SILENCE: Final = 60.0
"""Seconds without a message after which a printer is offline, also while its connection stands."""
PATIENCE: Final = 10.0
"""Seconds that it has to answer `pushing start`, before it is connected to anew."""
BETWEEN_FORCED: Final = 30.0
NEVER_HEARD: Final = 20.0
"""A printer answers within a second when its serial number is right."""
LEAST_DELAY, MOST_DELAY = 1.0, 30.0
BETWEEN_FULL: Final = 300.0
"""A full report is asked for at each connect, and otherwise not more often: it slows a P1 or A1 down."""
START_SECONDS: Final = 90.0
SLOW_START_SECONDS: Final = 240.0
SLOW_TO_START: Final = frozenset({"H2D Pro"})
"""Models that were seen to take up to 210 seconds."""
LATE_START_SECONDS: Final = 180.0
"""More, for a printer that has taken our number and not begun."""
FOREIGN_SECONDS: Final = 10.0
LONG_FOREIGN_SECONDS: Final = 60.0
"""When nobody saw what the printer had done before the start."""
IDENTITY_SECONDS: Final = 15.0
COMMAND_SECONDS: Final = 60.0
BETWEEN_PROGRESS: Final = 30.0
NOW_IS_SOON: Final = timedelta(0)
HEARD_EVERY: Final = 15.0
FLOOD_SECONDS: Final = 10.0
MOST_MESSAGES: Final = 1000
MOST_MESSAGE_BYTES: Final = 4 * 1024 * 1024
"""In that time. A printer that prints sends five, of a few hundred bytes, and rarely a whole one."""
MOST_EVENTS: Final = 60
"""A minute."""
REPORT_EVERY: Final = 300.0

SILENT: Final = "It has said nothing for a minute."
NOTHING_HEARD: Final = (
    "Connected, but the printer says nothing. Check its serial number, capital and small letters included"
)
WRONG_CODE: Final = "The access code or the serial number is wrong."
WRONG_TOKEN: Final = "Bambu's cloud does not take the access token. Sign in there again and enter the new one."  # noqa: S105
OUTCOME_UNKNOWN: Final = "The printer does something else now. How this print ended is not known."
NEVER_STARTED: Final = "The printer took the start and did not begin to print."
ANOTHER_BEGAN: Final = "The printer began another print."
WENT_OFFLINE: Final = "The printer went offline before the print could be started."
CALLED_OFF: Final = "The start was called off."
WENT_WRONG: Final = "Something went wrong while the print was being started."
