// A made-up recording for tests: sound, features, logits and words, each a function of sample or frame.
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "engine/audio/sound_track.h"
#include "synthetic.h"

namespace ms::test {

/// A model with 80 mel bands, 29 symbols and frames of 40 ms.
[[nodiscard]] inline ModelSummaryPtr speechModel() {
    auto model = std::make_shared<ModelSummary>();
    model->name = QStringLiteral("speech");
    model->dims = smallDims();
    model->dims.vocab = 29;
    model->dims.input = {InputDims::Kind::Features, 80, 4, 8, 1};
    SpeechSummary speech;
    speech.symbols = {QString(), QStringLiteral(" "), QStringLiteral("'")};
    for (char c = 'a'; c <= 'z'; ++c) speech.symbols.append(QString(QLatin1Char(c)));
    model->speech = speech;
    return model;
}

/// In [-1, 1] before clipping: louder and softer, beyond full scale around 3.2 s.
[[nodiscard]] inline float sampleAt(qint64 i) {
    const double t = static_cast<double>(i) / 16000;
    const double loud = 0.05 + 0.5 * std::pow(std::sin(std::numbers::pi * t / 0.6), 2) + 0.8 * std::exp(-std::pow((t - 3.2) / 0.05, 2));
    return static_cast<float>(loud * (std::sin(2 * std::numbers::pi * 220 * t) + 0.15));
}
[[nodiscard]] inline float featureAt(qint64 band, qint64 frame) {
    const double x = static_cast<double>(band), t = static_cast<double>(frame);
    return static_cast<float>(2 * std::exp(-std::pow((x - 20 - 8 * std::sin(t / 9)) / 5, 2)) +
                              1.5 * std::exp(-std::pow((x - 50 - 10 * std::cos(t / 7)) / 6, 2)) - 0.01 * x + 0.1 * std::sin(x * t));
}
/// The symbol that is most probable at a frame: the blank but for every third one.
[[nodiscard]] inline int bestSymbol(qint64 frame) { return frame % 3 == 1 ? static_cast<int>(1 + frame * 7 % 28) : 0; }
[[nodiscard]] inline float logitAt(qint64 symbol, qint64 frame) {
    return (symbol == bestSymbol(frame) ? 6.0f : 0.0f) + 0.8f * static_cast<float>(std::sin(static_cast<double>(symbol * 3 + frame)));
}

[[nodiscard]] inline SpeechWord speechWord(const char* text, qint64 first, qint64 end, float confidence, int segment = 0) {
    return {QString::fromLatin1(text), first, end, 0.04 * static_cast<double>(first), 0.04 * static_cast<double>(end), confidence, segment, false};
}

/// Five words of which the last is tentative, and their frames.
struct SpeechSurroundings : Surroundings {
    SpeechLog log;
    std::shared_ptr<SoundTrack> sound;

    explicit SpeechSurroundings(qint64 frames) : Surroundings(0, {}) {
        const ModelDims dims = speechModel()->dims;
        std::vector<TokenRow> rows;
        for (qint64 f = 0; f < frames; ++f) rows.push_back({.id = bestSymbol(f)});
        std::vector<TokenLog::Piece> pieces{{0, QStringLiteral("–")}};
        for (int s = 1; s < 29; ++s) pieces.emplace_back(s, speechModel()->speech->symbols[s]);
        tokens.addPieces(pieces);
        tokens.append(rows);
        append(ProbePoint::Features, dims, frames, featureAt);
        append(ProbePoint::Logits, dims, frames, logitAt);
        sound = std::move(*SoundTrack::create(16000));
        std::vector<float> samples(static_cast<std::size_t>(frames * 640));
        for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = sampleAt(static_cast<qint64>(i));
        if (!sound->append(samples)) std::abort();
        log.begin({0.04, 0.085}, frames > 0 ? sound : nullptr);
        axis.setTokenCount(frames);
    }
    void say() {
        log.apply({{speechWord("enter", 5, 15, 0.97f), speechWord("six", 18, 26, 0.62f), speechWord("a", 30, 31, 0.2f),
                    speechWord("seventeen", 60, 78, 0.85f, 1)},
                   {speechWord("stop", 82, 93, 0.45f, 1)}, 4.0, 0.2});
    }
    [[nodiscard]] ViewContext context() {
        ViewContext context = Surroundings::context();
        context.speech = &log;
        return context;
    }

private:
    void append(ProbePoint point, const ModelDims& dims, qint64 frames, float (*value)(qint64, qint64)) {
        if (frames == 0) return;
        const CaptureEntry entry{{point, LayerIndex(-1), Reduction::None}, dims.width(point), 1, 0, 0, 1};
        std::vector<float> values;
        for (qint64 f = 0; f < frames; ++f)
            for (qint64 c = 0; c < entry.width; ++c) values.push_back(value(c, f));
        store->append({TokenPos(0), frames, {{&entry, TokenPos(0), frames, values}}});
    }
};

}  // namespace ms::test
