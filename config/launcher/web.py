"""What uvicorn serves for the launcher: `config.asgi`, once the database is prepared.

It waits while uvicorn imports this, which is before it opens its port.
"""

from config.asgi import application
from config.launcher.hold import wait_until_prepared

__all__ = ["application"]

wait_until_prepared()
