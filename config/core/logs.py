"""Log lines: readable on a console or one JSON object a line. Nothing logged here carries bodies or credentials; of an
API key that somebody put into an address, no more than its beginning is left, and nothing of links that are secrets.
Of what a database refuses the rule is named, not the row."""

import logging
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

API_KEY: Final = re.compile(r"\b(atl_[0-9A-Za-z]{8})[0-9A-Za-z]{8,}")

# What follows these opens a file or an account, confirms an address, sets a password, leaves e-mails off or answers for
# a bank, for whoever has it.
SECRET: Final = (
    *("/files/", "/verify-email/", "/reset-password/", "/undo-email-change/", "/sandbox/3d-secure/"),
    *("/invitation/", "/unsubscribe/", "/your-data/", "/campaigns/"),
)
SECRET_PATH: Final = re.compile(rf"(^|[^\w./-]|://[^/\s]+)({'|'.join(SECRET)})[^\s\"'<>]+")


def without_secret(text: str) -> str:
    """Paths, and addresses of this server, without what makes them somebody's own."""
    return SECRET_PATH.sub(r"\1\2…", text)


def without_keys(text: str) -> str:
    return API_KEY.sub(r"\1…", text)


def _in_chain(error: BaseException) -> Iterator[BaseException]:
    """It, and all that it came from or gathers."""
    found, waiting = set(), [error]
    while waiting:
        one = waiting.pop()
        if id(one) in found:
            continue
        found.add(id(one))
        yield one
        gathered = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        waiting += [other for other in (one.__cause__, one.__context__, *gathered) if other is not None]


def rows_of(error: BaseException) -> list[str]:
    """What PostgreSQL tells of the rows that it refused: "Failing row contains (...)" holds every column, hashes of
    passwords and keys among them."""
    said = [getattr(getattr(one, "diag", None), "message_detail", None) for one in _in_chain(error)]
    return [detail for detail in said if detail]


def without_rows(text: str, rows: list[str]) -> str:
    """Nor as they stand in the `repr` of a fault, which escapes quotes where there are both kinds."""
    for row in rows:
        both = repr(f"{row}'\"")[1:-4]
        for written in (row, both, both.replace("\\'", "'")):
            text = text.replace(written, "…")
    return text


def _told(logger: Any, name: str, event: Any) -> Any:
    """A structlog processor: the traceback as text, without rows, in the message neither."""
    error = event.get("exc_info")
    rows = rows_of(error[1]) if isinstance(error, tuple) and error[1] is not None else []
    event = structlog.processors.format_exc_info(logger, name, event)
    for part in ("event", "exception"):
        if rows and part in event:
            event[part] = without_rows(str(event[part]), rows)
    return event


class _WithoutSecrets(structlog.stdlib.ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_secret(without_keys(super().format(record)))


def formatter(*, json: bool) -> logging.Formatter:
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if json
        # Plain tracebacks: the pretty ones print local variables, and with them secrets.
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    final: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _told, renderer]
    return _WithoutSecrets(foreign_pre_chain=shared, processors=final)


class OneLine(logging.Filter):
    """Makes one warning without a traceback of what Django logs as an error with one."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = record.stack_info = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


def fault_scrubbed(event: Any, hint: Any) -> Any:
    """What goes to Sentry of a request: its method and path. Query strings, headers and signed links hold tokens. Of
    what was asked of others before it: the host alone, since addresses that people give are secrets, too."""
    error = (hint.get("exc_info") or (None, None))[1]
    rows = rows_of(error) if error is not None else []
    for one in (event.get("exception") or {}).get("values", ()):
        if one.get("value"):
            one["value"] = without_rows(str(one["value"]), rows)
    if event.get("logentry"):
        event["logentry"] = {
            part: without_rows(said, rows) for part, said in event["logentry"].items() if isinstance(said, str)
        }
    for before in (event.get("breadcrumbs") or {}).get("values", ()):
        if before.get("type") == "http":
            asked = before.get("data") or {}
            host = urlsplit(str(asked.get("url", ""))).netloc.rpartition("@")[2]
            before["data"] = {"host": host, "status_code": asked.get("http.response.status_code")}
        elif before.get("message"):
            before["message"] = without_secret(without_keys(str(before["message"])))
    request = event.get("request")
    if request:
        address = without_keys(str(request.get("url", "")).partition("?")[0])
        event["request"] = {"method": request.get("method"), "url": without_secret(address)}
    return event
