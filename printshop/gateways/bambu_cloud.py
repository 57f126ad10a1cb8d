"""Bambu's cloud: whose token it is. Printers behind it speak MQTT as those in the house do, at another host."""

import json
from typing import Final

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError

from config.core.metrics import failures_counted

SECONDS: Final = 10
MOST_BYTES: Final = 64 * 1024


class TokenRefused(Exception):
    """The cloud does not take the token (they last about 90 days): its owner has to sign in at Bambu again."""


class CloudAway(Exception):
    """No answer, or none that can be understood. It may be tried again."""


@failures_counted("bambu_cloud", CloudAway)
def cloud_user_id(*, token: str) -> str:
    """The account's uid. Raises TokenRefused and CloudAway."""
    address = f"{settings.BAMBU_CLOUD_API_BASE.rstrip('/')}/v1/design-user-service/my/preference"
    try:
        with requests.get(
            address,
            headers={"Authorization": f"Bearer {token}"},
            timeout=SECONDS,
            allow_redirects=False,
            stream=True,
        ) as answer:
            if answer.status_code in (401, 403):
                raise TokenRefused
            answer.raise_for_status()
            uid = json.loads(answer.raw.read(MOST_BYTES, decode_content=True))["uid"]
    except (requests.RequestException, HTTPError, ValueError, LookupError, TypeError) as error:
        raise CloudAway from error
    if not isinstance(uid, int | str) or not str(uid).isdecimal() or len(str(uid)) > 40:
        raise CloudAway
    return str(uid)


def cloud_host() -> tuple[str, int]:
    """Where its MQTT is."""
    host, _, port = settings.BAMBU_CLOUD_MQTT_HOST.rpartition(":")
    return (host, int(port)) if host and port.isdecimal() else (settings.BAMBU_CLOUD_MQTT_HOST, 8883)
