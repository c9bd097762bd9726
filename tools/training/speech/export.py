"""Write a trained speech model as a folder, measure what was written, and keep golden tensors of one utterance."""

import json
import pathlib

import torch
from safetensors.torch import load_file, save_file

from speech import evaluate, features
from speech.model import KERNEL, STRIDE, VOCABULARY, SpeechConfig, SpeechModel

GOLDEN_SAMPLES = 40_000


def config_json(config: SpeechConfig) -> dict:
    """config.json of family mamba_ctc."""
    return {
        "architectures": ["MambaForCTC"], "model_type": "mamba_ctc", "torch_dtype": "float16",
        "hidden_size": config.d_model, "intermediate_size": config.d_inner, "num_hidden_layers": config.n_layer,
        "state_size": config.d_state, "conv_kernel": config.d_conv, "expand": config.expand,
        "time_step_rank": config.dt_rank, "layer_norm_epsilon": config.norm_eps, "hidden_act": "silu",
        "use_bias": False, "use_conv_bias": True, "vocab_size": config.vocab_size, "vocab": VOCABULARY, "blank_id": 0,
        "features": features.CONFIG,
        "frontend": {"kernels": [KERNEL, KERNEL], "strides": [STRIDE, STRIDE], "channels": list(config.channels)},
    }


def write_folder(model: SpeechModel, out: pathlib.Path) -> None:
    """config.json and model.safetensors (F16)."""
    (out / "config.json").write_text(json.dumps(config_json(model.config), indent=2) + "\n")
    tensors = {name: tensor.detach().cpu().to(torch.float16).contiguous() for name, tensor in model.state_dict().items()}
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise RuntimeError(f"{name} does not fit F16")
    save_file(tensors, str(out / "model.safetensors"), metadata={"format": "pt"})


@torch.no_grad()
def write_golden(model: SpeechModel, audio: torch.Tensor, out: pathlib.Path) -> None:
    """golden.safetensors: audio [samples], features [T, 80] (float64 arithmetic), logits, hidden_states.k (float32)."""
    sound = audio.double().cpu() / 32768.0
    mel = features.LogMel("cpu", torch.float64)(sound[None])
    hidden: list[torch.Tensor] = []
    logits = model(model.normalise(mel.float().cuda()), hidden=hidden)
    tensors = {"audio": audio.cpu().float() / 32768.0, "features": mel[0].float(), "logits": logits[0].cpu()}
    tensors |= {f"hidden_states.{k}": value[0].cpu() for k, value in enumerate(hidden)}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, str(out / "golden.safetensors"))


def export(model: SpeechModel, log_mel, audio, offsets, development, test, out: pathlib.Path, figures: dict, note) -> None:
    """Write the folder, load the F16 weights back and measure them with float32 compute."""
    write_folder(model, out)
    saved = load_file(str(out / "model.safetensors"))
    model.load_state_dict({name: tensor.float() for name, tensor in saved.items()})
    model.eval()
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    metrics = {"parameters": sum(p.numel() for p in model.parameters()),
               "model_bytes": (out / "model.safetensors").stat().st_size, "training": figures,
               "decoding": "greedy, an utterance at a time from the zero state, 640 ms of zeros after it",
               "development": evaluate.error_rates(model, log_mel, audio, development, offsets, torch.float32)}
    if test:
        metrics["test"] = evaluate.error_rates(model, log_mel, audio, test, offsets, torch.float32)
        start = offsets[test[0].source] + test[0].start
        write_golden(model, audio[start:start + GOLDEN_SAMPLES], out)
    (out / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    note(json.dumps({key: metrics[key] for key in ("parameters", "model_bytes", "development", "test") if key in metrics},
                    indent=1))
