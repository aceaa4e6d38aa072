"""What to do when the camera shows nothing: the browser does not tell the page why."""

import streamlit as st

from age_model.language import tr


def show_camera_help(without: str) -> None:
    """Show, folded, what to do for each reason that a camera does not work.

    Args:
        without: what to do without any camera, in the reader's language.
    """
    with st.expander(tr("The camera does not work?"), icon=":material/no_photography:"):
        st.markdown(
            tr(
                "- **Not allowed:** press the icon beside the page's address, allow the camera, "
                "and reload the page.\n"
                "- **In use:** close other programs that use the camera, such as video calls.\n"
                "- **Address:** browsers give the camera only to pages whose address begins with "
                "`https://` or `http://localhost`."
            )
            + "\n- "
            + without
        )
