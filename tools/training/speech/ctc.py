"""CTC loss whose forward and backward are device work only, so that a training step can be captured in a graph."""

import ctypes
import pathlib

import torch

from mamba import cuda_library

STATES = 1024  # 2 * longest target + 1 must not exceed it
_library = None


class _Args(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("logp", "targets", "lengths", "alpha", "nll", "occupancy")] + [
        (name, ctypes.c_longlong) for name in ("T", "V", "Lmax")]


def build() -> ctypes.CDLL:
    """Compile and load the kernel."""
    global _library
    if _library is None:
        _library = cuda_library.load(pathlib.Path(__file__).with_name("ctc.cu"))
        _library.launchCtc.argtypes = [ctypes.c_void_p, ctypes.c_longlong, ctypes.c_void_p]
        _library.launchCtc.restype = ctypes.c_int
    return _library


class CtcLoss(torch.autograd.Function):
    """nll [batch] of `targets` under `logits` (blank 0); zero, without gradient, where no path exists.

    logits: [batch, T, V] float32, V at most 64; targets: [batch, Lmax] int32; lengths: [batch] int32, at most 511.
    """

    @staticmethod
    def forward(ctx, logits, targets, lengths):
        logp = torch.log_softmax(logits, dim=-1).contiguous()
        batch, T, V = logp.shape
        alpha = torch.empty((batch, T, STATES), device=logp.device)
        nll = torch.empty(batch, device=logp.device)
        occupancy = torch.empty_like(logp)
        args = _Args(logp.data_ptr(), targets.data_ptr(), lengths.data_ptr(), alpha.data_ptr(), nll.data_ptr(),
                     occupancy.data_ptr(), T, V, targets.shape[1])
        code = build().launchCtc(ctypes.byref(args), batch, torch.cuda.current_stream().cuda_stream)
        if code != 0:
            raise RuntimeError(f"CTC: CUDA error {code}")
        ctx.save_for_backward(logp, occupancy)
        return nll

    @staticmethod
    def backward(ctx, grad):
        logp, occupancy = ctx.saved_tensors
        total = occupancy.sum(-1, keepdim=True)  # 1 where a path exists, else 0
        return (logp.exp() * total - occupancy) * grad[:, None, None], None, None


def check(device: str = "cuda") -> float:
    """Compare loss and gradient with torch's CTC in float64 at odd sizes; returns the worst relative error.

    The limit, 1e-3, is what float32 leaves of log-probabilities that sum to about a thousand.
    """
    worst = 0.0
    generator = torch.Generator().manual_seed(5)
    for batch, T, V, Lmax in ((1, 1, 3, 1), (3, 17, 5, 7), (4, 63, 29, 20), (2, 400, 29, 180)):
        logits = torch.randn((batch, T, V), generator=generator).to(device) * 2
        targets = torch.randint(1, V, (batch, Lmax), generator=generator, dtype=torch.int32).to(device)
        lengths = torch.randint(1, Lmax + 1, (batch,), generator=generator, dtype=torch.int32).to(device)
        mine, truth = logits.clone().requires_grad_(), logits.double().requires_grad_()
        weight = torch.rand(batch, generator=generator).to(device)
        nll = CtcLoss.apply(mine, targets, lengths)
        (nll * weight).sum().backward()
        expected = torch.nn.functional.ctc_loss(
            truth.log_softmax(-1).transpose(0, 1), targets.long(), torch.full((batch,), T), lengths.long().cpu(),
            reduction="none", zero_infinity=True)
        (expected * weight).sum().backward()
        for a, b in ((nll, expected), (mine.grad, truth.grad)):
            worst = max(worst, ((a.double() - b).norm() / b.norm().clamp_min(1e-9)).item())
    assert worst < 1e-3, f"CTC differs from torch's in float64: {worst}"
    print(f"CTC agrees with torch's in float64: worst relative error {worst:.1e}", flush=True)
    return worst
