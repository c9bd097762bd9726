"""Fused CUDA operators of the recipe and their autograd: selective scan and causal convolution.

`fused_ops.cu` and `causal_conv.cuh` hold the kernels. They are compiled once per machine with `nvcc` into a shared
library that is loaded with ctypes, so that no PyTorch extension has to be built. Activations are float32 or bfloat16
[batch, L, channel]; parameters and states are float32. `reference_ops.py` says the same in plain PyTorch;
`check_kernels.py` compares.
"""

import ctypes
import pathlib

import torch

from mamba import cuda_library

D_STATE = 16  # fixed in the kernels
D_CONV = 4
CHUNK = 16
CHANNELS = 32
CONV_TILE = 32

_POINTER = ctypes.c_void_p
_INT = ctypes.c_int64


class ScanArgs(ctypes.Structure):
    """Mirror of `struct ScanArgs` in fused_ops.cu."""

    _fields_ = [(name, _POINTER) for name in (
        "u", "dt_pre", "z", "b", "c", "a", "d", "dt_bias", "h0", "out", "h_last", "kept",
        "dout", "du", "ddt_pre", "dz", "dbc", "da", "dd", "dbias")] + [(name, _INT) for name in (
            "u_batch", "u_step", "dt_batch", "dt_step", "z_batch", "z_step", "b_batch", "b_step", "c_batch", "c_step",
            "batch", "length", "d_inner")]


class ConvArgs(ctypes.Structure):
    """Mirror of `struct ConvArgs` in causal_conv.cuh."""

    _fields_ = [(name, _POINTER) for name in ("x", "weight", "bias", "state", "out", "dout", "dx", "dparam")] + [
        (name, _INT) for name in ("x_batch", "x_step", "batch", "length", "d_inner")]


_library = None


def build() -> ctypes.CDLL:
    """Compile (once, kept in the temporary directory by content) and load the kernels. Raises if nvcc fails."""
    if _library is None:
        use_library(cuda_library.build(pathlib.Path(__file__).with_name("fused_ops.cu")))
    return _library


def use_library(path) -> None:
    """Load the launchers from the shared library at `path`."""
    global _library
    _library = ctypes.CDLL(str(path))
    for name in ("launchScanForward", "launchScanBackward", "launchConvForward", "launchConvBackward"):
        function = getattr(_library, name)
        function.argtypes = [_POINTER, ctypes.c_int, _POINTER]
        function.restype = ctypes.c_int


def _launch(name: str, args: ctypes.Structure, like: torch.Tensor) -> None:
    stream = torch.cuda.current_stream().cuda_stream if like.is_cuda else None
    code = getattr(build(), name)(ctypes.byref(args), int(like.dtype == torch.bfloat16), stream)
    if code != 0:
        raise RuntimeError(f"{name}: CUDA error {code}")


def _rows(x: torch.Tensor) -> torch.Tensor:
    """`x` [batch, L, channel] with unit stride over channels (a copy only if it has another)."""
    return x if x.stride(-1) == 1 else x.contiguous()


class SelectiveScan(torch.autograd.Function):
    """out = scan(u, dt, A, B, C, D) * silu(z), and the state after the last step.

    u, dt_pre, z: [batch, L, d_inner]; B, C: [batch, L, 16]; A (negative): [d_inner, 16]; D, dt_bias: [d_inner];
    h0: [batch, d_inner, 16] or None. Returns out [batch, L, d_inner] and h_last [batch, d_inner, 16]; no gradient
    flows through h0 or h_last (truncated backpropagation).
    """

    @staticmethod
    def forward(ctx, u, dt_pre, A, B, C, D, z, dt_bias, h0):
        u, dt_pre, B, C, z = (_rows(t) for t in (u, dt_pre, B, C, z))
        A, D, dt_bias = A.contiguous(), D.contiguous(), dt_bias.contiguous()
        if any(t.dtype != u.dtype for t in (dt_pre, B, C, z)) or A.shape[1] != D_STATE:
            raise ValueError("selective scan: activations of one type and d_state 16 expected")
        if h0 is not None:
            h0 = h0.contiguous()
        batch, length, d_inner = u.shape
        out = torch.empty((batch, length, d_inner), dtype=u.dtype, device=u.device)
        h_last = torch.empty((batch, d_inner, D_STATE), dtype=torch.float32, device=u.device)
        kept = None
        if any(ctx.needs_input_grad):
            kept = torch.empty((batch, -(-length // CHUNK), d_inner, D_STATE), dtype=torch.float32, device=u.device)
        args = SelectiveScan._args(u, dt_pre, A, B, C, D, z, dt_bias)
        args.h0 = None if h0 is None else h0.data_ptr()
        args.out, args.h_last = out.data_ptr(), h_last.data_ptr()
        args.kept = None if kept is None else kept.data_ptr()
        _launch("launchScanForward", args, u)
        ctx.save_for_backward(u, dt_pre, A, B, C, D, z, dt_bias, kept)
        ctx.mark_non_differentiable(h_last)
        return out, h_last

    @staticmethod
    def _args(u, dt_pre, A, B, C, D, z, dt_bias) -> ScanArgs:
        args = ScanArgs(u=u.data_ptr(), dt_pre=dt_pre.data_ptr(), z=z.data_ptr(), b=B.data_ptr(), c=C.data_ptr(),
                        a=A.data_ptr(), d=D.data_ptr(), dt_bias=dt_bias.data_ptr())
        args.batch, args.length, args.d_inner = u.shape
        args.u_batch, args.u_step = u.stride()[:2]
        args.dt_batch, args.dt_step = dt_pre.stride()[:2]
        args.z_batch, args.z_step = z.stride()[:2]
        args.b_batch, args.b_step = B.stride()[:2]
        args.c_batch, args.c_step = C.stride()[:2]
        return args

    @staticmethod
    def backward(ctx, dout, _):
        u, dt_pre, A, B, C, D, z, dt_bias, kept = ctx.saved_tensors
        dout = dout.contiguous()
        batch, length, d_inner = u.shape
        blocks = -(-d_inner // CHANNELS)
        device = u.device
        du, ddt_pre, dz = (torch.empty((batch, length, d_inner), dtype=u.dtype, device=device) for _ in range(3))
        dbc = torch.empty((blocks, batch, length, 2 * D_STATE), dtype=torch.float32, device=device)
        da = torch.empty((batch, d_inner, D_STATE), dtype=torch.float32, device=device)
        dd, dbias = (torch.empty((batch, d_inner), dtype=torch.float32, device=device) for _ in range(2))
        args = SelectiveScan._args(u, dt_pre, A, B, C, D, z, dt_bias)
        args.kept, args.dout = kept.data_ptr(), dout.data_ptr()
        args.du, args.ddt_pre, args.dz = du.data_ptr(), ddt_pre.data_ptr(), dz.data_ptr()
        args.dbc, args.da, args.dd, args.dbias = dbc.data_ptr(), da.data_ptr(), dd.data_ptr(), dbias.data_ptr()
        _launch("launchScanBackward", args, u)
        dB, dC = dbc.sum(0).to(u.dtype).split(D_STATE, dim=-1)
        return du, ddt_pre, da.sum(0), dB, dC, dd.sum(0), dz, dbias.sum(0), None


class CausalConv(torch.autograd.Function):
    """silu(bias + depthwise causal convolution of x), reaching back into `state` (the 3 inputs before x, or None).

    x: [batch, L, d_inner]; weight: [d_inner, 4], last tap on the newest input; bias: [d_inner];
    state: [batch, 3, d_inner] in x's type, without gradient. Returns [batch, L, d_inner].
    """

    @staticmethod
    def forward(ctx, x, weight, bias, state):
        x, weight, bias = _rows(x), weight.contiguous(), bias.contiguous()
        if weight.shape[1] != D_CONV:
            raise ValueError("causal convolution: d_conv 4 expected")
        if state is not None:
            state = state.to(x.dtype).contiguous()
        out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        args = CausalConv._args(x, weight, bias, state)
        args.out = out.data_ptr()
        _launch("launchConvForward", args, x)
        ctx.save_for_backward(x, weight, bias, state)
        return out

    @staticmethod
    def _args(x, weight, bias, state) -> ConvArgs:
        args = ConvArgs(x=x.data_ptr(), weight=weight.data_ptr(), bias=bias.data_ptr(),
                        state=None if state is None else state.data_ptr())
        args.x_batch, args.x_step = x.stride()[:2]
        args.batch, args.length, args.d_inner = x.shape
        return args

    @staticmethod
    def backward(ctx, dout):
        x, weight, bias, state = ctx.saved_tensors
        dout = dout.contiguous()
        batch, length, d_inner = x.shape
        dx = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        tiles = batch * -(-length // CONV_TILE)
        dparam = torch.empty((tiles, d_inner, D_CONV + 1), dtype=torch.float32, device=x.device)
        args = CausalConv._args(x, weight, bias, state)
        args.dout, args.dx, args.dparam = dout.data_ptr(), dx.data_ptr(), dparam.data_ptr()
        _launch("launchConvBackward", args, x)
        total = dparam.sum(0)  # [d_inner, 5]
        return dx, total[:, :D_CONV], total[:, D_CONV], None


def selective_scan(u, dt_pre, A, B, C, D, z, dt_bias, h0=None):
    """See SelectiveScan."""
    return SelectiveScan.apply(u, dt_pre, A, B, C, D, z, dt_bias, h0)


def causal_conv(x, weight, bias, state=None):
    """See CausalConv."""
    return CausalConv.apply(x, weight, bias, state)
