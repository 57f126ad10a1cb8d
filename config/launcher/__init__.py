"""What `make run` starts: the whole platform on this machine, with nothing installed but Python.

`python -m config.launcher` serves until interrupted. `Platform` does the same for tests and demonstrations.
"""

from config.launcher.platform import Platform, StartFailed

__all__ = ["Platform", "StartFailed"]
