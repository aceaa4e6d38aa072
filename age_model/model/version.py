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


def maker_of(card: dict[str, Any]) -> str:
    """Return the name by which measured predictions remember their model.

    It changes with whatever changes an estimate, and not with what is added to the card later on:
    the figures measured on those predictions, and what the photos allow.

    Args:
        card: the content of its `model.json`.
    """
    kept = {key: entry for key, entry in card.items() if key not in ("metrics", "licence")}
    return version_of(card.get("architecture", ""), kept)
