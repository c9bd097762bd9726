#!/usr/bin/env python3
"""Makes tests/data/mamba-complex-tiny, a random Mamba-1 with complex A, B and C (model_type mamba, complex_ssm) with golden answers:
numpy and float64 alone, by the definition of selective_scan_ref in the Mamba repository, no code of the engine.

    make_mamba_complex.py FOLDER

What differs from Hugging Face's layout: A = -exp(A_log) + i A_imag, both [d_inner, N]; the rows of x_proj are dt, Re B, Im B,
Re C, Im C. Rows of B, C and states hold N real parts, then N imaginary ones.
"""

import json
import os
import sys

import numpy as np

from make_mamba_ctc import rms_norm, silu, softplus, write_safetensors

CONFIG = {"model_type": "mamba", "complex_ssm": True, "vocab_size": 37, "hidden_size": 20, "intermediate_size": 34, "state_size": 6,
          "num_hidden_layers": 2, "conv_kernel": 4, "time_step_rank": 3, "tie_word_embeddings": True, "use_bias": False,
          "use_conv_bias": True, "layer_norm_epsilon": 1e-5}
LENGTH = 41


def random_weights(random):
    d, inner, n, rank, vocab = (CONFIG[key] for key in ("hidden_size", "intermediate_size", "state_size", "time_step_rank", "vocab_size"))

    def normal(*shape, scale=1.0, mean=0.0):
        return mean + scale * random.standard_normal(shape)

    w = {"backbone.embeddings.weight": normal(vocab, d), "backbone.norm_f.weight": normal(d, scale=0.2, mean=1.0)}
    for k in range(CONFIG["num_hidden_layers"]):
        layer = f"backbone.layers.{k}."
        w[layer + "norm.weight"] = normal(d, scale=0.2, mean=1.0)
        m = layer + "mixer."
        w[m + "in_proj.weight"] = normal(2 * inner, d, scale=1.2 / np.sqrt(d))
        w[m + "conv1d.weight"] = normal(inner, 1, CONFIG["conv_kernel"], scale=0.5)
        w[m + "conv1d.bias"] = normal(inner, scale=0.2)
        w[m + "x_proj.weight"] = normal(rank + 4 * n, inner, scale=1.5 / np.sqrt(inner))
        w[m + "dt_proj.weight"] = normal(inner, rank, scale=0.5)
        w[m + "dt_proj.bias"] = np.log(np.expm1(random.uniform(0.005, 0.2, inner)))
        w[m + "A_log"] = np.log(random.uniform(0.2, 3.0, (inner, n)))
        w[m + "A_imag"] = np.pi * np.arange(n) * random.uniform(-1.3, 1.3, (inner, 1))
        w[m + "D"] = normal(inner, scale=0.3, mean=1.0)
        w[m + "out_proj.weight"] = normal(d, inner, scale=0.7 / np.sqrt(inner))
    return {name: value.astype(np.float32) for name, value in w.items()}


def parts(x):
    """Complex [rows, n] -> [rows, 2·n]: real parts, then imaginary ones."""
    return np.concatenate([x.real, x.imag], axis=1)


def mixer(w, x):
    """x [L, hidden_size] -> what the block adds to the residual stream, and its internals."""
    inner, n, rank, taps = (CONFIG[key] for key in ("intermediate_size", "state_size", "time_step_rank", "conv_kernel"))
    L = len(x)
    conv_in, z = np.split(x @ w["in_proj.weight"].T, 2, axis=1)
    padded = np.concatenate([np.zeros((taps - 1, inner)), conv_in])
    u = silu(sum(padded[j:j + L] * w["conv1d.weight"][:, 0, j] for j in range(taps)) + w["conv1d.bias"])
    low, b_re, b_im, c_re, c_im = np.split(u @ w["x_proj.weight"].T, np.cumsum([rank, n, n, n]), axis=1)
    dt = softplus(low @ w["dt_proj.weight"].T + w["dt_proj.bias"])
    A, B, C = -np.exp(w["A_log"]) + 1j * w["A_imag"], b_re + 1j * b_im, c_re + 1j * c_im
    h, y, norms = np.zeros((inner, n), complex), np.zeros((L, inner)), np.zeros((L, inner))
    for t in range(L):
        h = np.exp(dt[t][:, None] * A) * h + dt[t][:, None] * B[t] * u[t][:, None]
        y[t] = 2 * (h @ C[t]).real + w["D"] * u[t]
        norms[t] = np.linalg.norm(h, axis=1)
    gate = silu(z)
    retention = np.exp(dt[:, :, None] * A.real).mean(axis=2)
    inside = dict(dt=dt, B=parts(B), C=parts(C), y=y, gate=gate, state_norm=norms, retention=retention, final_state=parts(h),
                  conv_state=padded[-(taps - 1):].T)
    return (y * gate) @ w["out_proj.weight"].T, inside


def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    random = np.random.default_rng(23)
    stored = random_weights(random)
    w = {name: value.astype(np.float64) for name, value in stored.items()}
    ids = random.integers(0, CONFIG["vocab_size"], LENGTH)
    golden = {"input_ids": ids.astype(np.int32)}
    r = w["backbone.embeddings.weight"][ids]
    for k in range(CONFIG["num_hidden_layers"]):
        prefix = f"backbone.layers.{k}."
        part = {name[len(prefix + "mixer."):]: value for name, value in w.items() if name.startswith(prefix + "mixer.")}
        out, inside = mixer(part, rms_norm(r, w[prefix + "norm.weight"]))
        r = r + out
        # The last layer's internals say enough of both, in half as many bytes.
        golden.update({f"layer{k}.{name}": value for name, value in inside.items() if k == 1 or name == "final_state"})
    golden["logits"] = rms_norm(r, w["backbone.norm_f.weight"]) @ w["backbone.embeddings.weight"].T
    os.makedirs(sys.argv[1], exist_ok=True)
    with open(os.path.join(sys.argv[1], "config.json"), "w", encoding="utf-8") as file:
        json.dump(CONFIG, file, indent=1)
        file.write("\n")
    write_safetensors(os.path.join(sys.argv[1], "model.safetensors"), stored)
    write_safetensors(os.path.join(sys.argv[1], "golden.safetensors"),
                      {name: value if value.dtype == np.int32 else value.astype(np.float32) for name, value in golden.items()})


if __name__ == "__main__":
    main()
