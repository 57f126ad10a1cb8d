"""Nexus's requests, area by area: tests/roles/nexus."""

from tests.roles.nexus import accounts, communities, models, pages, trade
from tests.roles.requests.request import Request

NEXUS: dict[str, Request] = accounts.REQUESTS | models.REQUESTS | trade.REQUESTS | communities.REQUESTS | pages.REQUESTS
