#!/usr/bin/python3
"""Small Mamba-2 and Mamba-3 checkpoints in the Mamba repository's layout with golden answers, all in float64 from the maths
alone (mamba2.py with ngroups > 1, mamba3.py SISO), rounded to float32 at the end. No PyTorch.

    make_state_space.py OUT            writes OUT/mamba2-grouped-tiny and OUT/mamba3-siso-tiny
    make_state_space.py --check DIR    recomputes the golden file beside a real checkpoint (pytorch_model.bin) of DIR
"""
import json
import math
import os
import pickle
import struct
import sys
import zipfile

import numpy as np


def silu(x): return x / (1 + np.exp(-x))
def softplus(x): return np.where(x > 20, x, np.log1p(np.exp(np.minimum(x, 20))))


def rms(x, w, groups=1):
    runs = x.reshape(*x.shape[:-1], groups, -1)
    return (runs / np.sqrt((runs ** 2).mean(-1, keepdims=True) + 1e-5)).reshape(x.shape) * w


def cut(x, *widths): return np.split(x, np.cumsum(widths)[:-1], axis=-1)


def mamba2(w, x, c):  # x [L, d_model] -> out [L, d_model], internals
    L, di, n, g, p = len(x), c["expand"] * c["d_model"], c["d_state"], c["ngroups"], c["headdim"]
    heads = di // p
    z, xbc, dt = cut(x @ w["in_proj.weight"].T, di, di + 2 * g * n, heads)
    k = w["conv1d.weight"].shape[-1]
    pad = np.concatenate([np.zeros((k - 1, xbc.shape[1])), xbc])
    conv = silu(sum(pad[j:j + L] * w["conv1d.weight"].reshape(-1, k)[:, j] for j in range(k)) + w["conv1d.bias"])
    u, B, C = cut(conv, di, g * n, g * n)
    dt, A = softplus(dt + w["dt_bias"]).clip(*c.get("dt_limit", (0, np.inf))), -np.exp(w["A_log"])
    v = u.reshape(L, heads, p)
    Bh, Ch = (np.repeat(t.reshape(L, g, n), heads // g, 1) for t in (B, C))
    h, ys, norms = np.zeros((heads, p, n)), [], []
    for t in range(L):
        h = np.exp(dt[t] * A)[:, None, None] * h + (dt[t][:, None] * v[t])[:, :, None] * Bh[t][:, None, :]
        ys.append(np.einsum("hpn,hn->hp", h, Ch[t]) + w["D"][:, None] * v[t])
        norms.append(np.linalg.norm(h, axis=2).reshape(-1))
    y = np.stack(ys).reshape(L, di)
    out = rms(y * silu(z), w["norm.weight"], g) @ w["out_proj.weight"].T
    return out, dict(dt=dt, u=u, B=B, C=C, y=y, gate=silu(z), state_norm=np.stack(norms), final_state=h, conv_state=pad[-(k - 1):].T)


def mamba3(w, x, c):
    L, di, n, g, p = len(x), c["expand"] * c["d_model"], c["d_state"], c["ngroups"], c["headdim"]
    heads, angles = di // p, int(n * c["rope_fraction"]) // 2
    z, v, B, C, ddt, ddA, trap, turn = cut(x @ w["in_proj.weight"].T, di, di, g * n, g * n, heads, heads, heads, angles)
    A = np.minimum(-np.where(ddA >= 0, 1 + ddA, 1 / (1 - np.minimum(ddA, 0))), -1e-4)
    dt, lam = softplus(ddt + w["dt_bias"]), 1 / (1 + np.exp(-trap))
    Bn, Cn = rms(B.reshape(L, g, n), w["B_norm.weight"]), rms(C.reshape(L, g, n), w["C_norm.weight"])
    K = np.repeat(Bn, heads // g, 1) + w["B_bias"].reshape(heads, n)
    Q = np.repeat(Cn, heads // g, 1) + w["C_bias"].reshape(heads, n)
    theta = np.cumsum(np.tanh(turn)[:, None, :] * math.pi * dt[:, :, None], 0)  # [L, heads, angles]
    for t in (K, Q):
        a, b = t[..., 0:2 * angles:2].copy(), t[..., 1:2 * angles:2].copy()
        t[..., 0:2 * angles:2], t[..., 1:2 * angles:2] = a * np.cos(theta) - b * np.sin(theta), a * np.sin(theta) + b * np.cos(theta)
    v = v.reshape(L, heads, p)
    h, ys, norms = np.zeros((heads, p, n)), [], []
    for t in range(L):
        keep = np.exp(A[t] * dt[t])
        before = keep * dt[t] * (1 - lam[t])
        h = keep[:, None, None] * h + (dt[t] * lam[t])[:, None, None] * v[t][:, :, None] * K[t][:, None, :]
        if t: h += before[:, None, None] * v[t - 1][:, :, None] * K[t - 1][:, None, :]
        ys.append(np.einsum("hpn,hn->hp", h, Q[t]) + w["D"][:, None] * v[t])
        norms.append(np.linalg.norm(h, axis=2).reshape(-1))
    y = np.stack(ys).reshape(L, di)
    return (y * silu(z)) @ w["out_proj.weight"].T, dict(
        dt=dt, B=Bn.reshape(L, -1), C=Cn.reshape(L, -1), y=y, gate=silu(z), state_norm=np.stack(norms), final_state=h,
        retention=np.exp(A * dt))


def answers(weights, ids, config):
    c = {"expand": 2, "ngroups": 1, "d_model": config["d_model"], **config["ssm_cfg"]}
    mixer = mamba3 if c["layer"] == "Mamba3" else mamba2
    w = {k: v.astype(np.float64) for k, v in weights.items()}
    r, golden = w["backbone.embedding.weight"][ids], {}
    for i in range(config["n_layer"]):
        prefix = f"backbone.layers.{i}."
        part = {k[len(prefix + "mixer."):]: v for k, v in w.items() if k.startswith(prefix + "mixer.")}
        out, inside = mixer(part, rms(r, w[prefix + "norm.weight"]), c)
        r = r + out
        golden.update({f"layer{i}.{k}": v for k, v in inside.items()})
        golden[f"hidden_states.{i}"] = r
    golden["logits"] = rms(r, w["backbone.norm_f.weight"]) @ w["backbone.embedding.weight"].T
    return golden


def save(path, tensors):
    header, blob = {}, b""
    for name, t in tensors.items():
        t = np.ascontiguousarray(t, np.int32 if t.dtype.kind == "i" else np.float32)
        header[name] = {"dtype": "I32" if t.dtype == np.int32 else "F32", "shape": list(t.shape), "data_offsets": [len(blob), len(blob) + t.nbytes]}
        blob += t.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file: file.write(struct.pack("<Q", len(text)) + text + blob)


def load(path):
    with open(path, "rb") as file: raw = file.read()
    size = struct.unpack("<Q", raw[:8])[0]
    types = {"F32": np.float32, "I32": np.int32}
    return {k: np.frombuffer(raw[8 + size:][v["data_offsets"][0]:v["data_offsets"][1]], types[v["dtype"]]).reshape(v["shape"])
            for k, v in json.loads(raw[8:8 + size]).items() if k != "__metadata__"}


def load_torch(path):
    """Tensors of a pytorch_model.bin of plain float32 tensors."""
    archive = zipfile.ZipFile(path)
    root = archive.namelist()[0].split("/")[0]

    class Reader(pickle.Unpickler):
        def persistent_load(self, pid): return np.frombuffer(archive.read(f"{root}/data/{pid[2]}"), np.float32)
        def find_class(self, module, name):
            if name == "_rebuild_tensor_v2":
                return lambda s, offset, shape, *rest: s[offset:offset + math.prod(shape)].reshape(shape)
            if name == "OrderedDict": return dict
            if module == "torch": return lambda *a: None
            raise pickle.UnpicklingError(f"{module}.{name}")
    with archive.open(f"{root}/data.pkl") as file: return Reader(file).load()


def write(folder, layer, ssm, d_model, n_layer, vocab, length, seed):
    rng = np.random.default_rng(seed)
    config = {"d_model": d_model, "d_intermediate": 0, "n_layer": n_layer, "vocab_size": vocab, "ssm_cfg": {"layer": layer, **ssm},
              "attn_layer_idx": [], "attn_cfg": {}, "rms_norm": True, "residual_in_fp32": True, "fused_add_norm": False,
              "pad_vocab_size_multiple": 8, "tie_embeddings": True}
    di, n, g, heads = 2 * d_model, ssm["d_state"], ssm["ngroups"], 2 * d_model // ssm["headdim"]
    def matrix(rows, cols): return rng.normal(size=(rows, cols)) * 1.4 / math.sqrt(cols)
    def near(value, *shape): return value + 0.3 * rng.normal(size=shape)
    w = {"backbone.embedding.weight": rng.normal(size=(vocab, d_model)), "backbone.norm_f.weight": near(1, d_model)}
    for i in range(n_layer):
        m = f"backbone.layers.{i}.mixer."
        w[f"backbone.layers.{i}.norm.weight"] = near(1, d_model)
        w[m + "dt_bias"], w[m + "D"] = near(-1, heads), near(1, heads)
        if layer == "Mamba3":
            rows = 2 * di + 2 * g * n + 3 * heads + int(n * ssm["rope_fraction"]) // 2
            for k in "BC": w[m + k + "_bias"], w[m + k + "_norm.weight"] = near(1, heads, 1, n), near(1, n)
        else:
            rows = 2 * di + 2 * g * n + heads
            w[m + "conv1d.weight"], w[m + "conv1d.bias"] = near(0, di + 2 * g * n, 1, 4), near(0, di + 2 * g * n)
            w[m + "A_log"], w[m + "norm.weight"] = near(0.5, heads), near(1, di)
        w[m + "in_proj.weight"], w[m + "out_proj.weight"] = matrix(rows, d_model), matrix(d_model, di)
    w = {k: v.astype(np.float32) for k, v in w.items()}
    ids = rng.integers(0, vocab, length).astype(np.int32)
    os.makedirs(folder, exist_ok=True)
    save(folder + "/model.safetensors", w)
    save(folder + "/golden.safetensors", {"input_ids": ids, **answers(w, ids, config)})
    with open(folder + "/config.json", "w") as file: json.dump(config, file, indent=1)


def check(folder):
    with open(folder + "/config.json") as file: config = json.load(file)
    golden = load(folder + "/golden.safetensors")
    mine = answers(load_torch(folder + "/pytorch_model.bin"), golden["input_ids"], config)
    for name in sorted(golden.keys() & mine.keys()):
        error = np.linalg.norm(mine[name].reshape(-1) - golden[name].reshape(-1)) / np.linalg.norm(golden[name])
        print(f"{error:.1e}  {name}")
        assert error < 1e-5, name


if len(sys.argv) == 3 and sys.argv[1] == "--check": check(sys.argv[2])
else:
    write(sys.argv[1] + "/mamba2-grouped-tiny", "Mamba2", {"d_state": 16, "headdim": 8, "ngroups": 2, "dt_limit": [0.2, 0.6], "chunk_size": 16}, 16, 2, 48, 33, 1)
    write(sys.argv[1] + "/mamba3-siso-tiny", "Mamba3", {"d_state": 16, "headdim": 8, "ngroups": 1, "rope_fraction": 0.5, "chunk_size": 16}, 16, 2, 48, 33, 2)
