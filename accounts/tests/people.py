"""Callers for tests: clients that carry a person's credential."""

from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.sessions import token_issue
from config.dialects.credentials import access_token


def as_token(user: User) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Token {token_issue(user)}")


def as_bearer(user: User) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")
