"""Writes an object to S3 through the bridge."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_lambda_bridge.hooks import LambdaBridgeHook

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class S3UploadOperator(BaseOperator):
    """
    Write text or bytes to one S3 object, and return its URI ``s3://bucket/key``.

    The bridge must allow the bucket. S3 encrypts every new object by default
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html).

    :param bucket: the bucket's name (templated)
    :param key: the object's key (templated)
    :param content: what to write; text is encoded as UTF-8 (templated)
    :param replace: overwrite an existing object. If False, an existing object is an error, even if an earlier
        try of the same task wrote it.
    :param content_type: the object's media type
    :param aws_conn_id: no effect; accepted for DAGs written for the Amazon provider
    :param bridge_conn_id: connection to the bridge (templated)
    """

    template_fields: Sequence[str] = ("bridge_conn_id", "bucket", "content", "key")
    ui_color = "#ff7300"

    def __init__(
        self,
        *,
        bucket: str,
        key: str,
        content: str | bytes,
        replace: bool = False,
        content_type: str = "application/octet-stream",
        aws_conn_id: str | None = "aws_default",
        bridge_conn_id: str = LambdaBridgeHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bucket = bucket
        self.key = key
        self.content = content
        self.replace = replace
        self.content_type = content_type
        self.aws_conn_id = aws_conn_id
        self.bridge_conn_id = bridge_conn_id

    @cached_property
    def hook(self) -> LambdaBridgeHook:
        """The hook that talks to the bridge."""
        return LambdaBridgeHook(self.bridge_conn_id)

    def execute(self, context: Context) -> str:
        """Write the object."""
        content = self.content.encode() if isinstance(self.content, str) else self.content
        uri = self.hook.put_object(
            f"s3://{self.bucket}/{self.key}", content, replace=self.replace, content_type=self.content_type
        )
        self.log.info("Wrote %d bytes to %s.", len(content), uri)
        return uri
