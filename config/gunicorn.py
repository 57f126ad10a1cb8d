"""Gunicorn's settings for the REST side: `gunicorn --config config/gunicorn.py config.wsgi`.

Sockets are served by uvicorn (docker-compose.yml). Each number can be changed by the variable named beside it.
"""

import multiprocessing
import os
import sys
from pathlib import Path

from config.core.logs import formatter


def number(name: str, default: int, *, least: int = 1) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or int(value) < least:
        sys.exit(f"Atelier cannot start: {name} must be a whole number from {least} up, not {value!r}.")
    return int(value)


bind = f"0.0.0.0:{number('PORT', 8000)}"

# Threads carry the waiting (database, S3, Stripe), processes the computing. Each thread keeps a database connection of
# its own, so workers x threads x machines must stay below PostgreSQL's max_connections.
worker_class = "gthread"
workers = number("WEB_CONCURRENCY", 2 * multiprocessing.cpu_count() + 1)
threads = number("WEB_THREADS", 4)
# Uploads of pictures may take most of a process's threads (settings.IMAGES_A_PROCESS); the others go on answering.
os.environ.setdefault("IMAGES_A_PROCESS", str(max(1, threads * 3 // 4)))

# Hashing passwords takes at most half of a process's threads: one that hashes, the others wait for it.
os.environ.setdefault("PASSWORD_HASHES_WAITING", str(max(threads // 2 - 1, 0)))

# An upload may wait DUPLICATE_CHECK_WAIT (10 s) for its check, and S3 and Stripe have their own limits below this.
timeout = number("WEB_TIMEOUT", 60, least=0)
graceful_timeout = 30
# Longer than the proxy keeps an idle connection, so that it is never the server that closes one just being used.
keepalive = 75

# Image and mesh libraries fragment memory: a worker is replaced now and then, not all at the same moment.
max_requests = number("WEB_MAX_REQUESTS", 5000, least=0)
max_requests_jitter = max_requests // 10

# Who may say what the caller's address and scheme are: the proxy in front, by address; nobody by default but this host.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")

# Heartbeats go to memory: on a slow disk a worker would count as dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

# The platform logs each request itself (config.middleware).
accesslog = None
errorlog = "-"
loglevel = (os.environ.get("LOG_LEVEL") or "info").lower()
# Gunicorn's own lines look like the platform's.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"ours": {"()": formatter, "json": os.environ.get("LOG_FORMAT") == "json"}},
    "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "ours"}},
    "root": {"level": loglevel.upper(), "handlers": ["stream"]},
    "loggers": {"gunicorn.error": {"level": loglevel.upper(), "handlers": [], "propagate": True}},
}

# Not wanted: every gunicorn of one user would share the same socket in that user's home.
control_socket_disable = True
