"""Streaming speech model: convolutional front end, Mamba-1 blocks, CTC head.

    x = (logmel - mean) / std                          [T, 80]; rows outside the audio are 0
    x = silu(conv0 x), kernel 5, stride 2              80 -> 128
    x = silu(conv1 x), kernel 5, stride 2              128 -> 256
    r = proj x                                         [T / 4, d_model]
    r = blocks(r); logits = head norm_f(r)             blank is symbol 0
Output frame i sees mel rows 4i - 6 .. 4i + 6 directly and everything before through the state: 85 ms of look-ahead
from the start of its 40 ms.
"""

import dataclasses

import torch
import torch.nn as nn
import torch.nn.functional as F

from mamba import blocks
from mamba.blocks import MambaBlock, RMSNorm
from speech.features import MELS

VOCABULARY = ["", " ", "'"] + [chr(ord("a") + i) for i in range(26)]
KERNEL, STRIDE, REDUCTION = 5, 2, 4
PAD_LEFT = 6  # mel rows before the first


@dataclasses.dataclass
class SpeechConfig(blocks.MambaConfig):
    """Sizes of the model; the defaults are the shipped ones."""

    channels: tuple[int, int] = (128, 256)
    vocab_size: int = len(VOCABULARY)


@dataclasses.dataclass
class Dropout:
    """Probabilities used in training only: on the front end's output, on each layer's output, before the head."""

    frontend: float = 0.0
    layer: float = 0.0
    head: float = 0.0


def output_frames(mel_frames: int) -> int:
    """ceil(mel_frames / 4)."""
    return -(-mel_frames // REDUCTION)


class Frontend(nn.Module):
    """conv.0, conv.1, proj; see the module's formula."""

    def __init__(self, config: SpeechConfig):
        super().__init__()
        first, second = config.channels
        self.conv = nn.ModuleList([nn.Conv1d(MELS, first, KERNEL, STRIDE), nn.Conv1d(first, second, KERNEL, STRIDE)])
        self.proj = nn.Linear(second, config.d_model)

    def forward(self, x):
        """x: normalised mel rows [batch, 4 L + 9, 80]. Returns [batch, L, d_model]."""
        x = x.transpose(1, 2)
        for conv in self.conv:
            x = F.silu(F.conv1d(x, conv.weight.to(x.dtype), conv.bias.to(x.dtype), stride=STRIDE))
        return F.linear(x.transpose(1, 2), self.proj.weight.to(x.dtype), self.proj.bias.to(x.dtype))


class Backbone(nn.Module):
    def __init__(self, config: SpeechConfig):
        super().__init__()
        self.layers = nn.ModuleList(MambaBlock(config) for _ in range(config.n_layer))
        self.norm_f = RMSNorm(config.d_model, config.norm_eps)


class FeatureStatistics(nn.Module):
    """Constants of the normalisation, one a mel bin."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(MELS))
        self.register_buffer("std", torch.ones(MELS))


class SpeechModel(nn.Module):
    """Logits from log-mel features. `dropout` acts in training mode only."""

    def __init__(self, config: SpeechConfig, dropout: Dropout | None = None):
        super().__init__()
        self.config, self.dropout = config, dropout or Dropout()
        self.features = FeatureStatistics()
        self.frontend = Frontend(config)
        self.backbone = Backbone(config)
        self.head = nn.Linear(config.d_model, config.vocab_size)

    def normalise(self, mel):
        """(mel - mean) / std of [.., 80]."""
        return (mel - self.features.mean) / self.features.std

    def forward(self, mel, dtype=torch.float32, hidden: list | None = None):
        """mel: normalised rows [batch, T, 80]. Returns logits [batch, ceil(T / 4), vocab_size] in float32.

        `hidden`, if given, receives the residual stream after each layer, and the final norm's output.
        """
        frames = output_frames(mel.shape[1])
        padded = F.pad(mel, (0, 0, PAD_LEFT, REDUCTION * frames + 9 - PAD_LEFT - mel.shape[1])).to(dtype)
        drop = self.dropout
        residual = F.dropout(self.frontend(padded).float(), drop.frontend, self.training)
        for block in self.backbone.layers:
            out, _, _ = block.mixer(block.norm(residual).to(dtype))
            residual = residual + F.dropout(out, drop.layer, self.training)
            if hidden is not None:
                hidden.append(residual)
        normed = self.backbone.norm_f(residual)
        if hidden is not None:
            hidden.append(normed)
        h = F.dropout(normed, drop.head, self.training).to(dtype)
        return F.linear(h, self.head.weight.to(dtype), self.head.bias.to(dtype)).float()
