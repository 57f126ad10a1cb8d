"""Nexus Models' operations, mounted at /api/."""

from accounts.api.nexus import accounts
from config.dialects.routing import Route
from marketplace.api.nexus import categories

ROUTES = [
    # Homepage
    # 3-D models
    # Collections
    # Uploads
    # Categories
    Route("GET", "/categories", categories.Categories, "categories.list"),
    # Cart and checkout
    # Purchases
    # Dashboard
    # Plans and subscriptions
    # Bounties
    # Communities
    # Messages
    # Support
    # Search
    # Blog
    # Help and documentation
    # Courses, tutorials, testimonials
    # Registration and sign-in
    Route("POST", "/auth/register", accounts.SignIn, "auth.register"),
    Route("POST", "/auth/login", accounts.SignIn, "auth.login"),
    Route("POST", "/auth/logout", accounts.Auth, "auth.logout"),
    Route("POST", "/auth/refresh", accounts.SignIn, "auth.refresh"),
    Route("POST", "/auth/verify-email", accounts.SignIn, "auth.verify_email"),
    Route("POST", "/auth/forgot-password", accounts.SignIn, "auth.forgot_password"),
    Route("POST", "/auth/reset-password", accounts.SignIn, "auth.reset_password"),
    # People
    Route("GET", "/users/me", accounts.Me, "users.me"),
    Route("PUT", "/users/me/password", accounts.Me, "users.me.password"),
    # Notifications
    # Administration: models
    # Administration: people
    # Administration: money and coupons
    # Administration: communities and tickets
    # Administration: pages, figures and campaigns
]
