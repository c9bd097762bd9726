"""The language model: embedding, Mamba-1 blocks (mamba/blocks.py), final norm; the head is the embedding matrix."""

import dataclasses

import torch
import torch.nn as nn
import torch.nn.functional as F

from mamba import blocks
from mamba.blocks import MambaBlock, RMSNorm


@dataclasses.dataclass
class MambaConfig(blocks.MambaConfig):
    """Sizes of the model; the defaults are the shipped ones."""

    n_layer: int = 20
    vocab_size: int = 4096


@dataclasses.dataclass
class Dropout:
    """Probabilities used in training only: on the embedding, on each layer's output, on the final norm's output."""

    embedding: float = 0.0
    layer: float = 0.0
    head: float = 0.0


class MambaState:
    """Recurrent state of a batch of sequences, float32.

    ssm: [n_layer, batch, d_inner, d_state]; conv: [n_layer, batch, d_conv - 1, d_inner], oldest input first.
    """

    def __init__(self, config: MambaConfig, batch: int, device):
        self.ssm = torch.zeros((config.n_layer, batch, config.d_inner, config.d_state), device=device)
        self.conv = torch.zeros((config.n_layer, batch, config.d_conv - 1, config.d_inner), device=device)


class MambaBackbone(nn.Module):
    """Embedding, blocks, final norm."""

    def __init__(self, config: MambaConfig):
        super().__init__()
        self.embeddings = nn.Embedding(config.vocab_size, config.d_model)
        nn.init.normal_(self.embeddings.weight, std=0.02)
        self.layers = nn.ModuleList(MambaBlock(config) for _ in range(config.n_layer))
        self.norm_f = RMSNorm(config.d_model, config.norm_eps)


class EmbeddingLookup(torch.autograd.Function):
    """weight[ids] whose gradient is one atomic index_add: no sorting and no synchronisation, so it can be captured."""

    @staticmethod
    def forward(ctx, weight, ids):
        ctx.save_for_backward(ids)
        ctx.shape = weight.shape
        return F.embedding(ids, weight)

    @staticmethod
    def backward(ctx, grad):
        (ids,) = ctx.saved_tensors
        total = torch.zeros(ctx.shape, dtype=grad.dtype, device=grad.device)
        return total.index_add_(0, ids.reshape(-1), grad.reshape(-1, grad.shape[-1])), None


class MambaLM(nn.Module):
    """The language model. `dropout` acts in training mode only."""

    def __init__(self, config: MambaConfig, dropout: Dropout | None = None):
        super().__init__()
        self.config = config
        self.dropout = dropout or Dropout()
        self.backbone = MambaBackbone(config)

    def hidden(self, ids, state: MambaState, dtype=torch.float32):
        """ids: [batch, L] long. Returns the final norm's output [batch, L, d_model] in `dtype` and the next state."""
        drop = self.dropout
        residual = EmbeddingLookup.apply(self.backbone.embeddings.weight, ids)  # [batch, L, d_model] float32
        residual = F.dropout(residual, drop.embedding, self.training)
        next_state = MambaState.__new__(MambaState)
        ssm, conv = [], []
        for layer, block in enumerate(self.backbone.layers):
            h = block.norm(residual).to(dtype)
            out, next_ssm, next_conv = block.mixer(h, state.ssm[layer], state.conv[layer])
            residual = residual + F.dropout(out, drop.layer, self.training)
            ssm.append(next_ssm)
            conv.append(next_conv.float())
        next_state.ssm, next_state.conv = torch.stack(ssm), torch.stack(conv)
        h = F.dropout(self.backbone.norm_f(residual), drop.head, self.training)
        return h.to(dtype), next_state

    def forward(self, ids, state: MambaState, dtype=torch.float32):
        """Logits [batch, L, vocab_size] in `dtype`, and the next state."""
        h, next_state = self.hidden(ids, state, dtype)
        return F.linear(h, self.backbone.embeddings.weight.to(dtype)), next_state

    def loss(self, ids, targets, state: MambaState, dtype=torch.float32):
        """Mean cross entropy in nats per token, and the next state."""
        logits, next_state = self(ids, state, dtype)
        return F.cross_entropy(logits.float().flatten(0, 1), targets.flatten()), next_state
