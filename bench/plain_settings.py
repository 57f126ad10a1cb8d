"""The platform's settings with the plain server's addresses; ROOT_URLCONF itself takes none but the platform's."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.plain_drf"
