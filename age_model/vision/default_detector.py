"""The face detector that is used where none is given: the one line to change for another."""

from age_model.vision.detector import MIN_SCORE, Detector


def default_detector(min_score: float = MIN_SCORE, device: str = "cpu") -> Detector:
    """Return the detector of the app, the commands and the training.

    Args:
        min_score: faces of a lower score are left out.
        device: where its networks run.
    """
    from age_model.vision.mtcnn import Mtcnn  # takes seconds: it loads torch

    return Mtcnn(min_score, device)
