"""Half precision, where it is faster on the hardware."""

import torch


def half_precision(device: torch.device) -> torch.dtype | None:
    """Return the half-precision type that is faster on a device, or None.

    On a CPU without bf16 instructions autocast is slower by an order of magnitude.
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(False) else torch.float16
    has_bf16 = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if has_bf16 else None


def autocast(device: torch.device, dtype: torch.dtype | None) -> torch.autocast:
    """Compute in a type that `half_precision` returned; None leaves everything as it is."""
    return torch.autocast(device.type, dtype or torch.bfloat16, enabled=dtype is not None)
