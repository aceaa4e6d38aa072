"""POST /v1/faces: the faces on a photo, with their ages and whether to ask for ID."""

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from age_model.ages import AGE_BINS
from age_model.api.callers import KnownCaller, TheService
from age_model.api.problems import ApiError, responses, too_large
from age_model.api.service import Service
from age_model.predict.id_rule import UNKNOWN_AGE, AskRule, Verdict
from age_model.predict.results import FaceEstimate, PhotoResult
from age_model.serving.rows import as_row
from age_model.vision.faces import main_face
from age_model.vision.photos import MAX_PHOTO_BYTES
from age_model.vision.quality import FaceQuality

MOST_BYTES = MAX_PHOTO_BYTES + 2**16  # with what multipart puts around a photo
MULTIPART = "multipart/form-data"
SENT_WITHIN = 60  # seconds for a body to arrive
router = APIRouter()


class Decision(BaseModel):
    """What to do about a person."""

    verdict: Verdict
    reason: str | None = Field(description="why to ask; null where there is no need to")


class Face(BaseModel):
    """A face and its age; pixels are those of the upright photo."""

    left: float
    top: float
    right: float
    bottom: float
    landmarks: list[tuple[float, float]] = Field(
        description="left eye, right eye, nose, corners of the mouth", min_length=5, max_length=5
    )
    detection_score: float = Field(description="0 to 1")
    age: float = Field(description="years")
    age_low: float = Field(description="lower end of the 90 % range, years")
    age_high: float = Field(description="upper end of the 90 % range, years")
    p_under_18: float = Field(description="probability of being younger than 18")
    p_under_25: float = Field(description="probability of being younger than 25")
    distribution: list[float] = Field(
        description="the probability of each age from 0 to 116",
        min_length=AGE_BINS,
        max_length=AGE_BINS,
    )
    quality: FaceQuality
    warnings: list[str] = Field(description="what makes the estimate less sure")
    decision: Decision


class Rule(BaseModel):
    """Whom the key's store asks for ID; without a key, the model's usual rule."""

    challenge_age: int = Field(description="who looks younger is asked, years")
    likelihood: float = Field(description="who is under 18 with a higher probability is asked too")


class Faces(BaseModel):
    """The faces on a photo, from left to right, as `age-model score` has them."""

    request_id: str
    model_version: str
    width: int = Field(description="of the upright photo, pixels")
    height: int
    faces: list[Face]
    problem: str | None = Field(description="why there is no face")
    buyer: int | None = Field(description="place in `faces` of the likeliest buyer, from 0")
    decision: Decision = Field(description="about the likeliest buyer")
    rule: Rule


_PHOTO = {"type": "string", "format": "binary"}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "image/*": {"schema": _PHOTO},
            "application/octet-stream": {"schema": _PHOTO},
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "properties": {"photo": _PHOTO},
                    "required": ["photo"],
                }
            },
        },
    }
}


@router.post(
    "/v1/faces",
    summary="Estimate the ages on a photo",
    responses=responses(400, 401, 403, 408, 413, 422, 429, 503),
    openapi_extra=_BODY,
)
async def faces(request: Request, caller: KnownCaller, service: TheService) -> Faces:
    """Take a photo as the body, or as the part `photo` of a form. Nothing of it is kept."""
    with service.room.taken(_size(request)):
        content = await _photo_in(request)
        result = await service.examiner.examine(content)
    if result.image is None:
        raise ApiError(
            422, "unreadable", "The photo cannot be read.", str(result.problem or "Send a photo.")
        )
    service.metrics.faces.inc(len(result.faces))
    request.state.noted = {"bytes": len(content), "faces": len(result.faces)}
    store = caller.key.store if caller.key else None
    rule = await run_in_threadpool(service.rule, store)
    return _answer(request, service, result, rule)


def _size(request: Request) -> int:
    """Return how many bytes a body has, or where it does not tell, as many as it may have.

    Raises:
        ApiError: it has more.
    """
    length = request.headers.get("content-length", "")
    size = int(length) if length.isascii() and length.isdigit() else MOST_BYTES
    if size > MOST_BYTES:
        raise too_large(MAX_PHOTO_BYTES)
    return size


async def _photo_in(request: Request) -> bytes:
    try:
        async with asyncio.timeout(SENT_WITHIN):
            if request.headers.get("content-type", "").startswith(MULTIPART):
                return await _part(request)
            return await request.body()
    except TimeoutError as error:
        raise ApiError(
            408,
            "too_slow",
            f"The photo did not arrive within {SENT_WITHIN} s.",
            "Send a smaller photo, or use a faster connection.",
        ) from error


class _InMemory(MultiPartParser):
    spool_max_size = MOST_BYTES  # never a file on the disk


async def _part(request: Request) -> bytes:
    problem = ApiError(
        400,
        "bad_form",
        "The form has no photo.",
        "Send the photo as the part “photo”, or as the body with its own Content-Type.",
    )
    try:
        parser = _InMemory(request.headers, request.stream(), max_files=1, max_fields=8)
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeError, ValueError) as error:
        raise problem from error
    try:
        photo = form.get("photo")
        if not isinstance(photo, UploadFile):
            raise problem
        return await photo.read()
    finally:
        await form.close()


def _answer(request: Request, service: Service, result: PhotoResult, rule: AskRule) -> Faces:
    row = as_row(result, service.examiner.predictor.model.version)
    decisions = [_decision(rule, face) for face in result.faces]
    assert result.image is not None
    buyer = main_face(result.faces, result.image)
    place = (
        None
        if buyer is None
        else next(number for number, face in enumerate(result.faces) if face is buyer)
    )
    described = [
        face | {"decision": decision}
        for face, decision in zip(row.pop("faces"), decisions, strict=True)
    ]
    return Faces(
        request_id=request.state.request_id,
        **row,
        faces=described,
        buyer=place,
        decision=_decision(rule, None) if place is None else decisions[place],
        rule=Rule(challenge_age=rule.challenge_age, likelihood=rule.likelihood),
    )


def _decision(rule: AskRule, face: FaceEstimate | None) -> Decision:
    verdict = rule.verdict(face)
    if verdict not in (Verdict.ASK, Verdict.CANNOT_TELL):
        return Decision(verdict=verdict, reason=None)
    return Decision(verdict=verdict, reason=UNKNOWN_AGE if face is None else rule.reason(face))
