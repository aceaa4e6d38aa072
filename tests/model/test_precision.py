"""Which half precision is used where."""

import pytest
import torch

from age_model.model.precision import half_precision


@pytest.mark.parametrize(
    ("avx512", "amx", "expected"),
    [(False, False, None), (True, False, torch.bfloat16), (False, True, torch.bfloat16)],
)
def test_a_processor_without_bf16_computes_in_full(
    monkeypatch: pytest.MonkeyPatch, avx512: bool, amx: bool, expected: torch.dtype | None
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    assert half_precision(torch.device("cpu")) is expected


@pytest.mark.parametrize(("has_bf16", "expected"), [(True, torch.bfloat16), (False, torch.float16)])
def test_older_cards_compute_in_fp16(
    monkeypatch: pytest.MonkeyPatch, has_bf16: bool, expected: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda emulated: has_bf16)
    assert half_precision(torch.device("cuda")) is expected
