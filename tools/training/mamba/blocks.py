"""Mamba-1 blocks whose parameter names are those of the Hugging Face `mamba` layout.

Layer (Gu & Dao 2023; mamba_simple.py of the Mamba repository), L tokens of one sequence:
    h = RMSNorm(r)                                   [L, d_model]
    x, z = split(in_proj h)                          [L, d_inner] each, x first
    u = silu(conv1d(x))                              [L, d_inner], depthwise, causal, d_conv 4, with bias
    dt_low, B, C = split(x_proj u)                   [L, dt_rank], [L, d_state], [L, d_state]
    dt_pre = dt_proj.weight dt_low                   [L, d_inner]; the scan adds dt_proj.bias and takes softplus
    out = scan(u, dt_pre, A = -exp(A_log), B, C, D) silu(z)
    r = r + out_proj out                             residual stream in float32
"""

import dataclasses
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from mamba import fused_ops, reference_ops


@dataclasses.dataclass
class MambaConfig:
    """Sizes of the blocks."""

    d_model: int = 256
    n_layer: int = 12
    d_state: int = 16
    d_conv: int = 4
    expand: int = 2
    norm_eps: float = 1e-5

    @property
    def d_inner(self) -> int:
        return self.expand * self.d_model

    @property
    def dt_rank(self) -> int:
        return math.ceil(self.d_model / 16)


class RMSNorm(nn.Module):
    """x / sqrt(mean(x^2) + eps) * weight over the last axis."""

    def __init__(self, d_model: int, eps: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.eps = eps

    def forward(self, x):
        if hasattr(F, "rms_norm"):
            return F.rms_norm(x, self.weight.shape, self.weight, self.eps)
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


class MambaMixer(nn.Module):
    """The selective state space block between the norm and the residual sum."""

    def __init__(self, config: MambaConfig):
        super().__init__()
        self.config = config
        d_model, d_inner, dt_rank = config.d_model, config.d_inner, config.dt_rank
        self.in_proj = nn.Linear(d_model, 2 * d_inner, bias=False)
        self.conv1d = nn.Conv1d(d_inner, d_inner, config.d_conv, groups=d_inner, padding=config.d_conv - 1)
        self.x_proj = nn.Linear(d_inner, dt_rank + 2 * config.d_state, bias=False)
        self.dt_proj = nn.Linear(dt_rank, d_inner)
        self.A_log = nn.Parameter(torch.log(torch.arange(1.0, config.d_state + 1).repeat(d_inner, 1)))
        self.D = nn.Parameter(torch.ones(d_inner))
        self.out_proj = nn.Linear(d_inner, d_model, bias=False)
        # Initialisation of mamba_simple.py: dt log-uniform in [0.001, 0.1], out_proj scaled by the depth.
        nn.init.uniform_(self.dt_proj.weight, -dt_rank**-0.5, dt_rank**-0.5)
        dt = torch.exp(torch.rand(d_inner) * (math.log(0.1) - math.log(0.001)) + math.log(0.001)).clamp_min(1e-4)
        with torch.no_grad():
            self.dt_proj.bias.copy_(dt + torch.log(-torch.expm1(-dt)))  # softplus(bias) = dt
            self.out_proj.weight /= math.sqrt(config.n_layer)

    def forward(self, h, ssm_state=None, conv_state=None):
        """h: [batch, L, d_model] in the activations' type; states None: zeros. Returns the output and both states after
        the last step (the convolution's only if it was given)."""
        config = self.config
        ops = fused_ops if h.is_cuda else reference_ops
        x, z = F.linear(h, self.in_proj.weight.to(h.dtype)).chunk(2, dim=-1)  # [batch, L, d_inner]
        next_conv = None
        if conv_state is not None:
            next_conv = torch.cat([conv_state.to(x.dtype), x[:, -(config.d_conv - 1):].detach()], dim=1)
            next_conv = next_conv[:, -(config.d_conv - 1):]
        u = ops.causal_conv(x, self.conv1d.weight[:, 0], self.conv1d.bias, conv_state)
        dt_low, B, C = F.linear(u, self.x_proj.weight.to(h.dtype)).split(
            [config.dt_rank, config.d_state, config.d_state], dim=-1)
        dt_pre = F.linear(dt_low, self.dt_proj.weight.to(h.dtype))  # [batch, L, d_inner]
        A = -torch.exp(self.A_log)  # [d_inner, d_state]
        out, next_ssm = ops.selective_scan(u, dt_pre, A, B, C, self.D, z, self.dt_proj.bias, ssm_state)
        return F.linear(out, self.out_proj.weight.to(h.dtype)), next_ssm, next_conv


class MambaBlock(nn.Module):
    """norm -> mixer -> sum into the residual stream."""

    def __init__(self, config: MambaConfig):
        super().__init__()
        self.norm = RMSNorm(config.d_model, config.norm_eps)
        self.mixer = MambaMixer(config)
