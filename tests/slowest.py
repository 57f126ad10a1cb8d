"""Pytest plugin (loaded by pytest.ini): says at the end of a run which files took the time."""

from collections import defaultdict

import pytest

SHOWN = 10
seconds: defaultdict[str, float] = defaultdict(float)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Set-up, call and tear-down of each test; a module's fixtures count to the test that made them."""
    seconds[report.nodeid.partition("::")[0]] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if len(seconds) < SHOWN:
        return
    terminalreporter.section(f"the {SHOWN} slowest of {len(seconds)} files")
    for file, took in sorted(seconds.items(), key=lambda row: -row[1])[:SHOWN]:
        terminalreporter.write_line(f"{took:7.1f} s  {file}")
