"""Nexus Models' operations, mounted at /api/."""

from accounts.api import nexus as accounts
from config.dialects.routing import Route
from marketplace.api import nexus as marketplace

ROUTES = [
    Route("POST", "/auth/register", accounts.Auth, "auth.register"),
    Route("POST", "/auth/login", accounts.Auth, "auth.login"),
    Route("GET", "/auth/me", accounts.Auth, "auth.me"),
    Route("GET", "/categories", marketplace.Categories, "categories.list"),
]
