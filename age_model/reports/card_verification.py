"""The part of the model card on whether the model tells who somebody is."""

from collections.abc import Iterator
from pathlib import Path

from age_model.evaluation.verification import AGES, FARS, FEATURES, LEARNED
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from age_model.model.json_files import read_json
from age_model.model.version import maker_of
from age_model.reports.markdown import Block, Metrics, Section, Table, share, table

VERIFICATION_FILE = "verification.json"
COMPARED = {
    FEATURES: mark("features"),
    LEARNED: mark("features, transformed"),
    AGES: mark("age distributions"),
}


def read_verification(folder: Path) -> Metrics | None:
    """Read what the command `verification` wrote to a folder; None if it has nothing.

    Raises:
        OSError, ValueError: it is damaged.
    """
    file = folder / VERIFICATION_FILE
    return read_json(file) if file.exists() else None


def verification(card: Metrics, measured: Metrics | None) -> Iterator[Section]:
    """Yield the section, if this model was measured.

    Args:
        card: the content of `model.json`.
        measured: of `measure_verification`, of this model or another.
    """
    if measured is not None and is_of(card, measured):
        yield Section(tr("Telling who somebody is"), list(_blocks(measured)))


def is_of(card: Metrics, measured: Metrics) -> bool:
    """Return whether this model was measured; arguments as of `verification`."""
    return bool(measured["maker"] == maker_of(card))


def _blocks(measured: Metrics) -> Iterator[Block]:
    yield tr(
        "Do two photos show the same person? They count as such if their similarity is above a "
        "threshold. It is set so that the false accept rate (FAR), the share of pairs of "
        "different people that count as one, is {many} or {few}; the true accept rate (TAR) is "
        "the share of pairs of one person that do. By chance the two would be equal. Each person "
        "and each pair of people counts once; 95% intervals are from a bootstrap over people."
    ).format(many=number(FARS["far_100"], ".0%"), few=number(FARS["far_1000"], ".1%"))
    yield verification_table(measured)
    yield tr(
        "Features are what a network computes of a face just before its last layer, which turns "
        "them into ages. They are compared by their cosine; transformed: after within-class "
        "covariance normalisation learned from {photos} photos of {people} other people, as "
        "somebody could do who wants to tell people apart. Age distributions are compared by "
        "their Bhattacharyya coefficient. A face recognition network is a reference, on the same "
        "aligned faces, and no part of the model."
    ).format(
        photos=number(measured["learned"]["photos"]), people=number(measured["learned"]["people"])
    )
    yield tr(
        "A TAR above the FAR alone does not mean that a face is recognised: people also differ in "
        "age and sex. Where features reach more than age distributions, they hold something of who "
        "a person is, and would need protection as such if they were kept. The app keeps none: "
        "they exist in memory while a face is estimated. The store's record keeps the age "
        "distribution."
    )
    dated, undated = (
        [tr(s["source"]) for s in measured["sources"] if s["occasions_differ"] is known]
        for known in (True, False)
    )
    if dated:
        yield tr("The two photos of a person were taken at different ages: {sources}.").format(
            sources=", ".join(dated)
        )
    if undated:
        yield tr(
            "The labels do not say whether two photos of a person are from one occasion, which "
            "would make them more alike: {sources}."
        ).format(sources=", ".join(undated))
    yield tr(
        "These people are not among the named people of the training photos. UTKFace and the "
        "photos that teachers learned from may show some of them."
    )


def verification_table(measured: Metrics) -> Table:
    """Return the TAR of each source and of all that is compared, from `measure_verification`."""
    header = (
        tr("photos of"),
        tr("compared"),
        tr("n people"),
        tr("n pairs of one person"),
        tr("n pairs of different people"),
        *(
            tr("TAR at FAR {far}").format(far=far)
            for far in (number(FARS["far_100"], ".0%"), number(FARS["far_1000"], ".1%"))
        ),
    )
    rows = [
        (
            tr(source["source"]),
            _compared(score),
            source["people"],
            source["one_person"],
            source["two_people"],
            *(share(score, name) for name in FARS),
        )
        for source in measured["sources"]
        for score in source["scores"]
    ]
    return table(header, rows)


def _compared(score: Metrics) -> str:
    return (
        tr(COMPARED[score["by"]])
        if score["by"] in COMPARED
        else tr("reference: {name}").format(name=score["name"])
    )
