"""Compare the fused operators, forward and every gradient, with the float64 reference at odd sizes.

    python -m mamba.check_kernels

Errors are ||fused - reference|| / ||reference||. float32 must stay under 2e-5 (sums over a few hundred steps),
bfloat16 under 2e-2 (its inputs are rounded first, so that only the arithmetic and the outputs differ).
"""

import torch

from mamba import fused_ops
from mamba import reference_ops

SIZES = [(1, 1, 32), (2, 15, 32), (1, 16, 64), (3, 37, 40), (2, 161, 96), (1, 70, 513)]  # batch, L, d_inner
LIMITS = {torch.float32: 2e-5, torch.bfloat16: 2e-2}


def relative_error(value: torch.Tensor, expected: torch.Tensor) -> float:
    """||value - expected|| / ||expected||; infinite where value is not finite."""
    value, expected = value.double(), expected.double()
    if not torch.isfinite(value).all():
        return float("inf")
    return ((value - expected).norm() / expected.norm().clamp_min(1e-30)).item()


def _compare(fused, reference, inputs, kinds, dtype, seed) -> dict:
    """Run both functions on `inputs` (float64); `kinds` says which are activations ("x"), which weights or states."""
    generator = torch.Generator().manual_seed(seed)
    rounded = [None if x is None else (x.to(dtype) if kind == "x" else x.float()) for x, kind in zip(inputs, kinds)]
    mine = [None if x is None else x.clone().requires_grad_(kind != "state") for x, kind in zip(rounded, kinds)]
    truth = [None if x is None else x.double().requires_grad_(kind != "state") for x, kind in zip(rounded, kinds)]
    out, expected = fused(*mine), reference(*truth)
    out, expected = (x if isinstance(x, tuple) else (x,) for x in (out, expected))
    weight = torch.randn(expected[0].shape, generator=generator, dtype=torch.float64).to(expected[0].device).to(dtype)
    out[0].backward(weight)
    expected[0].backward(weight.double())
    errors = {f"out{i}": relative_error(a, b) for i, (a, b) in enumerate(zip(out, expected))}
    for i, (a, b) in enumerate(zip(mine, truth)):
        if a is not None and a.requires_grad:
            errors[f"grad{i}"] = relative_error(a.grad, b.grad)
    return errors


def check(device: str, sizes=SIZES) -> float:
    """Check every size and type; returns the worst float32 error, raises AssertionError past a limit."""
    worst = {dtype: 0.0 for dtype in LIMITS}
    for case, (batch, length, d_inner) in enumerate(sizes):
        generator = torch.Generator().manual_seed(case)

        def normal(*shape):
            return torch.randn(shape, generator=generator, dtype=torch.float64).to(device)

        # z, B and C are slices of wider tensors in the model: keep that, so that strides are exercised.
        u, dt_pre = normal(batch, length, d_inner), normal(batch, length, d_inner)
        A = -torch.exp(normal(d_inner, 16))
        scan = [u, dt_pre, A, normal(batch, length, 16), normal(batch, length, 16), normal(d_inner),
                normal(batch, length, d_inner), normal(d_inner) - 1.0,
                normal(batch, d_inner, 16) if case % 2 == 0 else None]
        conv = [u, normal(d_inner, 4), normal(d_inner), normal(batch, 3, d_inner) if case % 2 == 0 else None]

        def strided_scan(u, dt_pre, A, B, C, D, z, dt_bias, h0):
            _, B, C = torch.cat([B, B, C], dim=-1).split(16, dim=-1)
            _, z = torch.cat([z, z], dim=-1).chunk(2, dim=-1)
            return fused_ops.selective_scan(u, dt_pre, A, B, C, D, z, dt_bias, h0)

        def strided_conv(x, weight, bias, state):
            x, _ = torch.cat([x, x], dim=-1).chunk(2, dim=-1)
            return fused_ops.causal_conv(x, weight, bias, state)

        for dtype, limit in LIMITS.items():
            kinds = ["x", "x", "w", "x", "x", "w", "x", "w", "state"]
            errors = _compare(strided_scan, reference_ops.selective_scan, scan, kinds, dtype, case)
            conv_errors = _compare(strided_conv, reference_ops.causal_conv, conv, ["x", "w", "w", "state"],
                                   dtype, case)
            errors.update({f"conv_{key}": value for key, value in conv_errors.items()})
            name, value = max(errors.items(), key=lambda item: item[1])
            worst[dtype] = max(worst[dtype], value)
            assert value < limit, f"{dtype} batch={batch} L={length} d_inner={d_inner}: {errors}"
    print("kernels agree with the float64 reference: worst relative error "
          + ", ".join(f"{str(k).removeprefix('torch.')} {v:.1e}" for k, v in worst.items()), flush=True)
    return worst[torch.float32]


if __name__ == "__main__":
    check("cuda")
