"""Bits per byte of a text under the model, and text sampled from it.

    python -m language.evaluate --model DIR [--device cuda] FILE ...

Definition: the whole file is one token sequence; from the zero state the model is fed `<|endoftext|>` (token 0), then
every token of the file, the state carried from the first to the last. The figure is the sum over the file's tokens of
-log2 p(token | all before it), divided by the file's bytes. Logits of ids that have no token are masked out.
"""

import argparse
import json
import math
import pathlib

import torch
import torch.nn.functional as F

from language import bpe_tokenizer
from language.mamba_model import MambaConfig, MambaLM, MambaState


@torch.no_grad()
def stream_nats(model: MambaLM, ids: torch.Tensor, tokens: int, chunk: int = 8192) -> float:
    """Sum of -ln p over `ids` [n] read from the zero state after token 0; `tokens`: how many ids have a token."""
    device = model.backbone.embeddings.weight.device
    model.eval()
    state = MambaState(model.config, 1, device)
    context = torch.cat([ids.new_zeros(1), ids[:-1]]).to(device)
    targets = ids.to(device)
    total = 0.0
    for start in range(0, len(ids), chunk):
        logits, state = model(context[None, start:start + chunk], state)
        logits = logits[0, :, :tokens].double()
        total += F.cross_entropy(logits, targets[start:start + chunk], reduction="sum").item()
    return total


def bits_per_byte(model: MambaLM, tokenizer, text: bytes) -> dict:
    """Figures of one text: bytes, tokens, bits_per_byte, nats_per_token."""
    ids = torch.tensor(tokenizer.encode(text.decode("utf-8")).ids, dtype=torch.long)
    nats = stream_nats(model, ids, tokenizer.get_vocab_size())
    return {"bytes": len(text), "tokens": len(ids), "bits_per_byte": nats / math.log(2) / len(text),
            "nats_per_token": nats / len(ids)}


@torch.no_grad()
def sample(model: MambaLM, tokenizer, prompts: list[str], count: int, temperature: float, top_p: float,
           seed: int) -> list[str]:
    """Continue each prompt by `count` tokens; nucleus sampling (Holtzman et al. 2020)."""
    device = model.backbone.embeddings.weight.device
    generator = torch.Generator(device="cpu").manual_seed(seed)
    model.eval()
    results = []
    for prompt in prompts:
        ids = [0] + tokenizer.encode(prompt).ids
        state = MambaState(model.config, 1, device)
        step = torch.tensor([ids], device=device)
        for _ in range(count):
            logits, state = model(step, state)
            p = F.softmax(logits[0, -1, :tokenizer.get_vocab_size()].cpu() / temperature, dim=-1)
            p, order = p.sort(descending=True)
            p[p.cumsum(0) - p > top_p] = 0.0
            ids.append(order[torch.multinomial(p, 1, generator=generator)].item())
            step = torch.tensor([[ids[-1]]], device=device)
        results.append(tokenizer.decode(ids[1:], skip_special_tokens=False))
    return results


def load_model(folder, device: str) -> MambaLM:
    """The model of a folder in Hugging Face layout, float32 compute."""
    from safetensors.torch import load_file

    folder = pathlib.Path(folder)
    config = json.loads((folder / "config.json").read_text())
    model = MambaLM(MambaConfig(vocab_size=config["vocab_size"], d_model=config["hidden_size"],
                                n_layer=config["num_hidden_layers"], norm_eps=config["layer_norm_epsilon"]))
    tensors = {name: tensor.float() for name, tensor in load_file(str(folder / "model.safetensors")).items()}
    model.load_state_dict(tensors)
    return model.to(device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="folder with config.json, model.safetensors, tokenizer.json")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    model = load_model(args.model, args.device)
    tokenizer = bpe_tokenizer.load(pathlib.Path(args.model) / "tokenizer.json")
    for name in args.files:
        figures = bits_per_byte(model, tokenizer, pathlib.Path(name).read_bytes())
        print(name, json.dumps(figures))


if __name__ == "__main__":
    main()
