"""The connections to Telegram: two pools, their time limits, proxies and certificates. Says nothing itself."""

import os
import ssl

import httpx
from telegram.request import HTTPXRequest

UPLOADS_TAKE = 6
"""How many times as long as a message one piece of a file, or Telegram's look at it, may take."""

_SENDING_CONNECTIONS = 32
_LISTENING_CONNECTIONS = 2


def connections(timeout_s: float) -> tuple[HTTPXRequest, HTTPXRequest]:
    """Two pools, for listening and for sending: a long poll never keeps a message waiting.

    Raises ValueError, without any address, where a proxy or certificates cannot be used.
    """
    try:
        trusted = trusted_certificates()
        return (
            _pool(_LISTENING_CONNECTIONS, timeout_s, trusted),
            _pool(_SENDING_CONNECTIONS, timeout_s, trusted),
        )
    except (OSError, ValueError, RuntimeError, httpx.InvalidURL):
        named = "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, SSL_CERT_FILE or CURL_CA_BUNDLE"
    # Outside of the clause and without its text: a proxy's address may hold a password.
    raise ValueError(f"the environment names a proxy or certificates that cannot be used: {named}")


def _pool(size: int, timeout_s: float, trusted: ssl.SSLContext) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=size,
        read_timeout=timeout_s,
        write_timeout=timeout_s,
        media_write_timeout=UPLOADS_TAKE * timeout_s,
        connect_timeout=timeout_s,
        pool_timeout=timeout_s / 2,
        httpx_kwargs={"verify": trusted},
    )


def trusted_certificates() -> ssl.SSLContext:
    """The authorities that the environment names, in CURL_CA_BUNDLE too, else the usual ones."""
    bundle = os.environ.get("CURL_CA_BUNDLE")
    if bundle and not os.environ.get("SSL_CERT_FILE"):
        return ssl.create_default_context(cafile=bundle)
    return httpx.create_ssl_context()
