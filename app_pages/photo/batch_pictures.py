"""The pictures of a batch as one ZIP, made on request."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from age_model.i18n.translate import tr
from age_model.predict.results import with_faces
from age_model.vision.photos import PhotoError, open_photo
from age_model.vision.zip_files import write_pictures
from app_pages.photo.cards import annotated_jpeg, show_two_downloads
from app_pages.photo.compact_result import CompactResult, for_screen
from app_pages.widgets.settings import Settings
from app_pages.widgets.uploads import Source

PICTURE_SIDE = 1200  # pixels: a thousand pictures are about 150 MB


def show_batch_picture_downloads(
    sources: Sequence[Source], known: Mapping[str, CompactResult], settings: Settings
) -> None:
    """Show the download buttons for the pictures of all examined photos, numbered or blurred."""
    show_two_downloads(
        (tr("Download pictures"), tr("Download pictures with faces blurred")),
        ":material/photo_library:",
        partial(pictures_zip, sources, known, settings),
        ("zip", "application/zip"),
        "pictures",
    )


def pictures_zip(
    sources: Sequence[Source],
    known: Mapping[str, CompactResult],
    settings: Settings,
    blurred: bool,
) -> bytes:
    """Return a ZIP of the pictures; the photos are opened again, one after the other."""
    return write_pictures(_pictures(sources, known, settings, blurred))


def _pictures(
    sources: Sequence[Source],
    known: Mapping[str, CompactResult],
    settings: Settings,
    blurred: bool,
) -> Iterator[tuple[str, bytes]]:
    for source in sources:
        if not known[source.key].thumbnail:  # unreadable or not searched: nothing could be blurred
            continue
        try:
            view = for_screen(open_photo(source.read(), PICTURE_SIDE), PICTURE_SIDE)
        except PhotoError:  # it is in the table
            continue
        photo = known[source.key]
        result = with_faces(photo.result, settings.smallest_face, settings.min_score)
        yield source.name, annotated_jpeg(photo, view, result, blurred)
