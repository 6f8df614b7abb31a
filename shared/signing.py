"""Proofs that we gave something out ourselves, each kind with a key of its own; nothing is kept of them."""

import hashlib
import hmac

from shared.settings import Settings


def mac(settings: Settings, purpose: str, text: str) -> bytes:
    """HMAC-SHA256 under a key that is made for one purpose: never Slack's secret itself, for another one."""
    secret = settings.slack_signing_secret.get_secret_value().encode()
    key = hmac.new(secret, purpose.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
