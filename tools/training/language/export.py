"""Write a trained model as a Hugging Face folder, measure what was written, and check it against `transformers`."""

import json
import os
import pathlib

import torch
from safetensors.torch import load_file, save_file

from language import evaluate
from language.mamba_model import MambaConfig, MambaLM, MambaState

PROMPTS = ["It was on a dreary night of November that", "“My dear Watson,” said he, “",
           "The ship had been at sea for three weeks, and", "She looked at him for a long time without speaking."]
GOLDEN_TOKENS, GREEDY_TOKENS = 64, 24


def hf_config(config: MambaConfig) -> dict:
    """config.json of transformers' MambaForCausalLM."""
    return {
        "architectures": ["MambaForCausalLM"], "model_type": "mamba", "dtype": "float16",
        "vocab_size": config.vocab_size, "hidden_size": config.d_model, "intermediate_size": config.d_inner,
        "num_hidden_layers": config.n_layer, "state_size": config.d_state, "conv_kernel": config.d_conv,
        "expand": config.expand, "time_step_rank": config.dt_rank, "layer_norm_epsilon": config.norm_eps,
        "hidden_act": "silu", "use_bias": False, "use_conv_bias": True, "residual_in_fp32": True,
        "rescale_prenorm_residual": False, "tie_word_embeddings": True, "use_cache": True, "initializer_range": 0.02,
        "time_step_floor": 0.0001, "time_step_init_scheme": "random", "time_step_max": 0.1, "time_step_min": 0.001,
        "time_step_scale": 1.0, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0,
    }


def write_folder(model: MambaLM, out: pathlib.Path) -> None:
    """config.json, generation_config.json and model.safetensors (F16); tokenizer.json is there already."""
    (out / "config.json").write_text(json.dumps(hf_config(model.config), indent=2) + "\n")
    generation = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0, "do_sample": True, "temperature": 0.8,
                  "top_p": 0.95, "max_new_tokens": 200}
    (out / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")
    tensors = {name: tensor.detach().cpu().to(torch.float16).contiguous()
               for name, tensor in model.state_dict().items()}
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise RuntimeError(f"{name} does not fit F16")
    save_file(tensors, str(out / "model.safetensors"), metadata={"format": "pt"})


def check_transformers(model: MambaLM, ids: torch.Tensor, folder: pathlib.Path) -> tuple[float, torch.Tensor]:
    """Largest relative error over tokens against transformers' logits for `ids` [n]; and those logits."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from transformers import MambaForCausalLM

    other = MambaForCausalLM.from_pretrained(folder, dtype=torch.float32, use_associative_scan=False).eval()
    device = model.backbone.embeddings.weight.device
    with torch.no_grad():
        expected = other(ids[None], use_cache=False).logits[0].float()  # [n, vocab_size]
        mine, _ = model(ids[None].to(device), MambaState(model.config, 1, device))
    error = (mine[0].cpu() - expected).norm(dim=-1) / expected.norm(dim=-1)
    return error.max().item(), expected


@torch.no_grad()
def greedy(model: MambaLM, ids: torch.Tensor, count: int) -> torch.Tensor:
    """The `count` most likely tokens after `ids` [n], one at a time from the zero state (no context token before)."""
    device = model.backbone.embeddings.weight.device
    state, step, result = MambaState(model.config, 1, device), ids[None].to(device), []
    for _ in range(count):
        logits, state = model(step, state)
        step = logits[:, -1:].argmax(-1)
        result.append(step.item())
    return torch.tensor(result)


def write_golden(model: MambaLM, ids: torch.Tensor, out: pathlib.Path) -> dict:
    """Check 200 tokens against transformers; write golden.safetensors: input_ids, logits, greedy_ids."""
    long_error, _ = check_transformers(model, ids[:200], out)
    prompt = ids[:GOLDEN_TOKENS]
    following = greedy(model, prompt, GREEDY_TOKENS)
    error, logits = check_transformers(model, torch.cat([prompt, following]), out)
    choices = logits[GOLDEN_TOKENS - 1:-1].argmax(-1)
    same = bool((choices == following).all())
    save_file({"input_ids": prompt.to(torch.int32), "logits": logits[:GOLDEN_TOKENS].contiguous(),
               "greedy_ids": choices.to(torch.int32)}, str(out / "golden.safetensors"))
    return {"transformers_relative_error": max(long_error, error), "transformers_greedy_same": same}


def export(model: MambaLM, tokenizer, out: pathlib.Path, figures: dict, texts: list[str], limit: int, note) -> None:
    """Write everything, then load the F16 weights back and measure them with float32 compute on `texts`."""
    write_folder(model, out)
    model.load_state_dict({name: tensor.float() for name, tensor in load_file(str(out / "model.safetensors")).items()})
    model.eval()
    metrics = {"definition": evaluate.__doc__.split("Definition: ")[1].strip(),
               "parameters": sum(p.numel() for p in model.parameters()),
               "model_bytes": (out / "model.safetensors").stat().st_size, "training": figures, "texts": {}}
    golden_ids = None
    for path in map(pathlib.Path, texts):
        data = path.read_bytes()
        if limit:
            data = data[:limit].decode("utf-8", errors="ignore").encode()
        metrics["texts"][path.name] = evaluate.bits_per_byte(model, tokenizer, data)
        note(f"{path.name}: {json.dumps(metrics['texts'][path.name])}")
        if golden_ids is None:
            start = data.decode("utf-8").find("\n\n I am by birth a Genevese")
            golden_ids = torch.tensor(tokenizer.encode(data.decode("utf-8")[max(0, start) + 2:][:4000]).ids)
    (out / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    samples = []
    for i, prompt in enumerate(PROMPTS):
        samples += evaluate.sample(model, tokenizer, [prompt], 150, 0.8, 0.95, seed=i + 1)
    (out / "samples.txt").write_text("\n\n=====\n\n".join(samples) + "\n")
    note("samples:\n" + "\n=====\n".join(samples))
    if golden_ids is not None:
        metrics.update(write_golden(model, golden_ids, out))
        note(f"transformers: relative error {metrics['transformers_relative_error']:.2e}, greedy tokens the same: "
             f"{metrics['transformers_greedy_same']}")
        if not metrics["transformers_relative_error"] < 1e-4:
            note("WARNING: transformers disagrees")
    (out / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
