"""How a server waits that the launcher has started early.

Starting takes a server seconds of a processor, and so does preparing the database: both go on at the same time. But
no task is run before the tables are there, and nothing is served before all is prepared.
"""

import contextlib
import os

STDIN = 0  # its other end is the launcher's; for a server that is started later, it is /dev/null


def wait_until_prepared() -> None:
    with contextlib.suppress(ConnectionError):  # so it ends when the launcher lets go before it has read our word
        os.write(STDIN, b"loaded")
        while os.read(STDIN, 1):
            pass
