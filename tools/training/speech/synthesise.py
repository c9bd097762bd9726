"""Synthetic speech from espeak-ng and flite: many voices, rates and pitches; texts from transcripts and a small grammar.

    python -m speech.synthesise --transcripts librispeech.txt.xz ljspeech.txt.xz --commands an4-train.tsv \
        --count 24000 --out DIR

Writes DIR/synthetic.wav and DIR/synthetic.tsv (start_sample, samples, speaker, text). Speakers named `heldout-...` are
voices that training does not hear: flite's rms and three espeak-ng variants.
"""

import argparse
import concurrent.futures
import csv
import lzma
import os
import pathlib
import random
import subprocess
import tempfile
import wave

import numpy as np
from scipy.signal import resample_poly

from speech.corpus import normalise
from speech.features import SAMPLE_RATE

ACCENTS = ["en-us"] * 4 + ["en-us-nyc", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029"]
VARIANTS = ["", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f2", "f3", "f4", "Alex", "Andy", "Annie", "Lee", "Mario",
            "Michael", "adam", "anika", "belinda", "benjamin", "boris", "caleb", "david", "ed", "iven", "john", "linda",
            "max", "paul", "quincy", "rob", "shelby", "steph", "travis", "victor", "zac", "klatt2", "klatt4"]
HELD_OUT_VARIANTS = ["m8", "f5", "edward"]
FLITE = ["slt", "slt", "awb", "kal16", "kal"]
HELD_OUT_FLITE = "rms"

DIGITS = "zero one two three four five six seven eight nine oh".split()
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = ("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
            "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth").split()
MONTHS = ("january february march april may june july august september october november december").split()
COMMANDS = "enter erase rubout repeat stop start go yes no help".split()
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def number(rng: random.Random) -> str:
    """A number in words, below ten thousand."""
    kind = rng.random()
    small = rng.choice(DIGITS[1:10])
    two = rng.choice([rng.choice(TEENS), rng.choice(TENS), f"{rng.choice(TENS)} {rng.choice(DIGITS[1:10])}"])
    if kind < 0.4:
        return two
    if kind < 0.6:
        return f"{small} hundred {rng.choice(['', 'and '])}{two}"
    if kind < 0.7:
        return f"{small} thousand {rng.choice(['', small + ' hundred ', 'and '])}{two}"
    return rng.choice([two, rng.choice(DIGITS)])


def phrase(rng: random.Random, words: list[str]) -> str:
    """Spelled words, digits, numbers, dates, commands."""
    kind = rng.random()
    if kind < 0.3:
        return " ".join(rng.choice(words)[:11])
    if kind < 0.45:
        return " ".join(rng.choice(DIGITS) for _ in range(rng.randint(3, 8)))
    if kind < 0.6:
        parts = [rng.choice(LETTERS) for _ in range(rng.randint(1, 4))] + [number(rng) for _ in range(rng.randint(0, 3))]
        return " ".join([rng.choice(COMMANDS)] + parts)
    if kind < 0.75:
        ordinal = rng.choice(ORDINALS)
        if rng.random() < 0.3:
            ordinal = f"{rng.choice(['twenty', 'thirty'])} {rng.choice(ORDINALS[:9])}"
        return f"{rng.choice(MONTHS)} {ordinal} nineteen {number(rng)}"
    if kind < 0.9:
        return " ".join(number(rng) for _ in range(rng.randint(1, 3)))
    return rng.choice(COMMANDS)


def texts(arguments, rng: random.Random) -> list[str]:
    """`count` texts: spans of 2 to 12 words of the transcripts, and phrases."""
    lines = []
    for path in arguments.transcripts:
        data = lzma.open(path).read() if path.endswith(".xz") else pathlib.Path(path).read_bytes()
        lines += [words for line in data.decode("utf-8").splitlines() if len(words := normalise(line).split()) > 2]
    names = [word for line in lines[:20_000] for word in line if 3 <= len(word) <= 11 and "'" not in word]
    result = []
    with open(arguments.commands, newline="", encoding="utf-8") as file:
        commands = [normalise(row["text"]) for row in csv.DictReader(file, delimiter="\t")]
    for _ in range(arguments.count):
        kind = rng.random()
        if kind < 0.08:
            result.append(rng.choice(commands))
        elif kind < 0.4:
            result.append(phrase(rng, names))
        else:
            line = rng.choice(lines)
            size = rng.randint(2, 12)
            at = rng.randint(0, max(0, len(line) - size))
            result.append(" ".join(line[at:at + size]))
    return result


def spoken(text: str) -> str:
    """What the synthesisers are given: a lone `a` among letters is named, not the article."""
    words = text.split()
    spelled = [len(word) == 1 for word in words]
    return " ".join("ay" if word == "a" and (any(spelled[max(0, i - 1):i]) or any(spelled[i + 1:i + 2])) else word
                    for i, word in enumerate(words))


def speak(job: tuple[str, int]) -> tuple[str, str, np.ndarray] | None:
    """Speaker, text and int16 audio of one text; None where the synthesiser fails."""
    text, seed = job
    rng = random.Random(seed)
    held = seed % 50 == 0
    path = os.path.join(tempfile.gettempdir(), f"synthesise-{os.getpid()}.wav")
    if rng.random() < 0.4:
        voice = HELD_OUT_FLITE if held else rng.choice(FLITE)
        command = ["flite", "-voice", voice, "--setf", f"duration_stretch={rng.uniform(0.75, 1.3):.3f}", "-t",
                   spoken(text), "-o", path]
        if voice != "slt":
            command[3:3] = ["--setf", f"int_f0_target_mean={rng.uniform(80, 180):.0f}"]
        speaker = f"flite-{voice}"
    else:
        variant = rng.choice(HELD_OUT_VARIANTS if held else VARIANTS)
        voice = rng.choice(ACCENTS) + (f"+{variant}" if variant else "")
        command = ["espeak-ng", "-v", voice, "-s", str(rng.randint(115, 205)), "-p", str(rng.randint(20, 80)), "-w", path,
                   spoken(text)]
        speaker = f"espeak-{variant}"
    if subprocess.run(command, capture_output=True).returncode != 0:
        return None
    with wave.open(path) as file:
        rate = file.getframerate()
        audio = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32)
    if len(audio) < rate // 10 or len(audio) > 16 * rate:
        return None
    if rate != SAMPLE_RATE:
        divisor = np.gcd(rate, SAMPLE_RATE)
        audio = resample_poly(audio, SAMPLE_RATE // divisor, rate // divisor)
    loud = np.nonzero(np.abs(audio) > 0.02 * np.abs(audio).max())[0]
    audio = audio[max(0, loud[0] - 1600):loud[-1] + 2400]
    audio *= 12_000 / max(1.0, np.abs(audio).max())
    return ("heldout-" if held else "") + speaker, text, audio.astype(np.int16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transcripts", nargs="+", required=True)
    parser.add_argument("--commands", required=True, help="table whose column `text` gives command phrases")
    parser.add_argument("--count", type=int, default=24_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    jobs = [(text, i + 100_000 * arguments.seed) for i, text in enumerate(texts(arguments, random.Random(arguments.seed)))]
    out = pathlib.Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    at, seconds = 0, 0.0
    with (concurrent.futures.ProcessPoolExecutor() as pool, wave.open(str(out / "synthetic.wav"), "wb") as audio_file,
          open(out / "synthetic.tsv", "w", newline="", encoding="utf-8") as table):
        audio_file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        writer = csv.writer(table, delimiter="\t", lineterminator="\n")
        writer.writerow(["start_sample", "samples", "speaker", "text"])
        for result in pool.map(speak, jobs, chunksize=16):
            if result is None:
                continue
            speaker, text, audio = result
            audio_file.writeframes(audio.tobytes())
            writer.writerow([at, len(audio), speaker, text])
            at += len(audio)
            seconds += len(audio) / SAMPLE_RATE
    print(f"{len(jobs)} texts, {seconds / 3600:.1f} h of synthetic speech", flush=True)


if __name__ == "__main__":
    main()
