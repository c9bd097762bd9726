// A transcript by hand, with a sound to it.
#pragma once

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "engine/audio/sound_track.h"
#include "ui/models/selection.h"
#include "ui/models/speech_log.h"
#include "ui/models/time_axis.h"

namespace ms::test {

inline SpeechWord word(const char* text, qint64 first, qint64 end, int segment = 0, float confidence = 0.9f) {
    SpeechWord w;
    w.text = QString::fromLatin1(text);
    w.firstFrame = first;
    w.endFrame = end;
    w.start = 0.04 * static_cast<double>(first);
    w.end = 0.04 * static_cast<double>(end);
    w.confidence = confidence;
    w.segment = segment;
    return w;
}

inline TranscriptUpdate update(std::vector<SpeechWord> final, std::vector<SpeechWord> tentative = {}) {
    TranscriptUpdate u;
    u.final = std::move(final);
    u.tentative = std::move(tentative);
    u.audioSeconds = 8;
    return u;
}

/// Eight seconds: "one too three / four five six", then "seven eight", which are tentative.
struct Speech {
    SpeechLog log;
    TimeAxis axis;
    Selection selection;
    std::shared_ptr<SoundTrack> sound;

    void hear() {
        sound = SoundTrack::create(16'000).value();
        std::vector<float> samples(8 * 16'000);
        for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = 0.3f * std::sin(0.17f * static_cast<float>(i));
        (void)sound->append(samples);
        axis.setTokenCount(200);
        log.begin({0.04, 0.1}, sound);
        log.apply(update({word("one", 5, 25, 0, 0.98f), word("too", 25, 50, 0, 0.35f), word("three", 52, 75, 0, 0.8f),
                          word("four", 80, 100, 1, 0.6f), word("five", 100, 120, 1, 1.0f), word("six", 125, 150, 1, 0.1f)},
                         {word("seven", 170, 190, 2, 0.5f), word("eight", 190, 199, 2, 0.5f)}));
    }
};

}  // namespace ms::test
