#!/usr/bin/env python3
"""Makes tests/data/s4d-lm-tiny, a random language model of S4D layers (model_type s4d_lm) with golden answers: numpy and float64
alone, no code of the engine. The layers convolve with their kernels, where the engine steps from state to state.

    make_s4d_lm.py FOLDER
"""

import json
import math
import os
import sys

import numpy as np

from make_mamba_ctc import rms_norm, write_safetensors

CONFIG = {"model_type": "s4d_lm", "vocab_size": 31, "d_model": 12, "d_state": 10, "num_hidden_layers": 2, "rms_norm_eps": 1e-5}
LENGTH = 70


def random_weights(random):
    d, pairs, vocab = CONFIG["d_model"], CONFIG["d_state"] // 2, CONFIG["vocab_size"]
    w = {"embedding.weight": random.standard_normal((vocab, d)), "norm_f.weight": 1 + 0.2 * random.standard_normal(d),
         "head.weight": random.standard_normal((vocab, d)) * 1.5 / np.sqrt(d), "head.bias": 0.3 * random.standard_normal(vocab)}
    for k in range(CONFIG["num_hidden_layers"]):
        layer = f"layers.{k}."
        w[layer + "norm.weight"] = 1 + 0.2 * random.standard_normal(d)
        s = layer + "s4d."
        w[s + "D"] = random.standard_normal(d)
        w[s + "kernel.log_dt"] = np.log(random.uniform(0.01, 0.3, d))
        w[s + "kernel.log_A_real"] = np.log(random.uniform(0.2, 1.0, (d, pairs)))
        w[s + "kernel.A_imag"] = math.pi * np.arange(pairs) * random.uniform(0.7, 1.3, (d, 1))
        w[s + "kernel.C"] = random.standard_normal((d, pairs, 2))
        w[s + "output_linear.0.weight"] = random.standard_normal((2 * d, d, 1)) * 1.5 / np.sqrt(d)
        w[s + "output_linear.0.bias"] = 0.2 * random.standard_normal(2 * d)
    return {name: value.astype(np.float32) for name, value in w.items()}


def s4d(w, prefix, u):
    """u [L, d] -> the system's output before gelu, and the layer's output, both [L, d]."""
    A = -np.exp(w[prefix + "kernel.log_A_real"]) + 1j * w[prefix + "kernel.A_imag"]
    dtA = A * np.exp(w[prefix + "kernel.log_dt"])[:, None]
    C = w[prefix + "kernel.C"] @ np.array([1, 1j]) * (np.exp(dtA) - 1) / A
    kernel = 2 * np.einsum("hn,hnl->hl", C, np.exp(dtA[:, :, None] * np.arange(len(u)))).real
    y = np.stack([np.convolve(u[:, h], kernel[h])[:len(u)] for h in range(u.shape[1])], axis=1) + w[prefix + "D"] * u
    gelu = 0.5 * y * (1 + np.vectorize(math.erf)(y / math.sqrt(2)))
    mixed = gelu @ w[prefix + "output_linear.0.weight"][:, :, 0].T + w[prefix + "output_linear.0.bias"]
    a, b = np.split(mixed, 2, axis=1)
    return y, a / (1 + np.exp(-b))


def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    random = np.random.default_rng(11)
    stored = random_weights(random)
    w = {name: value.astype(np.float64) for name, value in stored.items()}
    ids = random.integers(0, CONFIG["vocab_size"], LENGTH)
    golden = {"input_ids": ids.astype(np.int32)}
    r = w["embedding.weight"][ids]
    for k in range(CONFIG["num_hidden_layers"]):
        golden[f"layer{k}.y"], out = s4d(w, f"layers.{k}.s4d.", rms_norm(r, w[f"layers.{k}.norm.weight"], CONFIG["rms_norm_eps"]))
        r = r + out
        golden[f"hidden_states.{k}"] = r
    final = rms_norm(r, w["norm_f.weight"], CONFIG["rms_norm_eps"])
    golden["logits"] = final @ w["head.weight"].T + w["head.bias"]
    os.makedirs(sys.argv[1], exist_ok=True)
    with open(os.path.join(sys.argv[1], "config.json"), "w", encoding="utf-8") as file:
        json.dump(CONFIG, file, indent=1)
        file.write("\n")
    write_safetensors(os.path.join(sys.argv[1], "model.safetensors"), stored)
    write_safetensors(os.path.join(sys.argv[1], "golden.safetensors"),
                      {name: value if value.dtype == np.int32 else value.astype(np.float32) for name, value in golden.items()})


if __name__ == "__main__":
    main()
