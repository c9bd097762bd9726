"""Rows of joined utterances, chosen on the host, assembled and disturbed on the device.

A row is 18 s of audio: utterances one after another with pauses between them, so that every row has the same shape
and the model learns to go on after a pause. Each utterance has a speed and a gain of its own; room, noise, frequency
response and band limits belong to the row.
"""

import dataclasses
import math

import numpy as np
import torch

from speech.corpus import Set, Utterance, encode
from speech.features import HIGH_HZ, HOP, LOW_HZ, MELS, SAMPLE_RATE, WINDOW, hz_to_mel, mel_to_hz

ROW_SAMPLES = 288_000  # 18 s; its factors are 2, 3 and 5, so that transforms are quick
ROW_MELS = (ROW_SAMPLES - WINDOW) // HOP + 1
MAX_PIECES = 14
MAX_SYMBOLS = 480
TAIL = 10_000  # silence that ends a row at least: late symbols still come out
SHARES = {"an4": 0.36, "librispeech": 0.12, "ljspeech": 0.10, "fsdd": 0.07, "keywords": 0.05, "synthetic": 0.30}


@dataclasses.dataclass
class RowPlan:
    """What a batch is made of. pieces: [batch, MAX_PIECES, 5] = source start, length, row start, speed, gain."""

    pieces: np.ndarray
    targets: np.ndarray  # [batch, MAX_SYMBOLS] int32
    lengths: np.ndarray  # [batch] int32


class RowPlanner:
    """Draws rows. `shares`: how often each set is drawn; `offsets`: where a set's audio starts in the store."""

    def __init__(self, utterances: list[Utterance], offsets: dict[str, int], batch: int, seed: int,
                 shares: dict[str, float] | None = None):
        self.rng = np.random.default_rng(seed)
        self.batch, self.offsets = batch, offsets
        self.by_source: dict[str, list[tuple[Utterance, np.ndarray]]] = {}
        for utterance in utterances:
            self.by_source.setdefault(utterance.source, []).append((utterance, encode(utterance.text)))
        self.shares = {name: share for name, share in (shares or SHARES).items() if name in self.by_source}
        self.order = {name: [] for name in self.by_source}

    def _draw(self, source: str) -> tuple[Utterance, np.ndarray]:
        """The set's utterances in a fresh random order each time round."""
        if not self.order[source]:
            self.order[source] = list(self.rng.permutation(len(self.by_source[source])))
        return self.by_source[source][self.order[source].pop()]

    def _source(self) -> str:
        names = list(self.shares)
        weights = np.array([self.shares[name] for name in names])
        return names[self.rng.choice(len(names), p=weights / weights.sum())]

    def next(self) -> RowPlan:
        """A batch of rows."""
        rng = self.rng
        pieces = np.zeros((self.batch, MAX_PIECES, 5), np.float64)
        pieces[:, :, 2] = ROW_SAMPLES
        targets = np.zeros((self.batch, MAX_SYMBOLS), np.int32)
        lengths = np.zeros(self.batch, np.int32)
        for row in range(self.batch):
            at, symbols = int(rng.uniform(0, 0.5) * SAMPLE_RATE), []
            source = self._source()
            limit = MAX_PIECES if rng.random() < 0.75 else 1 + int(rng.integers(3))
            count = misses = 0
            while count < limit and misses < 4:
                if count and rng.random() < 0.4:
                    source = self._source()
                utterance, text = self._draw(source)
                speed = rng.uniform(0.85, 1.18)
                length = int((utterance.samples - 2) / speed)
                frames = length / (4 * HOP)
                needed = len(text) + int((text[1:] == text[:-1]).sum())
                size = len(symbols) + len(text) + 1
                if needed > 0.85 * frames or at + length + TAIL > ROW_SAMPLES or size > MAX_SYMBOLS:
                    misses += 1
                    continue
                gain = 10 ** (rng.uniform(-8, 4) / 20)
                pieces[row, count] = (self.offsets[utterance.source] + utterance.start, length, at, speed, gain)
                symbols += ([1] if symbols else []) + text.tolist()
                at += length + int(min(1.5, 0.08 + rng.exponential(0.35)) * SAMPLE_RATE)
                count += 1
            targets[row, :len(symbols)] = symbols
            lengths[row] = len(symbols)
        return RowPlan(pieces, targets, lengths)


def store(sets: list[Set], device) -> tuple[torch.Tensor, dict[str, int]]:
    """All audio in one int16 tensor on the device, and where each set starts in it."""
    offsets, at = {}, 0
    for part in sets:
        offsets[part.name] = at
        at += len(part.audio)
    audio = torch.empty(at, dtype=torch.int16, device=device)
    for part in sets:
        start = offsets[part.name]
        audio[start:start + len(part.audio)] = torch.from_numpy(part.audio.copy()).to(device)
    return audio, offsets


def assemble(audio: torch.Tensor, pieces: torch.Tensor) -> torch.Tensor:
    """Rows [batch, ROW_SAMPLES] float32 in [-1, 1] from the store and `pieces` [batch, MAX_PIECES, 5] float64."""
    batch = pieces.shape[0]
    position = torch.arange(ROW_SAMPLES, device=audio.device, dtype=torch.float64).expand(batch, -1).contiguous()
    starts = pieces[:, :, 2].contiguous()
    index = (torch.searchsorted(starts, position, right=True) - 1).clamp_min(0)
    start, length, at, speed, gain = (pieces[:, :, i].gather(1, index) for i in range(5))
    local = position - at
    inside = (local >= 0) & (local < length)
    source = start + local.clamp_min(0) * speed
    source = torch.where(inside, source, torch.zeros_like(source))
    whole = source.floor()
    fraction = (source - whole).float()
    whole = whole.long().clamp_max(audio.numel() - 2)
    value = torch.lerp(audio[whole].float(), audio[whole + 1].float(), fraction)
    return torch.where(inside, value * gain.float() / 32768.0, torch.zeros_like(value))


class Disturber:
    """Room, noise, frequency response, band limits and level of rows, by multiplication in the frequency domain."""

    def __init__(self, device):
        self.device = device
        self.hz = torch.fft.rfftfreq(ROW_SAMPLES, 1.0 / SAMPLE_RATE).to(device)
        self.octave = torch.log2(self.hz.clamp_min(30.0) / 1000.0)
        self.room_time = torch.arange(12_000, device=device) / SAMPLE_RATE

    def _uniform(self, batch, low, high):
        return torch.rand((batch, 1), device=self.device) * (high - low) + low

    def _chance(self, batch, probability):
        return torch.rand((batch, 1), device=self.device) < probability

    def _room(self, batch):
        """Spectrum of direct sound plus an exponentially decaying tail (reverberation time 0.1 to 0.7 s)."""
        decay = torch.exp(-6.9 * self.room_time / self._uniform(batch, 0.1, 0.7))
        tail = torch.randn((batch, self.room_time.numel()), device=self.device) * decay
        tail = tail / tail.norm(dim=1, keepdim=True)
        level = 10 ** (-self._uniform(batch, 0.0, 18.0) / 20) * self._chance(batch, 0.5)
        tail = tail * level
        tail[:, 0] += 1.0
        return torch.fft.rfft(tail, n=ROW_SAMPLES)

    def _response(self, batch):
        """Gain over frequency: tilt, two broad waves, and in some rows a high-pass and a low-pass."""
        decibels = self._uniform(batch, -3.0, 3.0) * self.octave
        for cycles in (0.25, 0.6):
            decibels = decibels + self._uniform(batch, -4.0, 4.0) * torch.cos(
                2 * math.pi * (cycles * self.octave + self._uniform(batch, 0.0, 1.0)))
        gain = 10 ** (decibels / 20)
        low = torch.where(self._chance(batch, 0.3), self._uniform(batch, 80.0, 350.0), torch.tensor(20.0, device=self.device))
        high = torch.where(self._chance(batch, 0.3), self._uniform(batch, 2800.0, 7000.0), torch.tensor(9000.0, device=self.device))
        gain = gain / torch.sqrt(1.0 + (low / self.hz.clamp_min(1.0)) ** 6)
        return gain / torch.sqrt(1.0 + (self.hz / high) ** 16)

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        """rows: [batch, ROW_SAMPLES]. Returns them disturbed, within [-1, 1]."""
        batch = rows.shape[0]
        spectrum = torch.fft.rfft(rows) * self._room(batch) * self._response(batch)
        clean = torch.fft.irfft(spectrum, n=ROW_SAMPLES)
        power = clean.square().mean(dim=1, keepdim=True)
        colour = (self.hz.clamp_min(50.0) / 1000.0) ** -self._uniform(batch, 0.0, 1.2)
        noise = torch.fft.irfft(torch.randn_like(spectrum) * colour, n=ROW_SAMPLES)
        noise = noise / noise.square().mean(dim=1, keepdim=True).sqrt()
        ratio = torch.where(self._chance(batch, 0.75), self._uniform(batch, 6.0, 40.0), torch.tensor(60.0, device=self.device))
        mixed = clean + noise * torch.sqrt(power * 10 ** (-ratio / 10))
        babble = clean.roll(1, 0) * 10 ** (-self._uniform(batch, 14.0, 30.0) / 20) * self._chance(batch, 0.12)
        mixed = mixed + babble
        peak = mixed.abs().amax(dim=1, keepdim=True).clamp_min(1e-5)
        level = 10 ** (self._uniform(batch, -26.0, 3.0) / 20)
        return (mixed / peak * level).clamp(-1.0, 1.0)


class VocalTract:
    """Another length of the speaker's vocal tract: mel rows with their frequencies scaled, one factor a row (Jaitly and
    Hinton 2013). Speed alone moves tempo and formants together; this moves the formants by themselves."""

    def __init__(self, spread: float, device):
        self.spread = spread  # ln of the factor is uniform in +-spread
        self.low, self.high = hz_to_mel(LOW_HZ), hz_to_mel(HIGH_HZ)
        centres = [mel_to_hz(self.low + (self.high - self.low) * (i + 1) / (MELS + 1)) for i in range(MELS)]
        self.hz = torch.tensor(centres, device=device)

    def positions(self, factor: torch.Tensor) -> torch.Tensor:
        """Bin that each bin's value comes from, not whole: [batch, MELS] for factors [batch, 1]."""
        bend = 4800.0 * factor.clamp_max(1.0) / factor  # linear from here on, so that the highest bin stays
        slope = (HIGH_HZ - bend * factor) / (HIGH_HZ - bend)
        hz = torch.where(self.hz <= bend, self.hz * factor, HIGH_HZ - slope * (HIGH_HZ - self.hz))
        mel = torch.where(hz < 1000.0, hz * 0.015, 15.0 + torch.log(hz.clamp_min(1.0) / 1000.0) * (27.0 / math.log(6.4)))
        return ((mel - self.low) / (self.high - self.low) * (MELS + 1) - 1.0).clamp(0.0, MELS - 1.0)

    def __call__(self, mel: torch.Tensor) -> torch.Tensor:
        """mel: [batch, T, MELS]. Returns it warped."""
        factor = torch.exp((torch.rand((mel.shape[0], 1), device=mel.device) * 2.0 - 1.0) * self.spread)
        position = self.positions(factor)
        below = position.floor().clamp_max(MELS - 2.0)
        index = below.long()[:, None].expand(-1, mel.shape[1], -1)
        return torch.lerp(mel.gather(2, index), mel.gather(2, index + 1), (position - below)[:, None])


def mask_features(mel: torch.Tensor) -> torch.Tensor:
    """SpecAugment (Park et al. 2019) on normalised rows [batch, T, 80]: two bands up to 20 bins, 12 gaps up to 0.2 s."""
    batch, frames, bins = mel.shape
    keep = torch.ones((batch, frames, bins), dtype=torch.bool, device=mel.device)
    for count, size, widest in ((2, bins, 20), (12, frames, 20)):
        width = torch.rand((batch, count), device=mel.device) * widest
        start = torch.rand((batch, count), device=mel.device) * (size - width)
        index = torch.arange(size, device=mel.device)[None, None]
        hit = ((index >= start[..., None]) & (index < (start + width)[..., None])).any(dim=1)
        keep &= ~(hit[:, None, :] if size == bins else hit[:, :, None])
    return mel * keep
