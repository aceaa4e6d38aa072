"""All doubtful photos in one list, and which of them are decided."""

import pandas as pd

from age_model.data.checks import TWIN_COLUMNS
from age_model.data.corrections import Correction, Decision
from age_model.data.problems import Problem, ProblemKind
from age_model.data.to_do import COLUMNS, DOUBTFUL, ToDo, doubtful_photos

LABELS = pd.DataFrame(
    {
        "file_name": ["a.jpg", "b.jpg", "c.jpg"],
        "path": ["x/a.jpg", "x/b.jpg", "x/c.jpg"],
        "real_age": [5.0, 50.0, 30.0],
        "split": ["train", "test", None],
    }
)
TWINS = pd.DataFrame(
    [
        (1, "a.jpg", "x/a.jpg", 5.0, "train", 45.0),
        (1, "b.jpg", "x/b.jpg", 50.0, "test", 45.0),
        (2, "c.jpg", "x/c.jpg", 30.0, "train", 0.0),  # the same age in two splits
    ],
    columns=list(TWIN_COLUMNS),
)
DOUBTS = pd.DataFrame({"file_name": ["b.jpg", "gone.jpg"], "predicted_age": [20.0, 9.0]})
PROBLEMS = [
    Problem(ProblemKind.NO_FACE, "c.jpg"),
    Problem(ProblemKind.MISSING_AGE, "c.jpg"),
    Problem(ProblemKind.UNREADABLE, "gone.jpg"),
]


def test_each_doubt_about_a_photo_of_the_labels_is_an_item() -> None:
    items = doubtful_photos(LABELS, PROBLEMS, TWINS, DOUBTS)
    assert tuple(items) == COLUMNS
    told = items[["kind", "file_name", "real_age", "predicted_age", "other_ages"]]
    assert told.astype(object).where(told.notna(), None).to_numpy().tolist() == [
        [str(ProblemKind.CONFLICTING_AGES), "a.jpg", 5.0, None, "50"],
        [str(ProblemKind.CONFLICTING_AGES), "b.jpg", 50.0, None, "5"],
        [DOUBTFUL, "b.jpg", 50.0, 20.0, None],
        [str(ProblemKind.NO_FACE), "c.jpg", 30.0, None, None],
    ]


def test_a_decision_on_a_photo_ends_all_doubts_about_it() -> None:
    items = doubtful_photos(LABELS, PROBLEMS, TWINS, DOUBTS)
    to_do = ToDo(items, {"b.jpg": Correction("b.jpg", Decision.EXCLUDE)})
    left, done = to_do.counts(decided=False), to_do.counts(decided=True)
    assert [n for n in left.values() if n] == [1, 1] and to_do.is_left
    assert (done[str(ProblemKind.CONFLICTING_AGES)], done[DOUBTFUL]) == (1, 1)
    assert to_do.of_kind(DOUBTFUL, decided=False).empty


def test_about_test_photos_there_is_nothing_to_do_but_what_was_decided_stays() -> None:
    items = doubtful_photos(LABELS, [], TWINS.head(0), DOUBTS)
    to_do = ToDo(items, {})
    assert not to_do.is_left and to_do.of_test == {"b.jpg"}
    decided = ToDo(items, {"b.jpg": Correction("b.jpg", Decision.EXCLUDE)})
    assert decided.of_kind(DOUBTFUL, decided=True)["file_name"].tolist() == ["b.jpg"]
    everything = ToDo(doubtful_photos(LABELS, PROBLEMS, TWINS, DOUBTS), {})
    assert everything.is_left and everything.of_test == {"b.jpg"}


def test_without_doubts_there_is_nothing_to_do() -> None:
    items = doubtful_photos(LABELS, [], TWINS.head(0), DOUBTS.head(0))
    assert items.empty and tuple(items) == COLUMNS
