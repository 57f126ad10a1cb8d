"""Does the object store work, and does Rekognition answer? Asked by `manage.py check_aws`."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from adminpanel.samples.pictures import picture


@dataclass(frozen=True)
class Finding:
    """`is_good` is None for what is not switched on."""

    subject: str
    is_good: bool | None
    words: str


def aws_check() -> Iterator[Finding]:
    yield _store()
    if settings.AWS_STORAGE_BUCKET_NAME:
        yield _public_files()
    yield _rekognition()


def _store() -> Finding:
    bucket = settings.AWS_STORAGE_BUCKET_NAME
    if not bucket:
        return Finding("S3", None, "not switched on (AWS_STORAGE_BUCKET_NAME is not set); files lie on this disk")
    storage, name, content = storages["private"], f"probe/{uuid.uuid4()}.txt", b"atelier"
    try:
        saved = storage.save(name, ContentFile(content))
        try:
            with storage.open(saved) as file:
                if file.read() != content:
                    return Finding("S3", False, f"bucket {bucket} gave back something else than was put there")
        finally:
            storage.delete(saved)
    except (BotoCoreError, ClientError, OSError) as error:
        return Finding("S3", False, f"bucket {bucket}: {_words(error)}")
    return Finding("S3", True, f"bucket {bucket}: an object was put, read and deleted")


def _public_files() -> Finding:
    """Does a browser see a public file at its plain address?"""
    storage = storages["default"]
    try:
        saved = storage.save(f"probe/{uuid.uuid4()}.txt", ContentFile(b"atelier"))
        try:
            answer = requests.get(storage.url(saved), timeout=10)
        finally:
            storage.delete(saved)
    except (BotoCoreError, ClientError, OSError) as error:
        return Finding("Public files", False, _words(error))
    if answer.status_code == 200 and answer.content == b"atelier":
        return Finding("Public files", True, "everybody may read them at their addresses")
    words = f"their addresses answer {answer.status_code}: open public/ to everybody (manage.py prepare_bucket)"
    return Finding("Public files", False, words)


def _rekognition() -> Finding:
    if settings.DUPLICATE_DETECTOR != "rekognition":
        return Finding("Rekognition", None, "not switched on (DUPLICATE_DETECTOR is local)")
    client = boto3.client(
        "rekognition",
        region_name=settings.AWS_S3_REGION_NAME,
        endpoint_url=settings.AWS_REKOGNITION_ENDPOINT_URL,
        aws_access_key_id=settings.AWS_ACCESS_KEY_ID or None,
        aws_secret_access_key=settings.AWS_SECRET_ACCESS_KEY or None,
        config=Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 1}),
    )
    try:
        answer = client.detect_labels(Image={"Bytes": picture("circles", 1)}, MaxLabels=3)
    except (BotoCoreError, ClientError) as error:
        return Finding("Rekognition", False, _words(error))
    labels = ", ".join(label["Name"] for label in answer.get("Labels", [])) or "none"
    return Finding("Rekognition", True, f"answered with labels: {labels}")


def _words(error: Exception) -> str:
    """What went wrong, and what to do about the usual causes. Never a key."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "unknown")
        hints = {
            "403": "access was refused: check the keys and the rights of their account",
            "404": "there is no such bucket: check its name and region",
            "AccessDenied": "access was refused: check the rights of the account",
            "AccessDeniedException": "access was refused: check the rights of the account",
            "InvalidAccessKeyId": "AWS_ACCESS_KEY_ID is not known there",
            "SignatureDoesNotMatch": "AWS_SECRET_ACCESS_KEY does not fit the key",
            "NoSuchBucket": "there is no such bucket: check its name and region",
        }
        return hints.get(code, f"refused with {code}")
    if type(error).__name__ == "NoCredentialsError":
        return "there are no keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    return f"not reachable ({type(error).__name__}): check the network and the endpoint's address"
