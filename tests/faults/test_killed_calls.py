"""The proof of `python -m tests.faults.killed_calls` at its smallest: two calls on each database."""

import subprocess
import sys

import pytest

from tests.services.environment import clean_environ


@pytest.mark.timeout(600)
@pytest.mark.parametrize("where", [[], ["--sqlite"]], ids=["postgresql", "sqlite"])
def test_a_killed_call_is_done_once(where):
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.killed_calls", *where, "cultureup.orders.create", "admin.payments.refund"],
        env=clean_environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("done once") == 2
