"""Files in a bucket that does not answer."""

import socket

import pytest
from botocore.config import Config
from django.core.files.base import ContentFile
from django.utils.module_loading import import_string

from config.core.storage import bucket_storages

REQUEST_SECONDS = 60  # WEB_TIMEOUT
OPTIONS = {
    "bucket_name": "atelier",
    "region_name": "us-east-1",
    "access_key": "key",
    "secret_key": "word",
    "addressing_style": "path",
    "signature_version": "s3v4",
    "file_overwrite": False,
}


def test_a_silent_bucket_is_given_up_before_the_request_is():
    for stored in bucket_storages(OPTIONS):
        config = stored["OPTIONS"]["client_config"]
        once = config.connect_timeout + config.read_timeout
        assert once * config.retries["total_max_attempts"] < REQUEST_SECONDS
        assert (config.s3, config.signature_version) == ({"addressing_style": "path"}, "s3v4")


def test_it_is_what_the_client_goes_by():
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never says a word
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        _public, private = bucket_storages(OPTIONS | {"endpoint_url": endpoint})
        usual = private["OPTIONS"]["client_config"]
        hurried = usual.merge(Config(read_timeout=0.05, retries={"total_max_attempts": 1}))
        storage = import_string(private["BACKEND"])(**private["OPTIONS"] | {"client_config": hurried})
        with pytest.raises(Exception, match="Read timeout"):
            storage.save("a.txt", ContentFile(b"a"))
    client = import_string(private["BACKEND"])(**private["OPTIONS"]).connection.meta.client
    assert (client.meta.config.read_timeout, client.meta.config.connect_timeout) == (15, 3)
