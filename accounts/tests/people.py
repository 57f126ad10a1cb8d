"""Callers for tests: clients that carry a person's credential."""

import base64
import secrets
from typing import Any

from django.utils import timezone
from django_otp.oath import TOTP
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.models import AuthenticatorDevice, User
from accounts.services.api_keys import key_made
from accounts.services.sessions import token_issue
from accounts.tests.factories import ApiKeyFactory


def as_token(user: User) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Token {token_issue(user)}")


def as_bearer(user: User) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")


def as_key(user: User, *scopes: str, **columns: Any) -> APIClient:
    """A program of that person's, with a key for these scopes."""
    text = key_made()
    ApiKeyFactory.create(user=user, text=text, scopes=list(scopes), **columns)
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {text}")


def with_two_factor(user: User) -> AuthenticatorDevice:
    """2FA turned on, without backup codes and without a code used up."""
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    return AuthenticatorDevice.objects.create(user=user, secret=secret, confirmed=True, confirmed_at=timezone.now())


def totp_of(secret: str) -> str:
    """What the person's authenticator app shows now."""
    return f"{TOTP(base64.b32decode(secret)).token():06d}"
