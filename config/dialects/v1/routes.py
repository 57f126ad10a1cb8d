"""v1's operations, mounted at /api/v1/."""

from accounts.api import v1 as accounts
from config.dialects.routing import Route

ROUTES = [
    Route("POST", "/register", accounts.Auth, "auth.register"),
    Route("POST", "/login", accounts.Auth, "auth.login"),
]
