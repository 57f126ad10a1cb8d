"""Real servers for the test run, out of wheels: each a context manager with `.url` and `.env()`.

They listen on sockets or free loopback ports, need neither root nor an installed server, and are gone when the run is,
however it ended (`config.launcher.guard`).
"""

from tests.services.environment import clean_environ
from tests.services.postgres import PostgresServer
from tests.services.s3 import S3Server
from tests.services.smtp import SmtpServer
from tests.services.valkey import ValkeyServer

__all__ = ["PostgresServer", "S3Server", "SmtpServer", "ValkeyServer", "clean_environ"]
