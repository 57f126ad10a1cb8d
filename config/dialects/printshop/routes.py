"""The print shop's operations, mounted at /api/printshop/ and, with ROOT_URLCONF=config.urls_printshop, at /api/."""

from accounts.api import printshop as accounts
from config.dialects.routing import Route

ROUTES = [
    Route("GET", "/auth/user", accounts.Auth, "auth.user"),
    Route("POST", "/auth/logout", accounts.Auth, "auth.logout"),
]
