"""How far a model's features and age distributions tell people apart, on photos with names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from age_model.data.face_cache import build_face_set
from age_model.data.face_set import FaceSet
from age_model.data.labels import read_labels
from age_model.data.problems import DatasetError
from age_model.evaluation.descriptors import Descriptors, Transformation, describe_faces
from age_model.evaluation.named_source import Source
from age_model.evaluation.sources import PERSON
from age_model.evaluation.verification import (
    AGES,
    FEATURES,
    LEARNED,
    REFERENCE,
    Pairs,
    accept_rates,
    pairs_to_compare,
)
from age_model.i18n.message import Sentence
from age_model.model.age_model import AgeModel
from age_model.model.version import maker_of


def measure_verification(
    model: AgeModel,
    sources: Sequence[Source],
    learned_from: Path,
    references: Mapping[str, nn.Module],
    cache_dir: Path,
    workers: int | None = None,
) -> dict[str, Any]:
    """Measure verification by features, age distributions and other networks.

    Args:
        model: the age model.
        sources: photos with the column `person`, of people on whom nothing was trained.
        learned_from: photos of other people, to learn a transformation of the features from.
        references: as of `describe_faces`.
        cache_dir: as of `build_face_set`.
        workers: as of `build_face_set`.

    Returns:
        `maker`, of the model; `learned`, the `photos` and `people` of the transformation;
        `sources`, a list: `source`, `photos`, `people`, `one_person` and `two_people` (pairs),
        `occasions_differ`, whether the labels show that each pair of one person is from two
        occasions, and `scores`, a list of the metrics of `accept_rates` with `by`, one of the
        names imported above, and for a reference its `name`.

    Raises:
        DatasetError: a source names no people, nobody on it twice, or somebody whom the
            transformation is learned from.
        FaceSetError: as of `build_face_set`.
    """
    others = _faces(model, learned_from, cache_dir, workers)
    people, known = _numbered(others, learned_from)
    transformation = Transformation.fit(describe_faces(model, others).features, people)
    return {
        "maker": maker_of(model.card),
        "learned": {"photos": len(others), "people": int(people.max()) + 1},
        "sources": [
            _measure(model, source, transformation, known, references, cache_dir, workers)
            for source in sources
        ],
    }


def _measure(
    model: AgeModel,
    source: Source,
    transformation: Transformation,
    known: set[str],
    references: Mapping[str, nn.Module],
    cache_dir: Path,
    workers: int | None,
) -> dict[str, Any]:
    faces = _faces(model, source.folder, cache_dir, workers)
    people, names = _numbered(faces, source.folder)
    if names & known:
        raise DatasetError(
            Sentence(
                "{folder} shows people whom the transformation is learned from, such as {name}.",
                folder=source.folder,
                name=min(names & known),
            )
        )
    ages = faces.table["real_age"].to_numpy(float)
    pictures = faces.table["content_hash"].to_numpy(str)
    one_person, two_people = pairs_to_compare(people, ages, pictures)
    if not len(one_person) or not len(two_people):
        raise DatasetError(
            Sentence(
                "The photos in {folder} have no two of one person, or none of two people.",
                folder=source.folder,
            )
        )
    described = describe_faces(model, faces, references)
    return {
        "source": source.name,
        "photos": len(faces),
        "people": int(people.max()) + 1,
        "one_person": len(one_person),
        "two_people": len(two_people),
        "occasions_differ": bool((ages[one_person.first] != ages[one_person.second]).all()),
        "scores": _scores(described, transformation, people, one_person, two_people),
    }


def _scores(
    described: Descriptors,
    transformation: Transformation,
    people: np.ndarray,
    one_person: Pairs,
    two_people: Pairs,
) -> list[dict[str, Any]]:
    compared = [
        ({"by": FEATURES}, described.features),
        ({"by": LEARNED}, transformation(described.features)),
        # The product of the roots of two distributions is their Bhattacharyya coefficient.
        ({"by": AGES}, np.sqrt(described.distributions)),
        *(({"by": REFERENCE, "name": name}, d) for name, d in described.references.items()),
    ]
    return [
        entry | accept_rates(rows @ rows.T, people, one_person, two_people)
        for entry, rows in compared
    ]


def _faces(model: AgeModel, folder: Path, cache_dir: Path, workers: int | None) -> FaceSet:
    """Return the faces that were found; where there is none, the app describes none."""
    faces = build_face_set(read_labels(folder), model.spec, cache_dir, workers)
    found = np.flatnonzero(faces.table["face_found"].astype(bool))
    return replace(
        faces,
        table=faces.table.iloc[found].reset_index(drop=True),
        jpegs=[faces.jpegs[int(number)] for number in found],
    )


def _numbered(faces: FaceSet, folder: Path) -> tuple[np.ndarray, set[str]]:
    """Number the people of photos from 0, an unnamed one as a person of its own; and the names."""
    if PERSON not in faces.table:
        raise DatasetError(
            Sentence("The labels in {folder} have no column “person”.", folder=folder)
        )
    names = faces.table[PERSON]
    alone = pd.Series([(i,) for i in names.index], names.index)  # like no name
    return pd.factorize(names.where(names.notna(), alone))[0], set(names.dropna().astype(str))
