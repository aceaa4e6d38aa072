import streamlit as st

from age_model.i18n.translate import tr
from age_model.release import RUNS, short
from age_model.training.runs import training_runs
from app_pages.train.command import show_start
from app_pages.train.runs import show_runs
from app_pages.widgets.model_choice import show_title

show_title(tr("Train"))
st.markdown(
    tr(
        "Training is started from the command line, and takes minutes with a CUDA card and hours "
        "without. This page has the command, and shows the runs in {folder} while they run."
    ).format(folder=f"`{short(RUNS)}`")
)
show_start()
show_runs(training_runs(RUNS))
