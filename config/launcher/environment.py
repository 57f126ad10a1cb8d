"""The environment of the platform's processes, and the secrets a first start makes."""

import base64
import contextlib
import os
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent.parent
KEY_FILES = {"SECRET_KEY": "secret_key", "FIELD_ENCRYPTION_KEY": "field_encryption_key"}


class BadSetting(Exception):
    """A variable that `make run` reads has a value it cannot use."""


def port_of(environ: Mapping[str, str], name: str, default: int) -> int:
    raw = environ.get(name, "").strip()
    if not raw:
        return default
    if not raw.isdecimal() or not 1 <= int(raw) <= 65535:
        raise BadSetting(f"{name} must be a port from 1 to 65535, not {raw!r}.")
    return int(raw)


def data_dir_of(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("DATA_DIR", "").strip() or PROJECT_DIR / "var").expanduser().resolve()


def check_port_is_free(host: str, port: int, name: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            hint = f"Choose another one: {name}={port + 1 if port < 65535 else port - 1} make run"
            if port == 5000:
                hint += " (on macOS, AirPlay Receiver holds port 5000)"
            raise BadSetting(f"Port {port} ({name}) cannot be used: {error.strerror}. {hint}") from error


def free_ports(count: int) -> list[int]:
    """Different ports that are free now; another program may still take one before it is used."""
    with contextlib.ExitStack() as probes:
        ports = []
        for _ in range(count):
            probe = probes.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            probe.bind(("127.0.0.1", 0))
            ports.append(int(probe.getsockname()[1]))
        return ports


def free_port() -> int:
    return free_ports(1)[0]


def kept_secret(file: Path) -> str:
    """The secret in the file, made on first use and readable by its owner alone."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        value = file.read_text().strip()
        if value:
            return value
        raise BadSetting(f"{file} is empty. Remove it to have a new secret made, or put the old one back.") from None
    value = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    with os.fdopen(descriptor, "w") as output:
        output.write(value + "\n")
    return value


SAMPLE_ACCOUNT = "Sample Bank, PK00 SAMP 0000 0000 0000 0000 (a sample: pay nothing)"
"""So that a trial has bank transfers. Set to nothing, it has none."""


def platform_environ(
    environ: Mapping[str, str], *, data_dir: Path, host: str, port: int, printshop_port: int, redis_url: str
) -> dict[str, str]:
    """What is set stays; what is not gets the embedded default."""
    defaults = {
        "DEBUG": "1",
        "REDIS_URL": redis_url,
        "PUBLIC_URL": f"http://localhost:{port}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
    }
    result = defaults | {name: value for name, value in environ.items() if value or name not in defaults}
    if result["DEBUG"] == "1":
        result.setdefault("BANK_TRANSFER_ACCOUNT", SAMPLE_ACCOUNT)
    for name, file in KEY_FILES.items():
        if not result.get(name):
            result[name] = kept_secret(data_dir / file)
    hosts = result.get("ALLOWED_HOSTS", "")
    if hosts and "*" not in hosts.split(","):
        result["ALLOWED_HOSTS"] = f"{hosts},127.0.0.1"  # the start asks for /healthz there
    result |= {
        "DATA_DIR": str(data_dir),
        "PORT": str(port),
        "PRINTSHOP_PORT": str(printshop_port),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT_DIR), environ.get("PYTHONPATH", "")])),
    }
    result.pop("ROOT_URLCONF", None)
    return result
