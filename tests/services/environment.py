"""The variables of the platform, so that a test run sees only those it sets itself."""

import os

PLATFORM_VARIABLES = (
    "ALLOWED_HOSTS CORS_ALLOWED_ORIGINS CSRF_TRUSTED_ORIGINS DATABASE_URL DATABASE_POOL DATA_DIR DEBUG "
    "DEFAULT_FROM_EMAIL DJANGO_SETTINGS_MODULE EMAIL_URL FIELD_ENCRYPTION_KEY FRONTEND_URL HOST HTTPS LOG_FORMAT "
    "LOG_LEVEL METRICS PAYMENT_CURRENCY PORT PRINTSHOP_PORT PUBLIC_URL RATE_LIMITS REDIS_URL ROOT_URLCONF SECRET_KEY "
    "SENTRY_DSN TASK_TIME_LIMIT TRUSTED_PROXIES TRUST_FORWARDED_PROTO WEBHOOK_ALLOW_PRIVATE "
    "ACCESS_TOKEN_EXPIRE_MINUTES"
).split()
PLATFORM_PREFIXES = (
    "AWS_ BAMBU_ BANK_TRANSFER_ DISCORD_ DUPLICATE_ ETSY_ FILE_LINK_ GITHUB_CLIENT GITHUB_TOKEN_URL "
    "GITHUB_USERINFO GOOGLE_ JAZZCASH_ LLM_ MAILGUN_ ORDER_ POSTMARK_ SANDBOX_ SENDGRID_ STRIPE_ TWO_FACTOR_"
).split()
NOT_OURS = {"AWS_CA_BUNDLE"}


def is_platform_variable(name: str) -> bool:
    return (name in PLATFORM_VARIABLES or name.startswith(tuple(PLATFORM_PREFIXES))) and name not in NOT_OURS


def clean_environ() -> dict[str, str]:
    """The environment without any of the platform's variables: what a fresh machine has."""
    return {name: value for name, value in os.environ.items() if not is_platform_variable(name)}
