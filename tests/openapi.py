"""The OpenAPI document of each dialect, as it is in git and as the code would write it now.

`python -m tests.openapi` compares; with `--write` it writes docs/reference/openapi/ anew.
"""

import difflib
import os
import sys
from pathlib import Path

import django

DIALECTS = ("cultureup", "nexus", "v1", "printshop")
FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference" / "openapi"


def document(dialect: str) -> str:
    """What `/api/schema/<dialect>/` answers, as YAML."""
    from django.test import Client

    answer = Client(HTTP_ACCEPT="application/vnd.oai.openapi", HTTP_HOST="localhost").get(f"/api/schema/{dialect}/")
    if answer.status_code != 200:
        raise SystemExit(f"/api/schema/{dialect}/ answered {answer.status_code}.")
    return str(answer.content.decode()).rstrip("\n") + "\n"


def difference(dialect: str) -> list[str]:
    """The lines that differ between git and now; empty when the document is unchanged."""
    file = FOLDER / f"{dialect}.yaml"
    kept = file.read_text() if file.exists() else ""
    return list(
        difflib.unified_diff(
            kept.splitlines(), document(dialect).splitlines(), f"{file.name} in git", "now", lineterm=""
        )
    )


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if "--write" in sys.argv:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for dialect in DIALECTS:
            (FOLDER / f"{dialect}.yaml").write_text(document(dialect))
        return 0
    changed = False
    for dialect in DIALECTS:
        lines = difference(dialect)
        if lines:
            changed = True
            print("\n".join(lines[:40]))
            print(f"{dialect}: the document is not the one in git. If the change is meant: make openapi")
    return int(changed)


if __name__ == "__main__":
    sys.exit(main())
