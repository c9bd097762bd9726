"""The architectures of the task lab as language models of 16 symbols; parameter names are those of the files that the program opens.

mamba        Hugging Face `mamba`: embeddings, MambaBlock, norm_f, tied head
s4d          `s4d_lm`, this program's own: embedding, [RMSNorm, S4D layer of the S4 repository, residual], norm_f, head
llama        Hugging Face `llama`: grouped attention with rotary positions, SwiGLU
lstm gru rnn torch.nn layouts under `lstm.`, `gru.`, `rnn.` between `embedding` and `head`
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from mamba.blocks import MambaBlock, MambaConfig, RMSNorm
from tasks.data import VOCAB

D_MODEL, N_LAYER = 64, 2


class MambaTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.config = MambaConfig(d_model=D_MODEL, n_layer=N_LAYER)
        self.backbone = nn.Module()
        self.backbone.embeddings = nn.Embedding(VOCAB, D_MODEL)
        self.backbone.layers = nn.ModuleList(MambaBlock(self.config) for _ in range(N_LAYER))
        self.backbone.norm_f = RMSNorm(D_MODEL, self.config.norm_eps)
        self.lm_head = nn.Linear(D_MODEL, VOCAB, bias=False)

    def forward(self, tokens):
        r = self.backbone.embeddings(tokens)
        for layer in self.backbone.layers:
            r = r + layer.mixer(layer.norm(r))[0]
        return self.lm_head(self.backbone.norm_f(r))

    def file_config(self) -> dict:
        c = self.config
        return {"architectures": ["MambaForCausalLM"], "model_type": "mamba", "vocab_size": VOCAB, "hidden_size": c.d_model,
                "intermediate_size": c.d_inner, "num_hidden_layers": c.n_layer, "state_size": c.d_state, "conv_kernel": c.d_conv,
                "expand": c.expand, "time_step_rank": c.dt_rank, "layer_norm_epsilon": c.norm_eps, "hidden_act": "silu",
                "use_bias": False, "use_conv_bias": True, "residual_in_fp32": True, "tie_word_embeddings": False}


class S4D(nn.Module):
    """The S4D layer (Gu, Gupta, Goel, Re 2022, as s4d.py of the S4 repository): y = K * u + D u, K[l] = 2 Re sum_n C_n
    (exp(dt A_n) - 1) / A_n exp(dt A_n l); then GELU, a linear map to twice the width and a gate (GLU)."""

    def __init__(self, width: int, pairs: int = 32):
        super().__init__()
        self.D = nn.Parameter(torch.randn(width))
        self.kernel = nn.Module()
        dt = torch.rand(width) * (math.log(0.1) - math.log(0.001)) + math.log(0.001)
        self.kernel.log_dt = nn.Parameter(dt)
        self.kernel.C = nn.Parameter(torch.randn(width, pairs, 2) * math.sqrt(0.5))
        self.kernel.log_A_real = nn.Parameter(torch.log(0.5 * torch.ones(width, pairs)))
        self.kernel.A_imag = nn.Parameter(math.pi * torch.arange(pairs).float().repeat(width, 1))
        self.output_linear = nn.ModuleList([nn.Conv1d(width, 2 * width, 1)])

    def convolution_kernel(self, length: int):
        """[width, length]"""
        k = self.kernel
        A = torch.complex(-torch.exp(k.log_A_real), k.A_imag)  # [width, pairs]
        dtA = A * torch.exp(k.log_dt)[:, None]
        C = torch.view_as_complex(k.C) * (torch.exp(dtA) - 1.0) / A
        powers = torch.exp(dtA[:, :, None] * torch.arange(length, device=dtA.device))
        return 2.0 * torch.einsum("hn,hnl->hl", C, powers).real

    def forward(self, u):
        """[batch, L, width] -> the same"""
        u = u.transpose(1, 2)
        length = u.shape[-1]
        spectrum = torch.fft.rfft(self.convolution_kernel(length), n=2 * length) * torch.fft.rfft(u, n=2 * length)
        y = torch.fft.irfft(spectrum, n=2 * length)[..., :length] + u * self.D[:, None]
        return F.glu(self.output_linear[0](F.gelu(y)), dim=1).transpose(1, 2)


class S4DTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, D_MODEL)
        self.layers = nn.ModuleList(nn.ModuleDict({"norm": RMSNorm(D_MODEL, 1e-5), "s4d": S4D(D_MODEL)}) for _ in range(N_LAYER))
        self.norm_f = RMSNorm(D_MODEL, 1e-5)
        self.head = nn.Linear(D_MODEL, VOCAB)

    def forward(self, tokens):
        r = self.embedding(tokens)
        for layer in self.layers:
            r = r + layer["s4d"](layer["norm"](r))
        return self.head(self.norm_f(r))

    def file_config(self) -> dict:
        return {"model_type": "s4d_lm", "vocab_size": VOCAB, "d_model": D_MODEL, "d_state": 64, "num_hidden_layers": N_LAYER,
                "rms_norm_eps": 1e-5}


class LlamaLayer(nn.Module):
    HEADS, HEAD_DIM, THETA = 4, D_MODEL // 4, 10000.0

    def __init__(self):
        super().__init__()
        self.input_layernorm = RMSNorm(D_MODEL, 1e-6)
        self.post_attention_layernorm = RMSNorm(D_MODEL, 1e-6)
        self.self_attn = nn.ModuleDict({f"{name}_proj": nn.Linear(D_MODEL, D_MODEL, bias=False) for name in "qkvo"})
        self.mlp = nn.ModuleDict({"gate_proj": nn.Linear(D_MODEL, 2 * D_MODEL, bias=False),
                                  "up_proj": nn.Linear(D_MODEL, 2 * D_MODEL, bias=False),
                                  "down_proj": nn.Linear(2 * D_MODEL, D_MODEL, bias=False)})

    def forward(self, r):
        batch, length, _ = r.shape
        x = self.input_layernorm(r)
        heads = lambda name: self.self_attn[name](x).view(batch, length, self.HEADS, self.HEAD_DIM).transpose(1, 2)
        q, k, v = heads("q_proj"), heads("k_proj"), heads("v_proj")
        frequency = self.THETA ** (-torch.arange(0, self.HEAD_DIM, 2, device=r.device) / self.HEAD_DIM)
        angle = torch.arange(length, device=r.device)[:, None] * frequency  # [L, HEAD_DIM / 2]
        cos, sin = torch.cat([angle.cos()] * 2, -1), torch.cat([angle.sin()] * 2, -1)
        rotate = lambda t: t * cos + torch.cat([-t[..., self.HEAD_DIM // 2:], t[..., :self.HEAD_DIM // 2]], -1) * sin
        y = F.scaled_dot_product_attention(rotate(q), rotate(k), v, is_causal=True)
        r = r + self.self_attn["o_proj"](y.transpose(1, 2).reshape(batch, length, D_MODEL))
        x = self.post_attention_layernorm(r)
        return r + self.mlp["down_proj"](F.silu(self.mlp["gate_proj"](x)) * self.mlp["up_proj"](x))


class LlamaTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = nn.Module()
        self.model.embed_tokens = nn.Embedding(VOCAB, D_MODEL)
        self.model.layers = nn.ModuleList(LlamaLayer() for _ in range(N_LAYER))
        self.model.norm = RMSNorm(D_MODEL, 1e-6)
        self.lm_head = nn.Linear(D_MODEL, VOCAB, bias=False)

    def forward(self, tokens):
        r = self.model.embed_tokens(tokens)
        for layer in self.model.layers:
            r = layer(r)
        return self.lm_head(self.model.norm(r))

    def file_config(self) -> dict:
        return {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": VOCAB, "hidden_size": D_MODEL,
                "intermediate_size": 2 * D_MODEL, "num_hidden_layers": N_LAYER, "num_attention_heads": LlamaLayer.HEADS,
                "num_key_value_heads": LlamaLayer.HEADS, "head_dim": LlamaLayer.HEAD_DIM, "rms_norm_eps": 1e-6,
                "rope_theta": LlamaLayer.THETA, "max_position_embeddings": 65536, "hidden_act": "silu", "attention_bias": False,
                "mlp_bias": False, "tie_word_embeddings": False}


class RecurrentTask(nn.Module):
    def __init__(self, kind: str):
        super().__init__()
        self.kind = kind
        self.embedding = nn.Embedding(VOCAB, D_MODEL)
        net = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[kind](D_MODEL, D_MODEL, num_layers=N_LAYER, batch_first=True)
        self.add_module(kind, net)
        self.head = nn.Linear(D_MODEL, VOCAB)

    def forward(self, tokens):
        outputs, state = [], None
        for part in self.embedding(tokens).split(8192, 1):  # cuDNN refuses much longer ones
            output, state = getattr(self, self.kind)(part, state)
            outputs.append(output)
        return self.head(torch.cat(outputs, 1) if len(outputs) > 1 else outputs[0])

    def file_config(self) -> dict:
        return {"model_type": self.kind, "vocab_size": VOCAB, "embedding_size": D_MODEL, "hidden_size": D_MODEL,
                "num_hidden_layers": N_LAYER}


MODELS = {"mamba": MambaTask, "s4d": S4DTask, "llama": LlamaTask, "lstm": lambda: RecurrentTask("lstm"),
          "gru": lambda: RecurrentTask("gru"), "rnn": lambda: RecurrentTask("rnn")}
