"""Answers of GPT-NeoX and Llama checkpoints, recomputed in float64 from their weights: golden.safetensors of
tests/data/gpt-neox-serial and tests/data/llama-scaled-f16.

transformers made these two first, but with the rotary embedding's frequencies rounded to the weights' type on the way
(model.to(dtype).float() takes the buffer along), which no user of the library meets. With `--rounded` this script rounds them
too and only compares: then it agrees with transformers' answers to 1e-6, so that what it writes without is right.

    python3 make_decoder_golden.py FOLDER [--rounded]
"""
import argparse
import json
import math
import os
import struct

import numpy as np


def read(path):
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    header, start, tensors = json.loads(data[8:8 + size]), 8 + size, {}
    for name, t in header.items():
        if name == "__metadata__":
            continue
        raw = data[start + t["data_offsets"][0]:start + t["data_offsets"][1]]
        if t["dtype"] == "BF16":
            values = (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            values = np.frombuffer(raw, {"F32": np.float32, "F16": np.float16, "I32": np.int32}[t["dtype"]])
        tensors[name] = (values.reshape(t["shape"]), t["dtype"])
    return tensors


def write(path, tensors):
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, values in tensors.items():
        raw = values.tobytes()
        header[name] = {"dtype": "I32" if values.dtype == np.int32 else "F32", "shape": list(values.shape),
                        "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + body)


def frequencies(config, dims, stored):
    """modeling_rope_utils.py; `stored`: the weights' type if the frequencies are to be rounded to it."""
    rope = config["rope_parameters"]
    f = rope["rope_theta"] ** (-np.arange(0, dims, 2) / dims)
    if rope["rope_type"] == "llama3":
        length = 2 * math.pi / f
        low, high = (rope["original_max_position_embeddings"] / rope[k] for k in ("low_freq_factor", "high_freq_factor"))
        smooth = (rope["original_max_position_embeddings"] / length - rope["low_freq_factor"]) / (
            rope["high_freq_factor"] - rope["low_freq_factor"])
        blend = (1 - smooth) * f / rope["factor"] + smooth * f
        f = np.where(length > low, f / rope["factor"], np.where(length < high, f, blend))
    if stored == "F16":
        return f.astype(np.float16).astype(float)
    if stored == "BF16":  # to nearest, ties to even
        bits = f.astype(np.float32).view(np.uint32)
        return (((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16) << 16).astype(np.uint32).view(np.float32).astype(float)
    return f


def turn(x, f):
    """x [L, heads, head_dim]: the first 2 len(f) columns, halves split."""
    angle = np.arange(x.shape[0])[:, None, None] * f
    n, out = len(f), x.copy()
    a, b = x[..., :n], x[..., n:2 * n]
    out[..., :n] = a * np.cos(angle) - b * np.sin(angle)
    out[..., n:2 * n] = b * np.cos(angle) + a * np.sin(angle)
    return out


def attend(q, k, v):
    """[L, heads, head_dim] and fewer heads of keys and values."""
    group, L = q.shape[1] // k.shape[1], q.shape[0]
    k, v = np.repeat(k, group, 1), np.repeat(v, group, 1)
    scores = np.einsum("qhd,khd->hqk", q, k) / math.sqrt(q.shape[2])
    scores = np.where(np.tril(np.ones((L, L), bool)), scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return np.einsum("hqk,khd->qhd", weights, v).reshape(L, -1)


def layer_norm(x, w, name, eps):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred ** 2).mean(-1, keepdims=True) + eps) * w[name + ".weight"] + w[name + ".bias"]


def rms_norm(x, weight, eps):
    return x / np.sqrt((x ** 2).mean(-1, keepdims=True) + eps) * weight


def neox(c, w, ids, stored):
    heads = c["num_attention_heads"]
    dim = c["hidden_size"] // heads
    f = frequencies(c, int(dim * c["rope_parameters"]["partial_rotary_factor"]), stored)
    erf = np.vectorize(math.erf)
    r = w["gpt_neox.embed_in.weight"][ids]
    hidden = [r]
    for k in range(c["num_hidden_layers"]):
        p = f"gpt_neox.layers.{k}."
        linear = lambda x, n: x @ w[p + n + ".weight"].T + w[p + n + ".bias"]
        norm = lambda x, n: layer_norm(x, w, p + n, c["layer_norm_eps"])
        qkv = linear(norm(r, "input_layernorm"), "attention.query_key_value").reshape(len(ids), heads, 3 * dim)
        out = linear(attend(turn(qkv[..., :dim], f), turn(qkv[..., dim:2 * dim], f), qkv[..., 2 * dim:]), "attention.dense")
        second = r if c["use_parallel_residual"] else r + out
        up = linear(norm(second, "post_attention_layernorm"), "mlp.dense_h_to_4h")
        r = r + out + linear(up * 0.5 * (1 + erf(up / math.sqrt(2))), "mlp.dense_4h_to_h")
        hidden.append(r)
    hidden[-1] = layer_norm(r, w, "gpt_neox.final_layer_norm", c["layer_norm_eps"])
    return hidden, hidden[-1] @ w["embed_out.weight"].T


def llama(c, w, ids, stored):
    dim, eps = c["head_dim"], c["rms_norm_eps"]
    f = frequencies(c, dim, stored)
    r = w["model.embed_tokens.weight"][ids]
    hidden = [r]
    for k in range(c["num_hidden_layers"]):
        p = f"model.layers.{k}."
        linear = lambda x, n: x @ w[p + n + ".weight"].T
        x = rms_norm(r, w[p + "input_layernorm.weight"], eps)
        q, key, v = (linear(x, f"self_attn.{n}_proj").reshape(len(ids), -1, dim) for n in "qkv")
        r = r + linear(attend(turn(q, f), turn(key, f), v), "self_attn.o_proj")
        x = rms_norm(r, w[p + "post_attention_layernorm.weight"], eps)
        gate = linear(x, "mlp.gate_proj")
        r = r + linear(gate / (1 + np.exp(-gate)) * linear(x, "mlp.up_proj"), "mlp.down_proj")
        hidden.append(r)
    hidden[-1] = rms_norm(r, w["model.norm.weight"], eps)
    return hidden, hidden[-1] @ w["model.embed_tokens.weight" if c["tie_word_embeddings"] else "lm_head.weight"].T


def main():
    a = argparse.ArgumentParser()
    a.add_argument("folder")
    a.add_argument("--rounded", action="store_true")
    a = a.parse_args()
    config = json.load(open(os.path.join(a.folder, "config.json")))
    stored = read(os.path.join(a.folder, "model.safetensors"))
    weights = {name: values.astype(float) for name, (values, _) in stored.items()}
    path = os.path.join(a.folder, "golden.safetensors")
    before = {name: values for name, (values, _) in read(path).items()}
    kind = next(iter(stored.values()))[1]
    hidden, logits = (neox if config["model_type"] == "gpt_neox" else llama)(config, weights, before["input_ids"],
                                                                             kind if a.rounded else None)
    answers = {f"hidden_states.{i}": h for i, h in enumerate(hidden)} | {"logits": logits}
    for name, values in answers.items():
        print(name, "differs by", np.linalg.norm(values - before[name]) / np.linalg.norm(before[name]))
    if not a.rounded:
        write(path, {name: values.astype(np.float32) for name, values in answers.items()} | {"input_ids": before["input_ids"]})


if __name__ == "__main__":
    main()
