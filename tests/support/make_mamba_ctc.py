#!/usr/bin/env python3
"""Makes random mamba_ctc checkpoints with golden answers for the tests: numpy and float64 alone, no code of the engine.

    make_mamba_ctc.py tiny tests/data/mamba-ctc-tiny
    make_mamba_ctc.py odd  tests/data/mamba-ctc-odd-f16
    make_mamba_ctc.py full /tmp/mamba-ctc-full        (12 layers of 256, no golden: for timing)
    make_mamba_ctc.py answers resources/models/speech CLIP.wav tests/data/speech-golden
        (audio, features and logits of a 16 kHz mono 16-bit clip under a model that is there)

golden.safetensors: features [T, mels] raw log-mel rows; logits [ceil(T / step), vocab]; hidden_states.k after layer k, and
after norm_f for k = n_layer; layerK.{u, dt, B, C, y, gate, state_norm, final_state, conv_state}.
"""

import json
import os
import struct
import sys
import wave

import numpy as np

CHARACTERS = ["", " ", "'"] + [chr(c) for c in range(ord("a"), ord("z") + 1)]
PRESETS = {
    "tiny": dict(mels=80, kernels=[5, 5], strides=[2, 2], channels=[12, 20], d_model=24, n_layer=3, d_inner=48, d_state=16,
                 d_conv=4, dt_rank=3, vocab=CHARACTERS, blank=0, dtype="F32", bias=False, rows=297, seed=1),
    # Nothing here is what the tiny one has: other kernels, a blank at the end, pieces of several letters, float16, biases.
    "odd": dict(mels=23, kernels=[4, 3], strides=[3, 1], channels=[12, 20], d_model=20, n_layer=2, d_inner=34, d_state=8,
                d_conv=3, dt_rank=5, vocab=["a", "th", "e", " ", "ing", "ß", ""], blank=6, dtype="F16", bias=True, rows=203, seed=2),
    "full": dict(mels=80, kernels=[5, 5], strides=[2, 2], channels=[128, 256], d_model=256, n_layer=12, d_inner=512, d_state=16,
                 d_conv=4, dt_rank=16, vocab=CHARACTERS, blank=0, dtype="F16", bias=False, rows=0, seed=3),
}


def silu(x):
    return x / (1.0 + np.exp(-x))


def softplus(x):
    return np.where(x > 20.0, x, np.log1p(np.exp(np.minimum(x, 20.0))))


def make_weights(p, random):
    def normal(*shape, scale=1.0, mean=0.0):
        return mean + scale * random.standard_normal(shape)

    w = {"features.mean": normal(p["mels"], scale=1.5, mean=-6.0), "features.std": random.uniform(1.5, 4.0, p["mels"])}
    wide = p["mels"]
    for i, (kernel, channels) in enumerate(zip(p["kernels"], p["channels"])):
        w[f"frontend.conv.{i}.weight"] = normal(channels, wide, kernel, scale=1.4 / np.sqrt(wide * kernel))
        w[f"frontend.conv.{i}.bias"] = normal(channels, scale=0.2)
        wide = channels
    d, inner, n, rank = p["d_model"], p["d_inner"], p["d_state"], p["dt_rank"]
    w["frontend.proj.weight"] = normal(d, wide, scale=1.5 / np.sqrt(wide))
    w["frontend.proj.bias"] = normal(d, scale=0.2)
    for k in range(p["n_layer"]):
        layer = f"backbone.layers.{k}."
        w[layer + "norm.weight"] = normal(d, scale=0.2, mean=1.0)
        m = layer + "mixer."
        w[m + "in_proj.weight"] = normal(2 * inner, d, scale=1.2 / np.sqrt(d))
        w[m + "conv1d.weight"] = normal(inner, 1, p["d_conv"], scale=0.5)
        w[m + "conv1d.bias"] = normal(inner, scale=0.2)
        w[m + "x_proj.weight"] = normal(rank + 2 * n, inner, scale=1.5 / np.sqrt(inner))
        w[m + "dt_proj.weight"] = normal(inner, rank, scale=0.5)
        w[m + "dt_proj.bias"] = np.log(np.expm1(random.uniform(0.005, 0.2, inner)))
        w[m + "A_log"] = np.log(np.arange(1, n + 1)[None, :] * random.uniform(0.5, 1.5, (inner, 1)))
        w[m + "D"] = normal(inner, scale=0.3, mean=1.0)
        w[m + "out_proj.weight"] = normal(d, inner, scale=0.7 / np.sqrt(inner))
        if p["bias"]:
            w[m + "in_proj.bias"] = normal(2 * inner, scale=0.2)
            w[m + "out_proj.bias"] = normal(d, scale=0.2)
    w["backbone.norm_f.weight"] = normal(d, scale=0.2, mean=1.0)
    w["head.weight"] = normal(len(p["vocab"]), d, scale=1.5 / np.sqrt(d))
    w["head.bias"] = normal(len(p["vocab"]), scale=0.5)
    stored = np.float16 if p["dtype"] == "F16" else np.float32
    return {name: value.astype(stored) for name, value in w.items()}


def rms_norm(x, weight, eps=1e-5):
    return x / np.sqrt((x * x).mean(axis=1, keepdims=True) + eps) * weight


def front_end(p, w, features):
    """Frames of the whole signal, by the definition: one output at a time, zeros outside the signal."""
    x = (features - w["features.mean"]) / w["features.std"]
    field, step = 1, 1
    for kernel, stride in zip(p["kernels"], p["strides"]):
        field, step = field + (kernel - 1) * step, step * stride
    before = field // 2
    frames = -(-len(x) // step)
    out = []
    for i in range(frames):
        window = np.zeros((field, p["mels"]))
        for r in range(field):
            row = step * i - before + r
            if 0 <= row < len(x):
                window[r] = x[row]
        for c, (kernel, stride) in enumerate(zip(p["kernels"], p["strides"])):
            weight, bias = w[f"frontend.conv.{c}.weight"], w[f"frontend.conv.{c}.bias"]
            made = (len(window) - kernel) // stride + 1
            window = np.array([silu(np.einsum("oik,ki->o", weight, window[stride * j:stride * j + kernel]) + bias) for j in range(made)])
        out.append(window[0] @ w["frontend.proj.weight"].T + w["frontend.proj.bias"])
    return np.array(out)


def block(p, w, k, r, golden):
    layer, inner, n, rank = f"backbone.layers.{k}.", p["d_inner"], p["d_state"], p["dt_rank"]
    m = layer + "mixer."
    xz = rms_norm(r, w[layer + "norm.weight"]) @ w[m + "in_proj.weight"].T + w.get(m + "in_proj.bias", 0.0)
    x, z = xz[:, :inner], xz[:, inner:]
    padded = np.vstack([np.zeros((p["d_conv"] - 1, inner)), x])
    u = silu(sum(padded[j:j + len(x)] * w[m + "conv1d.weight"][:, 0, j] for j in range(p["d_conv"])) + w[m + "conv1d.bias"])
    dbc = u @ w[m + "x_proj.weight"].T
    B, C = dbc[:, rank:rank + n], dbc[:, rank + n:]
    dt = softplus(dbc[:, :rank] @ w[m + "dt_proj.weight"].T + w[m + "dt_proj.bias"])
    A = -np.exp(w[m + "A_log"])
    h, y, norms = np.zeros((inner, n)), np.zeros_like(u), np.zeros_like(u)
    for t in range(len(u)):
        h = np.exp(dt[t][:, None] * A) * h + (dt[t] * u[t])[:, None] * B[t][None, :]
        y[t] = h @ C[t] + w[m + "D"] * u[t]
        norms[t] = np.sqrt((h * h).sum(axis=1))
    gate = silu(z)
    for key, value in dict(u=u, dt=dt, B=B, C=C, y=y, gate=gate, state_norm=norms, final_state=h,
                           conv_state=padded[len(padded) - p["d_conv"] + 1:].T).items():
        golden[f"layer{k}.{key}"] = value
    return r + (y * gate) @ w[m + "out_proj.weight"].T + w.get(m + "out_proj.bias", 0.0)


def make_golden(p, stored, random):
    w = {name: value.astype(np.float64) for name, value in stored.items()}
    # Louder and softer stretches, as speech has them.
    level = np.repeat(random.standard_normal(p["rows"] // 20 + 1), 20)[:p["rows"], None]
    raw = (w["features.mean"] + w["features.std"] * (0.7 * level + 0.7 * random.standard_normal((p["rows"], p["mels"])))).astype(np.float32)
    golden = {"features": raw}
    r = front_end(p, w, raw.astype(np.float64))
    for k in range(p["n_layer"]):
        r = block(p, w, k, r, golden)
        golden[f"hidden_states.{k}"] = r
    final = rms_norm(r, w["backbone.norm_f.weight"])
    golden[f"hidden_states.{p['n_layer']}"] = final
    golden["logits"] = final @ w["head.weight"].T + w["head.bias"]
    return golden


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, value in tensors.items():
        kind = {"float16": "F16", "int32": "I32"}.get(value.dtype.name, "F32")
        header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [offset, offset + value.nbytes]}
        offset += value.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            out.write(np.ascontiguousarray(value).tobytes())


def config(p):
    return {
        "model_type": "mamba_ctc", "architectures": ["MambaForCTC"], "hidden_size": p["d_model"], "num_hidden_layers": p["n_layer"],
        "state_size": p["d_state"], "conv_kernel": p["d_conv"], "expand": 2, "intermediate_size": p["d_inner"],
        "time_step_rank": p["dt_rank"], "layer_norm_epsilon": 1e-5, "use_bias": p["bias"], "use_conv_bias": True,
        "hidden_act": "silu", "vocab_size": len(p["vocab"]), "vocab": p["vocab"], "blank_id": p["blank"],
        "features": {"sample_rate": 16000, "window": 400, "hop": 160, "fft": 512, "mels": p["mels"], "low_hz": 20.0,
                     "high_hz": 7600.0, "floor": 1e-5, "mel_scale": "slaney"},
        "frontend": {"kernels": p["kernels"], "strides": p["strides"], "channels": p["channels"]},
        "torch_dtype": "float16" if p["dtype"] == "F16" else "float32"}


def log_mel(sound, f):
    """Rows [T, mels] by the definition in engine/audio/log_mel.h, float64."""
    def mel(hz):
        return hz * 3.0 / 200.0 if hz < 1000.0 else 15.0 + np.log(hz / 1000.0) * 27.0 / np.log(6.4)

    def hertz(m):
        return m * 200.0 / 3.0 if m < 15.0 else 1000.0 * np.exp((m - 15.0) * np.log(6.4) / 27.0)

    corners = [hertz(m) for m in np.linspace(mel(f["low_hz"]), mel(f["high_hz"]), f["mels"] + 2)]
    bins = np.arange(f["fft"] // 2 + 1) * f["sample_rate"] / f["fft"]
    filters = np.array([np.maximum(0.0, np.minimum((bins - a) / (b - a), (c - bins) / (c - b)))
                        for a, b, c in zip(corners, corners[1:], corners[2:])])
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(f["window"]) / f["window"])
    starts = range(0, len(sound) - f["window"] + 1, f["hop"])
    frames = np.array([sound[s:s + f["window"]] * hann for s in starts])
    return np.log(np.abs(np.fft.rfft(frames, f["fft"])) ** 2 @ filters.T + f["floor"])


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    kinds = {"F16": np.float16, "F32": np.float32, "I32": np.int32}
    return {name: np.frombuffer(data[8 + size + e["data_offsets"][0]:8 + size + e["data_offsets"][1]], kinds[e["dtype"]]).reshape(e["shape"])
            for name, e in json.loads(data[8:8 + size]).items() if name != "__metadata__"}


def answers(model, clip, folder):
    with open(os.path.join(model, "config.json"), encoding="utf-8") as file:
        c = json.load(file)
    p = {"mels": c["features"]["mels"], "kernels": c["frontend"]["kernels"], "strides": c["frontend"]["strides"],
         "d_inner": c["intermediate_size"], "d_state": c["state_size"], "d_conv": c["conv_kernel"], "dt_rank": c["time_step_rank"]}
    w = {name: value.astype(np.float64) for name, value in read_safetensors(os.path.join(model, "model.safetensors")).items()}
    with wave.open(clip) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float64) / 32768.0
    raw = log_mel(sound, c["features"])
    r = front_end(p, w, raw)
    for k in range(c["num_hidden_layers"]):
        r = block(p, w, k, r, {})
    logits = rms_norm(r, w["backbone.norm_f.weight"]) @ w["head.weight"].T + w["head.bias"]
    os.makedirs(folder, exist_ok=True)
    write_safetensors(os.path.join(folder, "golden.safetensors"),
                      {k: v.astype(np.float32) for k, v in {"audio": sound, "features": raw, "logits": logits}.items()})


def main():
    if len(sys.argv) == 5 and sys.argv[1] == "answers":
        return answers(*sys.argv[2:])
    if len(sys.argv) != 3 or sys.argv[1] not in PRESETS:
        sys.exit(f"usage: {sys.argv[0]} {'|'.join(PRESETS)} FOLDER | {sys.argv[0]} answers MODEL CLIP FOLDER")
    p, folder = PRESETS[sys.argv[1]], sys.argv[2]
    random = np.random.default_rng(p["seed"])
    os.makedirs(folder, exist_ok=True)
    weights = make_weights(p, random)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as out:
        json.dump(config(p), out, indent=1, ensure_ascii=False)
        out.write("\n")
    write_safetensors(os.path.join(folder, "model.safetensors"), weights)
    if p["rows"]:
        golden = make_golden(p, weights, random)
        write_safetensors(os.path.join(folder, "golden.safetensors"), {k: v.astype(np.float32) for k, v in golden.items()})


if __name__ == "__main__":
    main()
