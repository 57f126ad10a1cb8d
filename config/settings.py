"""Settings, read from the environment once. Unset service variables select the embedded default.

The variables are explained in `.env.example`.
"""

import os
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config import env
from config.adminpanels import ADMIN_DECISIONS as ADMIN_DECISIONS
from config.adminpanels import ADMIN_PANELS as ADMIN_PANELS
from config.adminpanels import ADMIN_TIMELINES as ADMIN_TIMELINES
from config.core.storage import bucket_storages
from config.listeners import LISTENERS as LISTENERS
from config.own_data import ERASERS as ERASERS
from config.own_data import OWN_DATA as OWN_DATA
from config.schedule import SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent

# Before anything imports NumPy. Its threads wait for each other at full speed: beside other work, the same comparison
# took twice the processor and twice as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# ---------------------------------------------------------------- the basics
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY", debug=DEBUG, for_debug="development-only-never-used-with-debug-off-0123456789")
FIELD_ENCRYPTION_KEY = env.secret("FIELD_ENCRYPTION_KEY", debug=DEBUG, for_debug="development-only-field-key")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "*" if DEBUG else "localhost,127.0.0.1,[::1]")
FRONTEND_URL = env.address("FRONTEND_URL", "http://localhost:3000")
PUBLIC_URL = env.address("PUBLIC_URL", "http://localhost:8000")
PRINTSHOP_PORT = env.whole("PRINTSHOP_PORT", 0)  # where the print shop answers alone, when `make run` started it
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var")
TESTING = "pytest" in sys.modules

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # its looks; the site is our own
    "unfold.contrib.filters",
    "adminpanel.site_config.Config",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_otp",
    "channels",
    "anymail",
    "config.core",
    "accounts",
    "marketplace",
    "commerce",
    "jobs",
    "community",
    "printshop",
    "adminpanel",
]

MIDDLEWARE = [
    "config.streaming.streamed",
    "config.middleware.known_hosts",
    "config.middleware.measured_body",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.request_log",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.cross_origin.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = env.choice("ROOT_URLCONF", "config.urls", ("config.urls", "config.urls_printshop"))
APPEND_SLASH = False  # the slash tells two dialects apart; see config/dialects
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "config.formats"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---------------------------------------------------------------- database
DATABASE_URL = env.text("DATABASE_URL")
if DATABASE_URL:
    DATABASES = {"default": env.database("DATABASE_URL")}
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):
        DATABASES["default"]["ENGINE"] = "config.postgresql"
        DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
        DATABASES["default"].setdefault("OPTIONS", {})
        # A server, or a network, that is gone without a word: an answer is waited for half a minute, not for two hours.
        reachable = {"connect_timeout": 10, "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3}
        DATABASES["default"]["OPTIONS"] = reachable | {"tcp_user_timeout": 30_000} | DATABASES["default"]["OPTIONS"]
        DATABASES["default"]["OPTIONS"]["options"] = "-c lock_timeout=5000 -c statement_timeout=30000"
        pool = env.whole("DATABASE_POOL", 0)
        if pool:
            DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool, "timeout": 10}
        else:
            DATABASES["default"]["CONN_MAX_AGE"] = 600
    elif DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        DATABASES["default"]["ENGINE"] = "config.sqlite"
else:
    DATABASES = {
        "default": {
            "ENGINE": "config.sqlite",
            "NAME": DATA_DIR / "db.sqlite3",
            "CONN_MAX_AGE": 600,
            "OPTIONS": {
                # Writers wait for one another instead of failing when a read turns into a write.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    }

# ---------------------------------------------------------------- redis: broker, channel layer, cache
REDIS_URL = env.redis("REDIS_URL")
if REDIS_URL:
    CELERY_BROKER_URL = env.broker(REDIS_URL)
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "config.channel_layer.Layer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "atelier"},
        }
    }
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "atelier",
            "OPTIONS": {
                "SOCKET_CONNECT_TIMEOUT": 0.2,
                "SOCKET_TIMEOUT": 0.2,
                "IGNORE_EXCEPTIONS": True,  # a cache that is gone makes answers slower, never wrong
            },
        }
    }
else:
    CELERY_BROKER_URL = "filesystem://"
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CACHES["process"] = {  # of this process alone: what counts on while the shared cache is gone
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "process",
    "OPTIONS": {"MAX_ENTRIES": 20_000},
}
SOCKET_PUSH = "accounts.sockets.push"  # how services reach open sockets, which they do not import
LIVE_PUSH = "accounts.sockets.push_to_group"

# Seconds after which a task is ended. Claims outlive it, and the broker waits longer still before it gives a task
# whose worker fell silent to another; a test of what happens then sets it low.
TASK_TIME_LIMIT = env.whole("TASK_TIME_LIMIT", 180, least=5)
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": TASK_TIME_LIMIT * 5,
        # A request that announces something must not wait for a broker that is gone: the sweeps announce it again.
        "socket_connect_timeout": 0.5,
        "socket_timeout": 1,
        "max_retries": 0,
    }
    if REDIS_URL
    else {
        "data_folder_in": str(DATA_DIR / "queue"),
        "data_folder_out": str(DATA_DIR / "queue"),
        "control_folder": str(DATA_DIR / "queue-control"),
        "polling_interval": 0.1,
    }
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = TASK_TIME_LIMIT * 2 // 3
CELERY_TASK_TIME_LIMIT = TASK_TIME_LIMIT
CELERY_TASK_PUBLISH_RETRY = False  # the periodic sweeps publish again what could not be published
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = SCHEDULE

# ---------------------------------------------------------------- files
AWS_ACCESS_KEY_ID = env.text("AWS_ACCESS_KEY_ID")
AWS_SECRET_ACCESS_KEY = env.text("AWS_SECRET_ACCESS_KEY")
AWS_STORAGE_BUCKET_NAME = env.either("AWS_STORAGE_BUCKET_NAME", "AWS_BUCKET_NAME")
AWS_S3_REGION_NAME = env.text("AWS_S3_REGION_NAME", "us-east-1")
AWS_S3_ENDPOINT_URL = env.address("AWS_S3_ENDPOINT_URL") or None
FILE_LINK_SECONDS = env.whole("FILE_LINK_SECONDS", 3600, least=60)
RIGHT_LINK_SECONDS = 300  # on S3, to what somebody may lose the right to
# Who knows whether a link's right still holds.
FILE_RIGHTS = {
    "purchase": "commerce.services.checkout.downloads.purchase_holds",
    "message": "community.selectors.messages.message_is_shown_to",
    "export": "accounts.selectors.exports.export_holds",
}

MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_ROOT = BASE_DIR / "config" / "root"  # what browsers ask for at the root of a host
if AWS_STORAGE_BUCKET_NAME:
    s3_options = {
        "bucket_name": AWS_STORAGE_BUCKET_NAME,
        "region_name": AWS_S3_REGION_NAME,
        "endpoint_url": AWS_S3_ENDPOINT_URL,
        "access_key": AWS_ACCESS_KEY_ID or None,
        "secret_key": AWS_SECRET_ACCESS_KEY or None,
        "addressing_style": "path" if AWS_S3_ENDPOINT_URL else "auto",
        "signature_version": "s3v4",
        "file_overwrite": False,
        "querystring_expire": FILE_LINK_SECONDS,
        "max_memory_size": 2 * 1024 * 1024,
    }
    public_storage, private_storage = bucket_storages(s3_options, custom_domain=env.text("AWS_S3_CUSTOM_DOMAIN"))
else:
    public_storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT / "public", "base_url": MEDIA_URL},
    }
    private_storage = {
        "BACKEND": "config.core.storage.PrivateFileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT / "private"},
    }
STORAGES = {
    "default": public_storage,
    "private": private_storage,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
IMAGE_MAX_BYTES = 20 * 1024 * 1024
UPLOAD_MAX_BYTES = IMAGE_MAX_BYTES + 2 * 1024 * 1024  # of a whole form; more is not even read
IMAGE_MAX_PIXELS = 50_000_000
SMALL_IMAGE_MAX_BYTES = 10 * 1024 * 1024  # profile pictures, covers, thumbnails, banners
SMALL_IMAGE_MAX_PIXELS = 25_000_000
# What reading one image may take, in a process of its own: what is allowed takes half of it, and what takes more is
# refused.
IMAGE_MEMORY_MB = env.whole("IMAGE_MEMORY_MB", 1024, least=256)
IMAGE_SECONDS = env.whole("IMAGE_SECONDS", 10, least=2)
# On this machine, by all processes of the platform together.
IMAGES_AT_ONCE = env.whole("IMAGES_AT_ONCE", min(4, os.cpu_count() or 1), least=1)
# Seconds an upload waits for its turn, and how many of a process's threads may be at it; more are told to come again.
IMAGE_WAIT = env.number("IMAGE_WAIT", 5.0)
IMAGES_A_PROCESS = env.whole("IMAGES_A_PROCESS", 8, least=1)

# Of all files that one person has here.
PERSON_MAX_BYTES = env.whole("PERSON_MAX_GB", 50, least=1) * 1024**3

# ---------------------------------------------------------------- 3-D files
MESH_MAX_BYTES = 200 * 1024 * 1024
# Of any body at all, where no proxy is in front: more than any upload, so that its view can say what is too large.
BODY_MAX_BYTES = 2 * MESH_MAX_BYTES
# What the analysis of one file may take, in a process of its own. The largest STL files, of 4,000,000 triangles, take
# 3.5 GB and half a minute. By the clock it may last longer, up to what a task may.
MESH_MEMORY_MB = env.whole("MESH_MEMORY_MB", 4096, least=512)
MESH_SECONDS = env.whole("MESH_SECONDS", 60, least=5)
# Of all workers together, which have other work beside: fewer than they are.
MESH_AT_ONCE = env.whole("MESH_AT_ONCE", 2, least=1)
# What comparing one shape with all others may take. It takes a few seconds; what takes longer is tried again later.
MESH_COMPARE_SECONDS = env.number("MESH_COMPARE_SECONDS", 20.0)
# Whether a model whose file passed its check is on sale at once: always, or when staff have verified its maker.
MODEL_LIVE_AT_ONCE = {"v1": "always", "nexus": "verified", "cultureup": "verified"}

# ---------------------------------------------------------------- duplicate detection
DUPLICATE_DETECTOR = env.choice("DUPLICATE_DETECTOR", "local", ("local", "rekognition"))
DUPLICATE_CHECK_WAIT = env.number("DUPLICATE_CHECK_WAIT", 10.0)
MESH_CHECK_WAIT = DUPLICATE_CHECK_WAIT  # the same for the analysis and check of 3-D files
PRINT_START_WAIT = 4.0  # seconds that a request waits for a printer to begin
AWS_REKOGNITION_ENDPOINT_URL = env.address("AWS_REKOGNITION_ENDPOINT_URL") or None

# ---------------------------------------------------------------- assistant
LLM_BASE_URL = env.base_address("LLM_BASE_URL")
LLM_API_KEY = env.text("LLM_API_KEY")
LLM_MODEL = env.text("LLM_MODEL")
if LLM_BASE_URL and not LLM_MODEL:
    raise ImproperlyConfigured("LLM_MODEL is not set. With LLM_BASE_URL it is required.")
# Seconds in which the service must have answered, its calls of tools included.
LLM_SECONDS = env.whole("LLM_SECONDS", 40, least=5)
CHAT_MESSAGES_PER_HOUR = env.whole("CHAT_MESSAGES_PER_HOUR", 120, least=1)

# ---------------------------------------------------------------- accounts
AUTH_USER_MODEL = "accounts.User"
LOGIN_REDIRECT_URL = "admin:index"  # of the only login that keeps a session
AUTHENTICATION_BACKENDS = ["accounts.backends.NameOrEmailBackend"]
PASSWORD_HASHERS = [
    "config.core.hashers.Argon2",
    "config.core.hashers.PBKDF2",
]
# Each takes 100 MB and a tenth of a second. Of one process, beyond those that are made and those that wait: 503.
PASSWORD_HASHES_AT_ONCE = env.whole("PASSWORD_HASHES_AT_ONCE", 1, least=1)
PASSWORD_HASHES_WAITING = env.whole("PASSWORD_HASHES_WAITING", 16)
# From one network. Of failures more are taken from where the account has been signed in to before.
SIGN_INS_PER_MINUTE = env.whole("SIGN_INS_PER_MINUTE", 120, least=1)
SIGN_IN_FAILURES = env.whole("SIGN_IN_FAILURES", 30, least=5)
REGISTRATIONS_PER_HOUR = env.whole("REGISTRATIONS_PER_HOUR", 100, least=1)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Nobody registers a name that looks like one of these; digits at its end are not looked at.
RESERVED_NAMES = env.words(
    "RESERVED_NAMES",
    "admin,administrator,root,superuser,support,helpdesk,staff,moderator,manager,system,sysadmin,webmaster,postmaster,"
    "hostmaster,abuse,security,official,noreply,deleted,atelier,cultureup,nexus,artconnect,adminmanager,contentmoderator",
)
ALGORITHM = env.choice("ALGORITHM", "HS256", ("HS256",))  # of access tokens
ACCESS_TOKEN_EXPIRE_MINUTES = env.whole("ACCESS_TOKEN_EXPIRE_MINUTES", 30, least=1)
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=ACCESS_TOKEN_EXPIRE_MINUTES),
    "ALGORITHM": ALGORITHM,
    "AUTH_HEADER_TYPES": ("Bearer",),
    "USER_ID_CLAIM": "sub",
    "UPDATE_LAST_LOGIN": False,
}
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105 (a model)
REST_KNOX = {"AUTH_HEADER_PREFIX": "Token", "TOKEN_TTL": timedelta(days=30), "AUTO_REFRESH": False}
# Social login: a provider is offered when id and secret are set. `tokeninfo_url` says whose app an access token is of;
# where the others lead elsewhere it is not known unless it is set.
OAUTH_CLIENTS = {
    provider: env.social_client(provider.upper(), *addresses)
    for provider, addresses in {
        "google": (
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://oauth2.googleapis.com/token",
            "https://openidconnect.googleapis.com/v1/userinfo",
            "https://oauth2.googleapis.com/tokeninfo",
        ),
        "github": (
            "https://github.com/login/oauth/authorize",
            "https://github.com/login/oauth/access_token",
            "https://api.github.com/user",
            "https://api.github.com/applications/{client_id}/token",
        ),
        "discord": (
            "https://discord.com/oauth2/authorize",
            "https://discord.com/api/oauth2/token",
            "https://discord.com/api/users/@me",
            "https://discord.com/api/oauth2/@me",
        ),
    }.items()
}
# What the model calls when a password is new; it imports no service.
PASSWORD_REPLACED = "accounts.services.passwords.password_replaced"  # noqa: S105 (a dotted name)
# Personal API keys: how long they last unless it is said, at most, and whether without an end.
API_KEY_DAYS = env.whole("API_KEY_DAYS", 90, least=1)
API_KEY_MOST_DAYS = env.whole("API_KEY_MOST_DAYS", 365, least=API_KEY_DAYS)
API_KEY_WITHOUT_END = env.flag("API_KEY_WITHOUT_END", default=False)
TWO_FACTOR_ISSUER = env.text("TWO_FACTOR_ISSUER", "Atelier")

# ---------------------------------------------------------------- money
PAYMENT_CURRENCY = env.currency("PAYMENT_CURRENCY")
CURRENCIES = {
    dialect: PAYMENT_CURRENCY or default
    for dialect, default in {"cultureup": "PKR", "nexus": "USD", "v1": "USD", "printshop": "USD"}.items()
}
# What the prices of new orders hold of a tax, in percent of the price without it; 0: none is charged.
TAX_PERCENT = env.percent("TAX_PERCENT")
TAX_NAME = env.text("TAX_NAME", "VAT")[:40]
# Who writes receipts and statements: name, address, numbers; a line each, with | in between.
RECEIPT_ISSUER = env.text("RECEIPT_ISSUER", f"Atelier|{PUBLIC_URL}").split("|")
FEE_PERCENT = {"cultureup": Decimal("10"), "nexus": Decimal("7.5"), "v1": Decimal("10")}
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
STRIPE_PUBLISHABLE_KEY = env.text("STRIPE_PUBLISHABLE_KEY")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET")
STRIPE_API_BASE = env.address("STRIPE_API_BASE", "https://api.stripe.com")
SANDBOX_ALLOWED = DEBUG or env.flag("SANDBOX_PAYMENTS", default=False)
SANDBOX_WEBHOOK_SECRET = env.text("SANDBOX_WEBHOOK_SECRET") or SECRET_KEY
JAZZCASH_MERCHANT_ID = env.text("JAZZCASH_MERCHANT_ID")
JAZZCASH_PASSWORD = env.text("JAZZCASH_PASSWORD")
JAZZCASH_INTEGRITY_SALT = env.text("JAZZCASH_INTEGRITY_SALT")
JAZZCASH_BASE_URL = env.address("JAZZCASH_BASE_URL", "https://sandbox.jazzcash.com.pk")
BANK_TRANSFER_ACCOUNT = env.text("BANK_TRANSFER_ACCOUNT")
ORDER_PAYMENT_WINDOW_HOURS = env.whole("ORDER_PAYMENT_WINDOW_HOURS", 24, least=1)
# In whole units of the currency, for a promotion without a budget of its own.
PROMOTION_PRICE_PER_DAY = env.whole("PROMOTION_PRICE_PER_DAY", 2, least=1)
JOB_RELEASE_DAYS = env.whole("JOB_RELEASE_DAYS", 14, least=1)
# What a payout costs its seller, in percent of the amount.
PAYOUT_FEE_PERCENT = {
    method: env.percent(f"PAYOUT_FEE_{method.upper()}") for method in ("paypal", "stripe", "bank_transfer", "crypto")
}

# ---------------------------------------------------------------- Etsy
ETSY_CLIENT_ID = env.text("ETSY_CLIENT_ID")
ETSY_SHARED_SECRET = env.text("ETSY_SHARED_SECRET")
# Registered with Etsy, to the letter: the front-end's page that gets the code.
ETSY_REDIRECT_URI = env.address("ETSY_REDIRECT_URI")
# What the sign-in page offers besides the password: a name, and the page that begins it.
SIGN_IN_PAGES = {"Etsy": "etsy_sign_in"} if ETSY_CLIENT_ID else {}
ETSY_AUTH_URL = env.address("ETSY_AUTH_URL", "https://www.etsy.com/oauth/connect")
ETSY_API_BASE = env.address("ETSY_API_BASE", "https://api.etsy.com")
ETSY_WEBHOOK_SECRET = env.text("ETSY_WEBHOOK_SECRET")
# What Etsy charges beside the fees of a payment, and tells of no order: a part of what was paid without taxes, and for
# each piece sold an amount in US dollars. As of https://www.etsy.com/legal/fees/
ETSY_TRANSACTION_FEE_PERCENT = env.percent("ETSY_TRANSACTION_FEE_PERCENT", "6.5")
ETSY_LISTING_FEE = Decimal(str(env.number("ETSY_LISTING_FEE", 0.2)))
# Seconds for which POST /orders/sync is waited for; what is left goes on in the background.
ETSY_SYNC_SECONDS = env.whole("ETSY_SYNC_SECONDS", 20, least=1)

# ---------------------------------------------------------------- printers
# A host, with a port where it is not 8883.
BAMBU_CLOUD_MQTT_HOST = env.text("BAMBU_CLOUD_MQTT_HOST", "us.mqtt.bambulab.com")
BAMBU_CLOUD_API_BASE = env.address("BAMBU_CLOUD_API_BASE", "https://api.bambulab.com")
# Whose signature printers' certificates must have; unset, each printer's first certificate is kept.
BAMBU_TLS_CA_FILE = env.text("BAMBU_TLS_CA_FILE")

# ---------------------------------------------------------------- mail
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Atelier <noreply@localhost>")
MAIL_DIR = DATA_DIR / "mail"
EMAIL_TIMEOUT = 10
mail_server = env.mail("EMAIL_URL")
ANYMAIL = {}
if mail_server:
    vars().update(mail_server)
elif sendgrid_key := env.text("SENDGRID_API_KEY"):
    EMAIL_BACKEND = "anymail.backends.sendgrid.EmailBackend"
    ANYMAIL = {"SENDGRID_API_KEY": sendgrid_key}
elif mailgun_key := env.text("MAILGUN_API_KEY"):
    EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    ANYMAIL = {"MAILGUN_API_KEY": mailgun_key, "MAILGUN_SENDER_DOMAIN": env.text("MAILGUN_SENDER_DOMAIN")}
elif postmark_key := env.text("POSTMARK_SERVER_TOKEN"):
    EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    ANYMAIL = {"POSTMARK_SERVER_TOKEN": postmark_key}
else:
    EMAIL_BACKEND = "config.core.mailbox.FolderBackend"

# Signs what mail servers and services report at /api/webhooks/mail; for a service of the above, `name:password`.
MAIL_WEBHOOK_SECRET = env.text("MAIL_WEBHOOK_SECRET")
if ANYMAIL and MAIL_WEBHOOK_SECRET:
    ANYMAIL["WEBHOOK_SECRET"] = MAIL_WEBHOOK_SECRET

# ---------------------------------------------------------------- REST
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "config.dialects.openapi.Schema",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyCredentials",
        "accounts.authentication.TokenCredentials",
        "accounts.authentication.JWTCredentials",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["config.dialects.bodies.Renderer"],
    "DEFAULT_PARSER_CLASSES": ["config.dialects.bodies.Parser"],
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "NUM_PROXIES": env.whole("TRUSTED_PROXIES", 0),
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%SZ",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Atelier",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],  # the documents are for everybody, whatever credential comes along
    "COMPONENT_SPLIT_REQUEST": True,
    "PATH_CONVERTER_OVERRIDES": {
        "number": {"type": "integer", "minimum": 0},
        "reference": {"oneOf": [{"type": "integer", "minimum": 0}, {"type": "string", "format": "uuid"}]},
    },
    "POSTPROCESSING_HOOKS": [],  # config.dialects.documents does what is to be done
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # It looks at all dialects as one document and finds their names clash; each document is compared on its own.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}

# ---------------------------------------------------------------- how long things are kept
# Then beat's tasks remove them. Audit entries, orders, payments and the ledger are kept always.
KEEP = {
    "deliveries": timedelta(days=env.whole("KEEP_DELIVERIES_DAYS", 30, least=3)),
    "notifications": timedelta(days=env.whole("KEEP_NOTIFICATIONS_DAYS", 365, least=31)),
    "webhooks": timedelta(days=env.whole("KEEP_WEBHOOKS_DAYS", 30, least=4)),
    "sign_in_failures": timedelta(days=env.whole("KEEP_SIGN_IN_FAILURES_DAYS", 1, least=1)),
    "sign_in_places": timedelta(days=env.whole("KEEP_SIGN_IN_PLACES_DAYS", 180, least=1)),
    "visitors": timedelta(days=env.whole("KEEP_VISITORS_DAYS", 400, least=62)),  # figures look back 61 days
    "page_visitors": timedelta(days=env.whole("KEEP_PAGE_VISITORS_DAYS", 2, least=2)),
    "exports": timedelta(days=env.whole("KEEP_EXPORTS_DAYS", 7, least=1)),
    "printer_readings": timedelta(days=env.whole("KEEP_PRINTER_READINGS_DAYS", 30, least=7)),
    "printer_events": timedelta(days=env.whole("KEEP_PRINTER_EVENTS_DAYS", 90, least=1)),
    "etsy_events": timedelta(days=env.whole("KEEP_ETSY_EVENTS_DAYS", 30, least=2)),
}
"""By what it is."""

RATE_LIMITS = env.choice("RATE_LIMITS", "on", ("on", "off"))
COUNTRY_HEADER = env.text("COUNTRY_HEADER")  # of the proxy in front; unset: nobody knows where callers are
CORS_ALLOWED_ORIGINS = env.origins("CORS_ALLOWED_ORIGINS", FRONTEND_URL)
CORS_ALLOWED_ORIGIN_REGEXES = [env.LOCAL_ORIGIN] if DEBUG else []
CORS_ANYBODY = DEBUG  # without credentials
CORS_ALLOW_CREDENTIALS = True
CORS_URLS_REGEX = r"^/(api|media|files)/.*$"
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key", "user-agent", "x-requested-with"]
CORS_ALLOW_HEADERS += ["range", "if-range", "if-match", "if-none-match", "if-modified-since"]
if DEBUG:  # every front-end under development, whatever it sends along; "*" alone would not cover authorization
    CORS_ALLOW_HEADERS.append("*")
CORS_EXPOSE_HEADERS = ["Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]
CORS_EXPOSE_HEADERS += ["Content-Disposition", "Content-Length", "Content-Range", "Accept-Ranges", "ETag"]

# ---------------------------------------------------------------- security
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.pages.csrf_failed"
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
if not DEBUG:
    behind_tls = env.flag("HTTPS", default=True)
    SESSION_COOKIE_SECURE = behind_tls
    CSRF_COOKIE_SECURE = behind_tls
    SECURE_SSL_REDIRECT = behind_tls and not TESTING
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("TRUST_FORWARDED_PROTO", False) else None
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = 31_536_000 if behind_tls else 0
    SECURE_HSTS_INCLUDE_SUBDOMAINS = behind_tls
    SECURE_HSTS_PRELOAD = behind_tls

# ---------------------------------------------------------------- operations
WEBHOOK_ENDPOINTS_PER_PERSON = env.whole("WEBHOOK_ENDPOINTS_PER_PERSON", 10, least=1)
WEBHOOK_ALLOW_PRIVATE = env.flag("WEBHOOK_ALLOW_PRIVATE", default=False)
METRICS = env.flag("METRICS", default=False)
LOG_FORMAT = env.choice("LOG_FORMAT", "console", ("console", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "console": {"()": "config.core.logs.formatter", "json": False},
        "json": {"()": "config.core.logs.formatter", "json": True},
    },
    "filters": {"one_line": {"()": "config.core.logs.OneLine"}},
    "handlers": {
        "stream": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT},
        "refusals": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["one_line"]},
    },
    "root": {
        "handlers": ["stream"],
        "level": env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")),
    },
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        # What anybody can send and is refused (forms of a thousand fields, forged cookies) is no fault of ours.
        "django.security": {"handlers": ["refusals"], "propagate": False},
        "django.server": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},  # refusals are in the request line already
        # The server's lines about requests and sockets hold query strings, and with them tokens.
        "uvicorn": {"handlers": [], "propagate": True},
        "uvicorn.error": {"handlers": [], "propagate": True, "level": "WARNING"},
        "uvicorn.access": {"handlers": [], "propagate": True, "level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "faiss": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},  # its debug lines hold whole answers, client secrets included
    },
}
SENTRY_DSN = env.text("SENTRY_DSN")
if SENTRY_DSN:
    import sentry_sdk
    from sentry_sdk.integrations.logging import ignore_logger

    from config.core.logs import fault_scrubbed

    try:
        # Local variables and bodies hold what people write, and tokens.
        sentry_sdk.init(
            dsn=SENTRY_DSN,
            send_default_pii=False,
            max_request_body_size="never",
            include_local_variables=False,
            trace_propagation_targets=[],  # receivers of webhooks, and others, are told nothing of it
            before_send=fault_scrubbed,
        )
        ignore_logger("django.security.*")
    except sentry_sdk.utils.BadDsn as error:
        raise ImproperlyConfigured(f"SENTRY_DSN: {error}") from None

UNFOLD = {
    "SITE_TITLE": "Atelier",
    "SITE_HEADER": "Atelier",
    "SITE_SYMBOL": "palette",
    "LOGIN": {"form": "adminpanel.sign_in_form.SignInForm"},
    "DASHBOARD_CALLBACK": "adminpanel.pages.dashboard.dashboard",
    "SIDEBAR": {
        "navigation": "adminpanel.pages.menu.menu",
        "show_all_applications": True,
        "show_search": True,
        "command_search": True,
    },
    "COMMAND": {"show_history": False},  # it would stay in a browser that others use, too
}
