"""The name under which the record stores which model made an estimate."""

import hashlib
import json
from typing import Any

CARD_FILE = "model.json"


def version_of(architecture: str, card: dict[str, Any]) -> str:
    """Return a name that changes whenever a model is trained or calibrated again.

    Args:
        architecture: of its networks.
        card: the content of its `model.json`.
    """
    text = json.dumps(card, sort_keys=True).encode()
    return f"{architecture} {hashlib.sha256(text).hexdigest()[:12]}"
