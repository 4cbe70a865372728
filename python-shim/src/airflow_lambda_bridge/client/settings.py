"""The settings in an Airflow connection of type ``lambda_bridge``."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from airflow_lambda_bridge.exceptions import LambdaBridgeConnectionError

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Connection

DEFAULT_PORT = 8080
DEFAULT_TIMEOUT_SECONDS = 30.0
DEFAULT_RETRY_SECONDS = 30.0


@dataclass(frozen=True)
class BridgeSettings:
    """The bridge's address, and how to send requests to it."""

    conn_id: str
    base_url: str
    token: str | None = field(default=None, repr=False)
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    """How long a response may take, in addition to the wait that a long poll requests."""
    retry_seconds: float = DEFAULT_RETRY_SECONDS
    """How long an idempotent request is retried while the bridge does not respond."""
    verify: bool | str = True
    """Whether to verify the TLS certificate, or the path of a CA bundle."""

    @property
    def is_loopback(self) -> bool:
        """Whether the bridge runs on this machine, so that requests must not go through a proxy."""
        host = httpx.URL(self.base_url).host
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @classmethod
    def from_connection(cls, connection: Connection) -> BridgeSettings:
        """
        Read a connection: ``host`` (a name or a complete URL), ``port``, ``schema``, ``password``, ``extra``.

        :raises LambdaBridgeConnectionError: with the name of the field and what it must contain
        """
        conn_id = connection.conn_id or ""
        extra = _read_extra(conn_id, connection.extra)
        return cls(
            conn_id=conn_id,
            base_url=_base_url(conn_id, connection),
            token=_read_token(conn_id, connection.password),
            timeout_seconds=_seconds(conn_id, extra, "timeout_seconds", DEFAULT_TIMEOUT_SECONDS),
            retry_seconds=_seconds(conn_id, extra, "retry_seconds", DEFAULT_RETRY_SECONDS),
            verify=_read_verify(extra.get("verify")),
        )


def _read_extra(conn_id: str, text: str | None) -> dict[str, Any]:
    # Airflow's extra_dejson masks secrets with a blocking call, which would block a triggerer's event loop.
    # This extra contains no secrets, so it is parsed here.
    try:
        extra = json.loads(text or "{}")
    except ValueError:
        extra = None
    if not isinstance(extra, dict):
        raise LambdaBridgeConnectionError(f"Connection '{conn_id}': extra is not a JSON object.")
    return extra


def _read_token(conn_id: str, password: str | None) -> str | None:
    # A secret from a file often ends with a newline. httpx would then show the token in its error message.
    token = (password or "").strip()
    if not (token.isascii() and token.isprintable()):
        raise LambdaBridgeConnectionError(
            f"Connection '{conn_id}': password (the bridge's token) contains characters that are not allowed "
            "in an HTTP header."
        )
    return token or None


def _base_url(conn_id: str, connection: Connection) -> str:
    host = (connection.host or "").strip()
    if not host:
        raise LambdaBridgeConnectionError(
            f"Connection '{conn_id}' has no host. Enter the bridge's host name, or its URL such as "
            "http://127.0.0.1:8080."
        )
    port = connection.port
    if "://" not in host:
        if _is_ipv6(host):
            host = f"[{host}]"
        host = f"{connection.schema or 'http'}://{host}"
        port = port or DEFAULT_PORT
    try:
        url = httpx.URL(host)
        # httpx drops a port that is the scheme's default.
        port_of_host = urlsplit(host).port
    except (httpx.InvalidURL, ValueError) as error:
        raise LambdaBridgeConnectionError(f"Connection '{conn_id}': host is not a URL: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise LambdaBridgeConnectionError(
            f"Connection '{conn_id}': '{host}' is not an http or https URL. Check host and schema."
        )
    if port and port_of_host is None:
        url = url.copy_with(port=port)
    return str(url).rstrip("/")


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _seconds(conn_id: str, extra: dict[str, Any], name: str, default: float) -> float:
    value = extra.get(name)
    if value in (None, ""):
        return default
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1
    if not 0 <= seconds < float("inf") or (name == "timeout_seconds" and seconds == 0):
        raise LambdaBridgeConnectionError(
            f"Connection '{conn_id}': extra member '{name}' is {value!r}; it must be a number of seconds."
        )
    return seconds


def _read_verify(value: Any) -> bool | str:
    """Read a boolean or a path; forms and connection URIs give booleans as text."""
    if isinstance(value, bool):
        return value
    word = str(value if value is not None else "").strip()
    if word.lower() in ("", "true", "1", "yes"):
        return True
    if word.lower() in ("false", "0", "no"):
        return False
    return word
