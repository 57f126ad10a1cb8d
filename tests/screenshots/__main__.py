"""`python -m tests.screenshots`: starts the platform in a fresh folder, gives it a month, and takes docs/screenshots/,
the e-mails that Nexus's story sends among them.

It needs Chromium on PATH (or its path in CHROMIUM) and Playwright from requirements-dev.txt.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from config.launcher import Platform
from tests.demo.stage import Stage, WentWrong, must, say
from tests.screenshots import copies, desk, farm, letters, start
from tests.screenshots.camera import Camera, Missing, browser, camera
from tests.stand_ins.etsy import EtsyStandIn

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
MANAGER = ("admin_manager", "manager123")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("--into", type=Path, default=FOLDER, help="where the pictures go (default docs/screenshots)")
    parser.add_argument("--stay", action="store_true", help="keep the platform running until Enter is pressed")
    parser.add_argument(
        "--only", choices=["desk", "farm", "start"], help="the staff's desk, the farm board, or the first page, alone"
    )
    arguments = parser.parse_args()
    arguments.into.mkdir(parents=True, exist_ok=True)
    try:
        browser()  # before the platform is started in vain
        began = time.monotonic()
        with EtsyStandIn() as etsy, Platform(environ=os.environ | etsy.environment()) as running:
            say("the platform starts in a fresh folder", f"ready after {time.monotonic() - began:.1f} s")
            only = arguments.only
            pages = prepare(running) if only in (None, "desk") else {}
            stage = Stage(running.base_url, running.data_dir)
            with camera(running.base_url, arguments.into) as taken:
                if pages:
                    desk.shoot(taken, pages, *MANAGER)
                    shoot(taken, running.base_url)
                if not only:
                    letters.shoot(taken, stage, running.env)
                if only in (None, "start"):
                    start.shoot(taken)
                if only in (None, "farm"):
                    farm.shoot(taken, stage, etsy)
            if arguments.stay:
                input(f"{running.base_url}/admin/ as admin / admin123. Enter ends it. ")
    except (Missing, WentWrong) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


def prepare(running: Platform) -> dict[str, str]:
    """The addresses of the full pages, by what they show."""
    began = time.monotonic()
    inside(running, "month", "month")
    pages: dict[str, str] = json.loads(inside(running, "case").splitlines()[-1])
    say("a month of orders, jobs and people", f"made in {time.monotonic() - began:.1f} s")
    stage = Stage(running.base_url, running.data_dir, suffix="studio")
    copies.upload_all(stage, stage.signed_in("content_moderator", "moderator123"))
    inside(running, "month", "put-back")
    return pages


def inside(running: Platform, module: str, *what: str) -> str:
    """What a module beside this one writes, run in the platform's environment."""
    command = [sys.executable, "-m", f"tests.screenshots.{module}", *what]
    made = subprocess.run(command, env=running.env, capture_output=True, text=True, check=False)
    must(made.returncode == 0, f"{module} failed: {made.stdout[-500:]}{made.stderr[-2000:]}")
    return made.stdout


def shoot(taken: Camera, url: str) -> None:
    taken.sign_in(*MANAGER)
    taken.take("artwork-queue", "/admin/marketplace/artwork/")
    taken.take("held-duplicates", "/admin/marketplace/picture/held/")
    manager = Stage(url, Path()).signed_in(*MANAGER)
    appealed = manager.get("/api/admin/appeals/")["results"][0]["artwork"]["title"]
    taken.take("duplicate-review", f"/admin/marketplace/picture/{picture_of(taken, appealed)}/review/")


def picture_of(taken: Camera, title: str) -> str:
    """The id of the held picture of a work, from its link in the list."""
    taken.page.goto(f"{taken.url}/admin/marketplace/picture/held/")
    link = taken.page.get_by_role("link").filter(has_text=title).first.get_attribute("href")
    return str(link).rstrip("/").split("/")[-2]


if __name__ == "__main__":
    sys.exit(main())
