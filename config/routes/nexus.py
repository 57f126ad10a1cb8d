"""Nexus Models' operations, mounted at /api/."""

from accounts.api.nexus import accounts
from config.dialects.routing import Route
from marketplace.api.nexus import categories

ROUTES = [
    Route("POST", "/auth/register", accounts.SignIn, "auth.register"),
    Route("POST", "/auth/login", accounts.SignIn, "auth.login"),
    Route("POST", "/auth/logout", accounts.Auth, "auth.logout"),
    Route("POST", "/auth/refresh", accounts.SignIn, "auth.refresh"),
    Route("POST", "/auth/verify-email", accounts.SignIn, "auth.verify_email"),
    Route("POST", "/auth/forgot-password", accounts.SignIn, "auth.forgot_password"),
    Route("POST", "/auth/reset-password", accounts.SignIn, "auth.reset_password"),
    Route("GET", "/users/me", accounts.Me, "users.me"),
    Route("PUT", "/users/me/password", accounts.Me, "users.me.password"),
    Route("GET", "/categories", categories.Categories, "categories.list"),
]
