"""What the server was started with, checked before anybody is let in."""

from typing import NamedTuple

import streamlit as st
from streamlit.auth_util import get_secrets_auth_section

from age_model.access.configuration import Access, access_in_use
from age_model.access.start import Settings, check_start
from age_model.i18n.message import Sentence


class Entrance(NamedTuple):
    """Who is let in.

    Attributes:
        access: what access.toml says; None in open mode.
        headers: in which a proxy names visitors.
        note: what to tell at the start.
    """

    access: Access | None
    headers: tuple[str, ...]
    note: Sentence


def checked_entrance() -> Entrance:
    """Return who is let in.

    Raises:
        AccessFileError: access.toml cannot be used.
        StartError: the app must not start like this.
    """
    headers = st.get_option("server.trustedUserHeaders") or {}
    settings = Settings(
        st.get_option("server.address"), headers, get_secrets_auth_section().to_dict()
    )
    access = access_in_use()
    return Entrance(access, tuple(headers), check_start(access, settings))
