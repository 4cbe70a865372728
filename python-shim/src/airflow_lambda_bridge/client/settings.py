"""What an Airflow connection of type ``lambda_bridge`` says about the bridge."""

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
    """Where the bridge is and how to talk to it."""

    conn_id: str
    base_url: str
    token: str | None = field(default=None, repr=False)
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    """How long an answer may take, besides the time that a request asks the bridge to wait."""
    retry_seconds: float = DEFAULT_RETRY_SECONDS
    """How long a request that may be repeated is repeated while the bridge does not answer."""
    verify: bool | str = True
    """Whether to check the certificate, or the path of a CA bundle."""

    @property
    def is_loopback(self) -> bool:
        """Whether the bridge runs on this machine, where no proxy belongs in between."""
        host = httpx.URL(self.base_url).host
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @classmethod
    def from_connection(cls, connection: Connection) -> BridgeSettings:
        """
        Read a connection: ``host`` (or a whole URL in it), ``port``, ``schema``, ``password``, ``extra``.

        :raises LambdaBridgeConnectionError: naming the field and what it should hold
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
    # Not extra_dejson: it masks secrets by a blocking call, which a triggerer's event loop must not make,
    # and there are none in here.
    try:
        extra = json.loads(text or "{}")
    except ValueError:
        extra = None
    if not isinstance(extra, dict):
        raise LambdaBridgeConnectionError(f"Connection '{conn_id}': extra is not a JSON object.")
    return extra


def _read_token(conn_id: str, password: str | None) -> str | None:
    # A secret that was read from a file ends with a newline, and the error of httpx shows the whole token.
    token = (password or "").strip()
    if not (token.isascii() and token.isprintable()):
        raise LambdaBridgeConnectionError(
            f"Connection '{conn_id}': password, the bridge's token, holds characters that no HTTP header can "
            "carry."
        )
    return token or None


def _base_url(conn_id: str, connection: Connection) -> str:
    host = (connection.host or "").strip()
    if not host:
        raise LambdaBridgeConnectionError(
            f"Connection '{conn_id}' has no host. Give the bridge's host name, or its URL such as "
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
        # httpx does not tell a port that is the scheme's own from none.
        port_of_host = urlsplit(host).port
    except (httpx.InvalidURL, ValueError) as error:
        raise LambdaBridgeConnectionError(f"Connection '{conn_id}': host is not a URL: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise LambdaBridgeConnectionError(
            f"Connection '{conn_id}': '{host}' is no http or https URL. Check host and schema."
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
    """Forms and URIs give text: the words for yes and no mean that, anything else is a path."""
    if isinstance(value, bool):
        return value
    word = str(value if value is not None else "").strip()
    if word.lower() in ("", "true", "1", "yes"):
        return True
    if word.lower() in ("false", "0", "no"):
        return False
    return word
