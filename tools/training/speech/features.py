"""Log-mel features, the counterpart of engine/audio's: frames wholly inside the audio, no padding.

Frame m: samples [160 m, 160 m + 400) times a periodic Hann window, zero-padded to 512, power spectrum, 80 triangular
filters of peak 1 whose corners lie equally spaced on Slaney's mel scale (M. Slaney, Auditory Toolbox, 1998) between
20 and 7600 Hz, then ln(mel + 1e-5).
"""

import math

import torch

SAMPLE_RATE, WINDOW, HOP, FFT, MELS = 16_000, 400, 160, 512, 80
LOW_HZ, HIGH_HZ, FLOOR = 20.0, 7600.0, 1e-5

CONFIG = {"sample_rate": SAMPLE_RATE, "window": WINDOW, "hop": HOP, "fft": FFT, "mels": MELS, "low_hz": LOW_HZ,
          "high_hz": HIGH_HZ, "floor": FLOOR, "mel_scale": "slaney"}


def hz_to_mel(hz: float) -> float:
    """Slaney's scale: linear below 1 kHz, logarithmic above."""
    return hz * 3.0 / 200.0 if hz < 1000.0 else 15.0 + math.log(hz / 1000.0) * 27.0 / math.log(6.4)


def mel_to_hz(mel: float) -> float:
    return mel * 200.0 / 3.0 if mel < 15.0 else 1000.0 * math.exp((mel - 15.0) * math.log(6.4) / 27.0)


def mel_filters() -> torch.Tensor:
    """[FFT / 2 + 1, MELS] float64."""
    low, high = hz_to_mel(LOW_HZ), hz_to_mel(HIGH_HZ)
    corners = [mel_to_hz(low + (high - low) * i / (MELS + 1)) for i in range(MELS + 2)]
    bins = torch.arange(FFT // 2 + 1, dtype=torch.float64) * SAMPLE_RATE / FFT
    filters = []
    for left, centre, right in zip(corners, corners[1:], corners[2:]):
        filters.append(torch.minimum((bins - left) / (centre - left), (right - bins) / (right - centre)).clamp_min(0))
    return torch.stack(filters, dim=1)


class LogMel:
    """Callable: audio [batch, samples] in [-1, 1] -> [batch, frames, MELS] in the audio's type."""

    def __init__(self, device="cpu", dtype=torch.float32):
        n = torch.arange(WINDOW, dtype=torch.float64)
        self.window = (0.5 - 0.5 * torch.cos(2 * math.pi * n / WINDOW)).to(device, dtype)
        self.filters = mel_filters().to(device, dtype)

    def __call__(self, audio: torch.Tensor) -> torch.Tensor:
        frames = audio.unfold(-1, WINDOW, HOP) * self.window
        power = torch.fft.rfft(frames, n=FFT).abs().square()
        return torch.log(power @ self.filters + FLOOR)
