"""Who uses the page that is being drawn, and whether she may."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast

import streamlit as st

from age_model.access.configuration import access_in_use
from age_model.access.rights import Action
from age_model.access.start import open_to_network
from age_model.access.visitor import ANYBODY, NOBODY, AccessDenied, Visitor
from age_model.i18n.translate import tr
from app_pages.widgets.till import till_address
from app_pages.widgets.words import plain


def current_visitor() -> Visitor:
    """Return who uses the page that is being drawn.

    What she may do is looked up anew each time: the end of a sign-in is noticed at the next click.
    """
    access = access_in_use()
    return ANYBODY if access is None else access.visitor(st.user.to_dict(), time.time())


def require(action: Action, store: str | None = None) -> Visitor:
    """Return the visitor, if she may do something; else show why not, and end the page.

    Args:
        action: that the page, or a part of it, is for.
        store: in which; by default any.
    """
    visitor = current_visitor()
    try:
        visitor.check(action, store)
    except AccessDenied as denied:
        say_no(tr(denied.args[0]))
    return visitor


def say_no(reason: str) -> NoReturn:
    """Show why a visitor sees nothing, and end the page.

    Args:
        reason: Markdown, in the reader's language.
    """
    st.error(reason, icon=":material/lock:")
    st.stop()


def say_not_yours(page: str) -> None:
    """Tell a visitor that the page whose address she opened is not for her role.

    Args:
        page: its title, in the reader's language.
    """
    st.title(tr("Not for your role"), anchor=False)
    st.markdown(
        tr("Your role does not include the page “{page}”: ask the administrator for it.").format(
            page=page
        )
    )


Show = TypeVar("Show", bound=Callable[..., None])


def fragment(show: Show, run_every: float | None = None) -> Show:
    """Make a fragment that is drawn only as long as the visitor is signed in.

    Streamlit draws it again without the page around it, which asks who is there; by itself too, if
    it is to `run_every` some seconds.
    """

    @wraps(show)
    def show_if_signed_in(*arguments: Any, **named: Any) -> None:  # noqa: ANN401
        _ask_anew_if_signed_out()
        show(*arguments, **named)

    return cast(Show, st.fragment(show_if_signed_in, run_every=run_every))


def leave_in_time() -> None:
    """Have a page that stays open drawn anew, and so ask to sign in, when the sign-in has ended."""
    access = access_in_use()
    left = None if access is None else access.seconds_left(st.user.to_dict(), time.time())
    if left is not None and left > 0:
        st.fragment(_ask_anew_if_signed_out, run_every=left + 1)()


def _ask_anew_if_signed_out() -> None:
    if current_visitor() == NOBODY:
        st.rerun()


def show_account(visitor: Visitor) -> None:
    """Show who has signed in, and how to end that."""
    access = access_in_use()
    if access is not None and visitor != NOBODY:
        st.caption(plain(visitor.name))
        if access.sign_in == "oidc":
            st.button(tr("Sign out"), icon=":material/logout:", on_click=st.logout)


def show_entrance() -> None:
    """Ask a visitor to sign in; tell who has, but has no role, what to do."""
    visitor = current_visitor()
    if visitor != NOBODY:
        text = tr(
            "You are signed in as {name}, which has no role here: ask the administrator for one."
        )
        say_no(text.format(name=plain(visitor.name)))
    access = access_in_use()
    if access is None or access.sign_in == "proxy":
        say_no(tr("The proxy in front of this app did not tell who you are: sign in there."))
    st.title(tr("Sign in"), anchor=False)
    st.markdown(tr("Sign in with your work account to go on."))
    st.button(tr("Sign in"), icon=":material/login:", type="primary", on_click=st.login)
    address = plain(till_address())
    st.caption(tr("To use this device as a till, open {address}.").format(address=address))


def warn_of_open_network() -> None:
    """Warn if there is no access.toml, and the app is reached from other computers."""
    if access_in_use() is None and open_to_network():
        text = tr(
            "This app is open to the network without sign-in: whoever reaches it sees and changes "
            "everything."
        )
        st.warning(text, icon=":material/lock_open:")
