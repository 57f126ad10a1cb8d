"""The files that run the platform in production agree with the settings."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from config.launcher.environment import PROJECT_DIR
from tests.services import clean_environ

READ = re.compile(r'env(?:\.reader)?\.\w+\(\s*"([A-Z][A-Z0-9_]+)"')


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((PROJECT_DIR / "docker-compose.yml").read_text())


def explained() -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", (PROJECT_DIR / ".env.example").read_text(), re.MULTILINE))


def test_every_variable_the_settings_read_is_explained():
    read = set(READ.findall((PROJECT_DIR / "config" / "settings.py").read_text()))
    assert len(read) > 40
    assert read - explained() == set()


def test_every_variable_the_compose_file_reads_is_explained():
    read = set(re.findall(r"\$\{([A-Z0-9_]+)", (PROJECT_DIR / "docker-compose.yml").read_text()))
    assert len(read) > 10
    assert read - explained() == set()


def test_the_example_holds_no_secret():
    values = re.findall(r"^[A-Z0-9_]+=(.*)$", (PROJECT_DIR / ".env.example").read_text(), re.MULTILINE)
    assert values == ["", "", "", ""]


def test_each_process_waits_for_what_it_needs(compose):
    services = compose["services"]
    ours = {name for name, service in services.items() if service.get("image") == "atelier"}
    assert ours == {"migrate", "web", "printshop", "ws", "worker", "beat", "bridge"}
    for name in ours - {"migrate"}:
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert services[name]["environment"]["DEBUG"] == "0"
        assert "DATABASE_URL" in services[name]["environment"]
    for name in set(services) - {"migrate", "beat"}:
        assert "healthcheck" in services[name]
    assert services["printshop"]["environment"]["ROOT_URLCONF"] == "config.urls_printshop"


def test_there_is_every_command_that_the_files_name():
    """One that does not exist would be started again and again, and `docker compose up --wait` never end."""
    files = [*PROJECT_DIR.glob("docs/**/*.md"), *(PROJECT_DIR / name for name in ("docker-compose.yml", "README.md"))]
    named = {word for file in files for word in re.findall(r"manage\.py ([a-z_]+)", file.read_text())}
    assert {"migrate", "setup_admin", "check_ledger", "collectstatic"} <= named
    assert named - set(get_commands()) == set()


def test_the_proxy_is_told_what_is_shipped(compose):
    assert compose["configs"]["caddyfile"] == {"file": "config/proxies/Caddyfile"}
    text = (PROJECT_DIR / "config" / "proxies" / "Caddyfile").read_text()
    asked, told = set(re.findall(r"\{\$([A-Z]+)", text)), compose["services"]["proxy"]["environment"]
    assert asked == set(told)
    assert (told["REST"], told["SOCKETS"], told["PRINTSHOP"]) == ("web:8000", "ws:8001", "printshop:8000")


def test_only_the_proxy_the_files_and_the_mail_catcher_are_reached_from_outside(compose):
    assert {name for name, service in compose["services"].items() if "ports" in service} == {"proxy", "s3", "mail"}


def test_the_image_does_not_run_as_root():
    lines = (PROJECT_DIR / "Dockerfile").read_text().splitlines()
    users = [line for line in lines if line.startswith("USER ")]
    assert users == ["USER atelier"]


def test_gunicorn_takes_its_settings(tmp_path: Path):
    environ = clean_environ() | {"DEBUG": "1", "DATA_DIR": str(tmp_path), "PORT": "8009", "WEB_CONCURRENCY": "3"}
    environ |= {"LOG_LEVEL": "", "LOG_FORMAT": "json"}
    shown = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "--print-config", "config.wsgi"],
        cwd=PROJECT_DIR,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert shown.returncode == 0, shown.stderr
    settings = dict(re.findall(r"^(\w+)\s+= (.*)$", shown.stdout, re.MULTILINE))
    assert settings["bind"] == "['0.0.0.0:8009']"
    assert settings["worker_class"] == "gthread"
    assert settings["control_socket_disable"] == "True"
    assert settings["workers"] == "3"
    assert settings["forwarded_allow_ips"] == "['127.0.0.1', '::1']"
