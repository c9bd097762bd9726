"""Utterances: reading the tables and audio, the split into training and development, and the store on the device."""

import csv
import dataclasses
import pathlib
import re
import subprocess
import wave

import numpy as np

from speech.features import SAMPLE_RATE
from speech.model import VOCABULARY

# Whole speakers are held out; librispeech and ljspeech (one reader) by utterance, every n-th.
HELD_OUT_SPEAKERS = {"an4": {"fbbh", "fclc", "fkai", "mblb", "mcel", "mdmc", "mjhp", "mmtm"}, "fsdd": {"nicolas"}}
HELD_OUT_EVERY = {"librispeech": 20, "ljspeech": 20, "keywords": 20}


@dataclasses.dataclass
class Utterance:
    """A piece of one set's audio."""

    source: str
    speaker: str
    text: str  # normalised
    start: int  # sample in the set's audio
    samples: int


@dataclasses.dataclass
class Set:
    """One audio file and its utterances. audio: int16 [samples]."""

    name: str
    audio: np.ndarray
    utterances: list[Utterance]


def normalise(text: str) -> str:
    """Lower-case letters and apostrophes, single spaces: what the model can write."""
    return " ".join(re.sub(r"[^a-z']", " ", text.lower()).split())


def encode(text: str) -> np.ndarray:
    """Symbol numbers of a normalised text."""
    return np.array([VOCABULARY.index(c) for c in text], np.int32)


def read_audio(path: pathlib.Path) -> np.ndarray:
    """int16 samples at 16 kHz mono of a WAV, FLAC or Opus file; the last two need `flac` or `opusdec` on the path."""
    if path.suffix == ".opus":
        command = ["opusdec", "--quiet", "--rate", str(SAMPLE_RATE), "--force-wav", str(path), "-"]
        data = subprocess.run(command, check=True, capture_output=True).stdout
        return np.frombuffer(data[44:len(data) - len(data) % 2], np.int16)
    if path.suffix == ".flac":
        data = subprocess.run(["flac", "-s", "-d", "-c", "--force-raw-format", "--endian=little", "--sign=signed",
                               str(path)], check=True, capture_output=True).stdout
        return np.frombuffer(data, np.int16)
    with wave.open(str(path)) as file:
        if file.getframerate() != SAMPLE_RATE or file.getnchannels() != 1 or file.getsampwidth() != 2:
            raise ValueError(f"{path}: 16 kHz mono 16-bit expected")
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def read_set(name: str, audio: pathlib.Path) -> Set:
    """The set whose audio is `audio` and whose table (start_sample, samples, speaker, text) lies beside it."""
    utterances = []
    with open(audio.with_suffix(".tsv"), newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            text = normalise(row["text"])
            if text:
                utterances.append(Utterance(name, row["speaker"], text, int(row["start_sample"]), int(row["samples"])))
    return Set(name, read_audio(audio), utterances)


def split(sets: list[Set]) -> tuple[list[Utterance], list[Utterance]]:
    """Training and development utterances."""
    training, development = [], []
    for part in sets:
        every = HELD_OUT_EVERY.get(part.name)
        speakers = HELD_OUT_SPEAKERS.get(part.name, set())
        for i, utterance in enumerate(part.utterances):
            held = utterance.speaker in speakers or (every and i % every == every - 1) \
                or utterance.speaker.startswith("heldout")
            (development if held else training).append(utterance)
    return training, development
