// Bytes of a sound device to samples.
#pragma once

#include <QAudioFormat>
#include <QByteArray>
#include <vector>

namespace ms {

/// Interleaved samples in [-1, 1] of whole frames; empty for a format that Qt cannot name.
[[nodiscard]] std::vector<float> samplesOf(const QByteArray& bytes, const QAudioFormat& format);

}  // namespace ms
