"""bob offers work, alice does it, charlie and dora must see nothing of it."""

import pytest
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.models import User


@pytest.fixture
def client_of():
    """client_of(alice) is a front-end she is signed in at; client_of(None) one where nobody is."""

    def make(user: User | None) -> APIClient:
        client = APIClient()
        if user is not None:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")
        return client

    return make
