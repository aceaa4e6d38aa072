import streamlit as st

from app_pages._faces import PRIVACY, load_predictor, show_results
from app_pages._settings import show_settings
from app_pages._sources import Source

st.title("Take a picture", anchor=False)
st.markdown(
    "Look at the camera from about an arm's length, with light on the face, then press the button."
)
snapshot = st.camera_input("Camera", resolution="720p", label_visibility="collapsed", width=480)
with st.container(horizontal=True, vertical_alignment="center"):
    st.caption(PRIVACY, width="stretch")
    settings = show_settings()

sources = [Source(snapshot.file_id, "Snapshot", snapshot)] if snapshot else []
show_results(load_predictor(), sources, settings)
