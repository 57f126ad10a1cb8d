"""The print shop's operations, mounted at /api/printshop/ and, with ROOT_URLCONF=config.urls_printshop, at /api/."""

from accounts.api.printshop import accounts, passwords
from config.dialects.routing import Route
from printshop.api.printshop import notifications

ROUTES = [
    Route("GET", "/auth/user", accounts.Auth, "auth.user"),
    Route("POST", "/auth/logout", accounts.Auth, "auth.logout"),
    Route("POST", "/auth/password/change", passwords.Password, "auth.password.change"),
    Route("POST", "/auth/password/forgot", passwords.ForgottenPassword, "auth.password.forgot"),
    Route("POST", "/auth/password/reset", passwords.ForgottenPassword, "auth.password.reset"),
    # ---------------------------------------------------------------- notifications
    Route("GET", "/bambu/notifications", notifications.Notifications, "notifications.get"),
    Route("PUT", "/bambu/notifications/{id}", notifications.Notifications, "notifications.update"),
    Route("GET", "/bambu/events", notifications.Events, "events.list"),
]
