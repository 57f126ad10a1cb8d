"""What DATA_DIR keeps of the embedded platform: its keys, and what `make run` was started with.

`manage.py` alone reads it, so that its commands work beside `make run` with nothing exported. The servers (gunicorn,
uvicorn, Celery) never do: a production machine that lacks its variables refuses to serve, whatever lies in DATA_DIR.
"""

import json
import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from config.launcher.environment import KEY_FILES, BadSetting, data_dir_of, kept_secret

STARTED_WITH = "started-with.json"
# Whoever sets one of these runs a platform of their own. One of them alone, where the others were forgotten, must not
# be completed by development's: a command would go to production's database with DEBUG on.
DECIDING = (
    *KEY_FILES,
    *"DEBUG DATABASE_URL REDIS_URL AWS_STORAGE_BUCKET_NAME AWS_BUCKET_NAME STRIPE_SECRET_KEY EMAIL_URL".split(),
)


def keys_make(environ: Mapping[str, str]) -> Path | None:
    """Makes the keys that are not there yet, and gives their folder; None where the variables of a platform are set."""
    if any(environ.get(name, "").strip() for name in DECIDING):
        return None
    data_dir = data_dir_of(environ)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in KEY_FILES.values():
        kept_secret(data_dir / file)
    return data_dir


def started_with_write(data_dir: Path, variables: Mapping[str, str]) -> None:
    """Keeps the variables of a run for the commands beside it; for its owner alone, since passwords are among them."""
    own = {"DATA_DIR": str(data_dir)} | {
        name: (data_dir / file).read_text().strip() for name, file in KEY_FILES.items() if (data_dir / file).exists()
    }
    variables = {name: value for name, value in variables.items() if value and own.get(name) != value}
    partial = data_dir / f"{STARTED_WITH}.part"
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        json.dump({"data_dir": str(data_dir), "variables": variables}, output, indent=1)
    partial.replace(data_dir / STARTED_WITH)


def take_embedded(environ: MutableMapping[str, str]) -> str:
    """Completes `environ` with what DATA_DIR keeps of the embedded platform. Where that may not be, nothing is changed,
    and the answer says why in a sentence ('' when there is nothing to say)."""
    data_dir = data_dir_of(environ)
    try:
        keys = {name: (data_dir / file).read_text().strip() for name, file in KEY_FILES.items()}
        kept = json.loads((data_dir / STARTED_WITH).read_text()) if (data_dir / STARTED_WITH).exists() else {}
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        return f"The keys in {data_dir} were not taken: {error}."
    if kept.get("data_dir", str(data_dir)) != str(data_dir):
        return f"The keys in {data_dir} were not taken: they come from {kept['data_dir']}. Here, call `make setup`."
    if not all(keys.values()):
        return f"The keys in {data_dir} were not taken: one of their files is empty."
    variables = {"DEBUG": "1"} | keys | kept.get("variables", {})
    for name in DECIDING:
        value = environ.get(name, "").strip()
        if value and value != variables.get(name):
            return f"The keys in {data_dir} were not taken, because {name} is set."
    redis_url = variables.get("REDIS_URL", "")
    if redis_url.startswith("unix://") and not Path(redis_url.removeprefix("unix://").partition("?")[0]).exists():
        del variables["REDIS_URL"]  # of a run that has ended
    environ.update({name: value for name, value in variables.items() if not environ.get(name, "").strip()})
    if sys.stderr.isatty():
        print(f"On the embedded platform in {data_dir}.", file=sys.stderr)
    return ""


def main() -> int:
    """`make setup`."""
    try:
        data_dir = keys_make(os.environ)
    except (BadSetting, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if data_dir is not None:
        print(f"manage.py works here: the keys of the embedded platform are in {data_dir}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
