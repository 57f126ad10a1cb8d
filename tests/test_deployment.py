"""The files that run the platform in production agree with the settings."""

import configparser
import fnmatch
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from adminpanel.services.bucket import bucket_cors, bucket_policy
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
    asked, told = set(re.findall(r"\{\$([A-Z_]+)", text)), compose["services"]["proxy"]["environment"]
    assert asked == set(told)
    assert (told["REST"], told["SOCKETS"], told["PRINTSHOP"]) == ("web:8000", "ws:8001", "printshop:8000")


def test_only_the_proxy_is_reached_from_other_machines(compose):
    ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert set(ports.pop("proxy")) == {"80:80", "443:443", "5000:5000"}
    assert ports == {"s3": ["127.0.0.1:8333:8333"], "mail": ["127.0.0.1:8025:8025"]}


def in_the_image() -> list[str]:
    """The files that .dockerignore lets through."""
    patterns = (PROJECT_DIR / ".dockerignore").read_text().split()

    def is_ignored(name: str) -> bool:
        part = Path(name).name
        return any(
            fnmatch.fnmatch(part, pattern.removeprefix("**/")) if pattern.startswith("**/") else name == pattern
            for pattern in patterns
        )

    found = []
    for folder, folders, files in os.walk(PROJECT_DIR):
        here = Path(folder).relative_to(PROJECT_DIR)
        folders[:] = [name for name in folders if not is_ignored((here / name).as_posix())]
        found += [path for name in files if not is_ignored(path := (here / name).as_posix())]
    return found


def test_the_image_has_nothing_of_the_tests():
    kept = in_the_image()
    assert "manage.py" in kept and "config/core/papers/fonts/NotoSans-Regular.ttf" in kept
    assert [name for name in kept if re.search(r"(^|/)(tests/|test_|conftest|pytest)", name)] == []
    of_tests = re.compile(r"^\s*(from|import) (bench|tests|[\w.]+\.tests)\b", re.MULTILINE)
    ours = [name for name in kept if name.endswith(".py")]
    assert [name for name in ours if of_tests.search((PROJECT_DIR / name).read_text())] == []


# ---------------------------------------------------------------- files that operators copy
UNITS = sorted((PROJECT_DIR / "config" / "systemd").glob("*.service"))
OPTIONS = re.compile(r" --(loglevel INFO|bind \S+)")


@pytest.mark.parametrize("file", UNITS, ids=[file.name for file in UNITS])
def test_a_unit_of_systemd(file):
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(file)
    service = unit["Service"]
    told = (service["User"], service["WorkingDirectory"], service["EnvironmentFile"], service["NoNewPrivileges"])
    assert told == ("atelier", "/opt/atelier", "/etc/atelier/env", "yes")
    text = (PROJECT_DIR / "docs" / "how-to" / "deploy.md").read_text()
    assert file.name.removesuffix(".service") in text
    if service.get("Type") == "oneshot":
        assert "manage.py back_up /var/backups/atelier/" in service["ExecStart"]
        return
    assert (service["Restart"], unit["Install"]["WantedBy"]) == ("always", "atelier.target")
    command = OPTIONS.sub("", service["ExecStart"]).removeprefix("/opt/atelier/.venv/bin/")
    assert f"`{command}`" in text


def test_each_process_has_a_unit(compose):
    ours = {name for name, service in compose["services"].items() if service.get("image") == "atelier"} - {"migrate"}
    units = {file.stem.removeprefix("atelier-") for file in UNITS} - {"backup"}
    assert {"sockets" if name == "ws" else name for name in ours} == units


def test_the_rules_of_the_bucket_are_those_that_are_written():
    folder = PROJECT_DIR / "config" / "s3"
    assert json.loads((folder / "public-policy.json").read_text()) == bucket_policy("atelier")
    assert json.loads((folder / "cors.json").read_text()) == bucket_cors(["https://shop.example"])
    user = json.loads((folder / "user-policy.json").read_text())
    allowed = {action for statement in user["Statement"] for action in statement["Action"]}
    needed = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "rekognition:CompareFaces"}
    assert needed | {"s3:PutBucketPolicy", "s3:PutBucketCORS"} <= allowed
    assert not any("*" in action for action in allowed)


def test_alerts_are_about_numbers_that_there_are():
    folder = PROJECT_DIR / "config" / "prometheus"
    sources = ("config/core/metric_files.py", "config/core/process_metrics.py", "adminpanel/selectors/vitals.py")
    there = {name for file in sources for name in re.findall(r'"(atelier_\w+)"', (PROJECT_DIR / file).read_text())}
    rules = [rule for group in yaml.safe_load((folder / "rules.yml").read_text())["groups"] for rule in group["rules"]]
    asked = {name for rule in rules for name in re.findall(r"atelier_\w+", rule["expr"])}
    assert len(rules) > 10 and len(there) > 20
    assert {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in asked} - there == set()
    said = (PROJECT_DIR / "docs" / "how-to" / "operate.md").read_text()
    assert {name for name in there if f"`{name}" not in said} == set()
    labels = {
        word for rule in rules for value in re.findall(r'what=~?"([^"]+)"', rule["expr"]) for word in value.split("|")
    }
    backlogs = re.findall(
        r'^ +\(?"(\w+)",', (PROJECT_DIR / "adminpanel/selectors/backlogs.py").read_text(), re.MULTILINE
    )
    assert labels <= set(backlogs)
    assert yaml.safe_load((folder / "prometheus.yml").read_text())["rule_files"] == ["rules.yml"]


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
