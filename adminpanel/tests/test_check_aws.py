"""`manage.py check_aws` against a real S3 server, and against what is not there."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from config.launcher.environment import free_port
from tests.services.environment import clean_environ


def check(tmp_path, command: str = "check_aws", **variables: str) -> tuple[int, str]:
    environ = clean_environ() | {"DEBUG": "1", "DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]} | variables
    done = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=settings.BASE_DIR,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_nothing_is_switched_on(tmp_path):
    code, text = check(tmp_path)
    assert code == 0
    assert "S3: off" in text and "Rekognition: off" in text


@pytest.fixture
def s3(s3_server) -> dict[str, str]:
    return s3_server.env()


def test_a_store_that_works(tmp_path, s3):
    code, text = check(tmp_path, **s3)
    assert (code, "S3: ok" in text) == (0, True), text


def test_public_files_that_nobody_may_read_are_told(tmp_path, s3, s3_server):
    other = s3 | {"AWS_STORAGE_BUCKET_NAME": "closed"}
    s3_server.client().create_bucket(Bucket="closed")
    code, text = check(tmp_path, **other)
    assert code == 1
    assert "S3: ok" in text and "Public files: FAILED: their addresses answer 403" in text
    assert check(tmp_path, "prepare_bucket", **other)[0] == 0
    code, text = check(tmp_path, **other)
    assert (code, "Public files: ok" in text) == (0, True), text


def test_a_wrong_key_is_told_apart_and_never_shown(tmp_path, s3):
    code, text = check(tmp_path, **(s3 | {"AWS_SECRET_ACCESS_KEY": "not-the-right-one"}))
    assert code == 1
    assert "S3: FAILED" in text and "S3 and Public files cannot be used" in text
    assert "not-the-right-one" not in text and "Traceback" not in text


def test_what_is_not_there(tmp_path, s3):
    nowhere = f"http://127.0.0.1:{free_port()}"
    code, text = check(
        tmp_path,
        **(s3 | {"AWS_S3_ENDPOINT_URL": nowhere, "AWS_REKOGNITION_ENDPOINT_URL": nowhere}),
        DUPLICATE_DETECTOR="rekognition",
    )
    assert code == 1
    assert "S3 and Public files and Rekognition cannot be used" in text
    assert text.count("not reachable") == 3
