#include "ui/audio/sample_conversion.h"

#include <cstring>

namespace ms {

namespace {

template <class T>
std::vector<float> converted(const QByteArray& bytes, qsizetype count, float offset, float scale) {
    std::vector<float> out(static_cast<std::size_t>(count));
    for (qsizetype i = 0; i < count; ++i) {
        T value;
        std::memcpy(&value, bytes.constData() + i * static_cast<qsizetype>(sizeof(T)), sizeof(T));
        out[static_cast<std::size_t>(i)] = (static_cast<float>(value) - offset) * scale;
    }
    return out;
}

}  // namespace

std::vector<float> samplesOf(const QByteArray& bytes, const QAudioFormat& format) {
    if (format.bytesPerFrame() <= 0) return {};
    const qsizetype count = bytes.size() / format.bytesPerFrame() * format.channelCount();
    switch (format.sampleFormat()) {
        case QAudioFormat::UInt8: return converted<quint8>(bytes, count, 128.0f, 1.0f / 128.0f);
        case QAudioFormat::Int16: return converted<qint16>(bytes, count, 0.0f, 1.0f / 32768.0f);
        case QAudioFormat::Int32: return converted<qint32>(bytes, count, 0.0f, 1.0f / 2147483648.0f);
        case QAudioFormat::Float: return converted<float>(bytes, count, 0.0f, 1.0f);
        default: return {};
    }
}

}  // namespace ms
