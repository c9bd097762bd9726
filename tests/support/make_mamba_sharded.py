#!/usr/bin/env python3
"""Makes tests/data/mamba-sharded-fp16, a random Mamba-1 language model of float16 in three shards, with golden answers: numpy and
float64 alone, no code of the engine. The layer is that of make_mamba_ctc.py.

    make_mamba_sharded.py write FOLDER
    make_mamba_sharded.py check MODEL      (recomputes the golden.safetensors of a Hugging Face Mamba-1 checkpoint, prints the worst
                                            relative error: 4e-6 for mamba-tiny, whose answers transformers gave in float32)
"""

import json
import os
import sys

import numpy as np

from make_mamba_ctc import block, read_safetensors, rms_norm, write_safetensors

CONFIG = {"architectures": ["MambaForCausalLM"], "model_type": "mamba", "dtype": "float16", "vocab_size": 128, "hidden_size": 64,
          "intermediate_size": 128, "num_hidden_layers": 3, "state_size": 16, "conv_kernel": 4, "expand": 2, "time_step_rank": 4,
          "layer_norm_epsilon": 1e-5, "hidden_act": "silu", "use_bias": False, "use_conv_bias": True, "residual_in_fp32": True,
          "tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
LENGTH, SHARDS = 130, 3  # two chunks of 64 and a rest


def answers(config, weights, ids):
    """Logits, the residual stream after each layer (after norm_f for the last index) and the layers' internals."""
    p = {"d_inner": config["intermediate_size"], "d_state": config["state_size"], "d_conv": config["conv_kernel"],
         "dt_rank": config["time_step_rank"]}
    w = {name: value.astype(np.float64) for name, value in weights.items()}
    golden = {"input_ids": ids.astype(np.int32)}
    r = w["backbone.embeddings.weight"][ids]
    for k in range(config["num_hidden_layers"]):
        r = block(p, w, k, r, golden)
        golden[f"hidden_states.{k}"] = r
    final = rms_norm(r, w["backbone.norm_f.weight"], config["layer_norm_epsilon"])
    golden[f"hidden_states.{config['num_hidden_layers']}"] = final
    golden["logits"] = final @ w["backbone.embeddings.weight"].T
    return golden


def random_weights(random):
    def normal(*shape, scale=1.0, mean=0.0):
        return mean + scale * random.standard_normal(shape)

    d, inner, n, rank = (CONFIG[key] for key in ("hidden_size", "intermediate_size", "state_size", "time_step_rank"))
    w = {"backbone.embeddings.weight": normal(CONFIG["vocab_size"], d)}
    for k in range(CONFIG["num_hidden_layers"]):
        layer = f"backbone.layers.{k}."
        w[layer + "norm.weight"] = normal(d, scale=0.2, mean=1.0)
        m = layer + "mixer."
        w[m + "in_proj.weight"] = normal(2 * inner, d, scale=1.6 / np.sqrt(d))
        w[m + "conv1d.weight"] = normal(inner, 1, CONFIG["conv_kernel"], scale=0.5)
        w[m + "conv1d.bias"] = normal(inner, scale=0.3)
        w[m + "x_proj.weight"] = normal(rank + 2 * n, inner, scale=1.6 / np.sqrt(inner))
        w[m + "dt_proj.weight"] = normal(inner, rank, scale=0.8)
        w[m + "dt_proj.bias"] = normal(inner, scale=0.5, mean=-1.5)
        w[m + "A_log"] = np.log(np.arange(1, n + 1)[None, :]) + normal(inner, n, scale=0.3)
        w[m + "D"] = normal(inner, scale=0.2, mean=1.0)
        w[m + "out_proj.weight"] = normal(d, inner, scale=1.6 / np.sqrt(inner))
    w["backbone.norm_f.weight"] = normal(d, scale=0.2, mean=1.0)
    return {name: value.astype(np.float16) for name, value in w.items()}


def write(folder):
    random = np.random.default_rng(1003)
    weights = random_weights(random)
    ids = random.integers(0, CONFIG["vocab_size"], LENGTH)
    golden = answers(CONFIG, weights, ids)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as out:
        json.dump(CONFIG, out, indent=1)
        out.write("\n")
    total, at, shards = sum(value.nbytes for value in weights.values()), 0, {}
    for name, value in weights.items():
        shards[name] = min(SHARDS, 1 + at * SHARDS // total)
        at += value.nbytes
    files = {number: f"model-{number:05}-of-{SHARDS:05}.safetensors" for number in range(1, SHARDS + 1)}
    for number, file in files.items():
        write_safetensors(os.path.join(folder, file), {name: value for name, value in weights.items() if shards[name] == number})
    with open(os.path.join(folder, "model.safetensors.index.json"), "w", encoding="utf-8") as out:
        json.dump({"metadata": {"total_size": total}, "weight_map": {name: files[number] for name, number in shards.items()}}, out, indent=1)
        out.write("\n")
    # Of the internals the last layer's Δ, B and C and all layers' last states: what goes wrong before would show there.
    kept = {name: value for name, value in golden.items() if not name.startswith("layer") or name.endswith("_state")
            or name.startswith(f"layer{CONFIG['num_hidden_layers'] - 1}.") and name.endswith((".dt", ".B", ".C"))}
    write_safetensors(os.path.join(folder, "golden.safetensors"),
                      {name: value if value.dtype == np.int32 else value.astype(np.float32) for name, value in kept.items()})


def check(model):
    with open(os.path.join(model, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    golden = read_safetensors(os.path.join(model, "golden.safetensors"))
    made = answers(config, read_safetensors(os.path.join(model, "model.safetensors")), golden["input_ids"])
    worst = max((np.linalg.norm(made[name] - value) / np.linalg.norm(value), name) for name, value in golden.items() if name != "input_ids")
    print(f"{len(golden)} tensors, worst relative error {worst[0]:.1e} ({worst[1]})")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("write", "check"):
        sys.exit(f"usage: {sys.argv[0]} write FOLDER | check MODEL")
    {"write": write, "check": check}[sys.argv[1]](sys.argv[2])
