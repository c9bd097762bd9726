"""Greedy decoding and error rates, an utterance at a time from the zero state, as `mambascope-cli evaluate-speech`."""

import numpy as np
import torch

from speech.corpus import Utterance
from speech.features import HOP, SAMPLE_RATE, WINDOW
from speech.model import VOCABULARY, output_frames

FLUSH = 10_240  # zeros after an utterance: 640 ms, so that late symbols come out
LOOK_AHEAD = 0.085  # seconds from a frame's start


def collapse(symbols: list[int]) -> str:
    """Text of a path: repeats merged, blanks dropped."""
    text, previous = [], 0
    for symbol in symbols:
        if symbol != previous and symbol != 0:
            text.append(VOCABULARY[symbol])
        previous = symbol
    return " ".join("".join(text).split())


def distance(a: list, b: list) -> int:
    """Levenshtein distance."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


@torch.no_grad()
def transcribe(model, log_mel, audio: torch.Tensor, utterances: list[Utterance], offsets: dict, dtype, batch: int = 64):
    """Texts, and for each the delay in seconds of the last symbol after the end of sound."""
    model.eval()
    texts, delays = [""] * len(utterances), [0.0] * len(utterances)
    order = sorted(range(len(utterances)), key=lambda i: utterances[i].samples)
    for first in range(0, len(order), batch):
        chosen = order[first:first + batch]
        longest = max(utterances[i].samples for i in chosen) + FLUSH
        rows = torch.zeros((len(chosen), longest), device=audio.device)
        for k, i in enumerate(chosen):
            start = offsets[utterances[i].source] + utterances[i].start
            rows[k, :utterances[i].samples] = audio[start:start + utterances[i].samples].float() / 32768.0
        mel = model.normalise(log_mel(rows))
        paths = model(mel, dtype).argmax(-1).cpu().numpy()
        for k, i in enumerate(chosen):
            frames = output_frames((utterances[i].samples + FLUSH - WINDOW) // HOP + 1)
            path = paths[k, :frames]
            texts[i] = collapse(path.tolist())
            sound = rows[k, :utterances[i].samples].cpu().numpy()
            energy = np.convolve(sound ** 2, np.ones(400) / 400, "same")
            end = np.nonzero(energy > 0.003 * energy.max())[0][-1] / SAMPLE_RATE if energy.max() > 0 else 0.0
            symbols = np.nonzero(path)[0]
            if len(symbols):
                last = symbols[-1]
                while last > 0 and path[last - 1] == path[last]:
                    last -= 1
                delays[i] = last * 4 * HOP / SAMPLE_RATE + LOOK_AHEAD - end
    return texts, delays


def error_rates(model, log_mel, audio, utterances: list[Utterance], offsets: dict, dtype=torch.bfloat16) -> dict:
    """By set: words, wer, cer, the delay's median and 95th percentile; under "examples" some texts."""
    texts, delays = transcribe(model, log_mel, audio, utterances, offsets, dtype)
    groups: dict[str, list[int]] = {}
    for i, utterance in enumerate(utterances):
        name = utterance.source
        if name == "synthetic":
            name = "flite held out" if "flite" in utterance.speaker else "espeak-ng held out"
        groups.setdefault(name, []).append(i)
    result, examples = {}, []
    for name, members in groups.items():
        words = sum(len(utterances[i].text.split()) for i in members)
        symbols = sum(len(utterances[i].text) for i in members)
        wrong = sum(distance(utterances[i].text.split(), texts[i].split()) for i in members)
        characters = sum(distance(list(utterances[i].text), list(texts[i])) for i in members)
        delay = np.array([delays[i] for i in members])
        result[name] = {"words": words, "wer": round(wrong / words, 4), "cer": round(characters / symbols, 4),
                        "delay_median": round(float(np.median(delay)), 3),
                        "delay_95": round(float(np.percentile(delay, 95)), 3)}
        examples += [f"{name}: {utterances[i].text} | {texts[i]}" for i in members[:3]]
    result["examples"] = examples
    return result
