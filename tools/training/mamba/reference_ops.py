"""The fused operators in plain PyTorch, one step after another: the yardstick for `fused_ops.py`, and the CPU path.

Any floating-point type; gradients come from autograd. Shapes are those of `fused_ops.py`.
"""

import torch
import torch.nn.functional as F


def selective_scan(u, dt_pre, A, B, C, D, z, dt_bias, h0=None):
    """h_t = exp(dt A) h_{t-1} + dt u B (Euler on B); out = (C.h + D u) silu(z). Returns out and the last state."""
    dt = F.softplus(dt_pre + dt_bias)  # [batch, L, d_inner]
    batch, length, d_inner = u.shape
    h = u.new_zeros((batch, d_inner, A.shape[1])) if h0 is None else h0.to(u.dtype)
    ys = []
    for t in range(length):
        a_bar = torch.exp(dt[:, t, :, None] * A)  # [batch, d_inner, d_state]
        h = a_bar * h + (dt[:, t] * u[:, t])[:, :, None] * B[:, t, None, :]
        ys.append((h * C[:, t, None, :]).sum(-1))
    y = torch.stack(ys, dim=1) + D * u
    return y * F.silu(z), h.detach()


def causal_conv(x, weight, bias, state=None):
    """silu(bias + depthwise causal convolution); `state` [batch, d_conv - 1, d_inner] precedes x, zeros if None."""
    d_conv = weight.shape[1]
    if state is None:
        state = x.new_zeros((x.shape[0], d_conv - 1, x.shape[2]))
    padded = torch.cat([state.to(x.dtype), x], dim=1).transpose(1, 2)  # [batch, d_inner, d_conv - 1 + L]
    out = F.conv1d(padded, weight[:, None, :].to(x.dtype), bias.to(x.dtype), groups=x.shape[2])
    return F.silu(out).transpose(1, 2)
