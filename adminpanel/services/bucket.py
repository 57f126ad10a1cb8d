"""The bucket's own rules: who may read what of it, and from which sites. `manage.py prepare_bucket` writes them."""

import json
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from django.conf import settings

EXPOSED = ["Content-Disposition", "Content-Length", "Content-Range", "Accept-Ranges", "ETag"]


def bucket_policy(bucket: str) -> dict[str, Any]:
    """Everybody reads the public folder, file by file; the private one only by signed links."""
    reading = {
        "Sid": "PublicFiles",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/public/*",
    }
    return {"Version": "2012-10-17", "Statement": [reading]}


def bucket_cors(origins: list[str]) -> dict[str, Any]:
    """The front-ends' scripts may read files, also parts of them."""
    rule = {
        "AllowedOrigins": origins,
        "AllowedMethods": ["GET", "HEAD"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": EXPOSED,
        "MaxAgeSeconds": 86400,
    }
    return {"CORSRules": [rule]}


def bucket_prepare(*, create: bool = False) -> None:
    """Write both rules, over those that were there. Again does no harm. Raises ClientError and BotoCoreError."""
    bucket = settings.AWS_STORAGE_BUCKET_NAME
    client = boto3.client(
        "s3",
        region_name=settings.AWS_S3_REGION_NAME,
        endpoint_url=settings.AWS_S3_ENDPOINT_URL,
        aws_access_key_id=settings.AWS_ACCESS_KEY_ID or None,
        aws_secret_access_key=settings.AWS_SECRET_ACCESS_KEY or None,
        config=Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 3}),
    )
    if create:
        try:
            client.create_bucket(Bucket=bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(bucket_policy(bucket)))
    client.put_bucket_cors(Bucket=bucket, CORSConfiguration=bucket_cors(settings.CORS_ALLOWED_ORIGINS))
