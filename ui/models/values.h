// What crosses from the engine to the window: plain values, no pointers into the engine.
#pragma once

#include <QMetaType>
#include <QString>
#include <QStringList>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "engine/audio/feature_config.h"
#include "engine/base/typed_index.h"
#include "engine/probe/model_dims.h"

namespace ms {

/// Listening: audio is being transcribed, from a microphone or a file.
enum class EngineState { NoModel, Loading, Idle, Reading, Generating, Paused, Listening };

/// A job's progress in the project's one vocabulary; `active` false: nothing is going on.
struct JobProgress {
    QString title;             ///< "Opening mamba-130m"
    QString status;            ///< "reading layer 3"
    std::int64_t current = 0;
    std::int64_t total = 0;    ///< 0: unknown
    bool active = false;
};

struct SamplingSettings {
    float temperature = 0.8f;
    int topK = 0;
    float topP = 0.95f;
    std::uint64_t seed = 1;

    bool operator==(const SamplingSettings&) const = default;
};

struct RunRequest {
    QString text;              ///< ids separated by blanks when the model brings no tokenizer
    std::vector<TokenId> ids{}; ///< read instead of the text when there are some
    bool onlyRead = false;     ///< write nothing
    std::int64_t maxNew = 200; ///< 0: until stopped
    SamplingSettings sampling;
    bool stopAtEnd = true;     ///< stop at the model's end-of-text token
};

struct RunStatistics {
    double tokensPerSecond = 0;
    std::int64_t position = 0;           ///< tokens read so far
    double captureBytesPerToken = 0;
    std::uint64_t deviceBytes = 0;       ///< held by the backend
    std::uint64_t captureMemoryBytes = 0;
    std::uint64_t captureSpilledBytes = 0;
    std::int64_t lostRows = 0;           ///< captured, then given up because memory and disk were full
};

struct DeviceSummary {
    QString selector;          ///< what opens it again
    QString name;
    QString detail;            ///< driver, features, why it is (not) the default
    bool isDefault = false;
};

struct TensorSummary {
    QString name, shape, type;
    std::uint64_t bytes = 0;
    std::int64_t elements = 0;
    std::int64_t layer = -1;   ///< -1: not of a layer
};

/// What the scan of one layer is made of: A and the D skip.
struct ScanWeights {
    std::vector<float> A;  // [d_inner, d_state], negative
    std::vector<float> D;  // [d_inner]
};

/// Of a model that hears: its tokens are frames of audio.
struct SpeechSummary {
    double frameSeconds = 0.04;     ///< from one frame to the next
    double lookAheadSeconds = 0;    ///< of audio from a frame's start that it depends on
    FeatureConfig features;
    QStringList symbols;            ///< output symbols by number; the blank is empty
    int blank = 0;
};

struct ModelSummary {
    QString name, path, family, layout, format, fingerprint;
    QString device;            ///< name of the device the weights are on
    ModelDims dims;
    float normEps = 0;
    bool tiedHead = false;
    bool hasTokenizer = false;
    std::optional<SpeechSummary> speech{};  ///< of a speech model; it reads no text
    std::int64_t parameters = 0;
    std::int64_t tokens = 0;   ///< ids that stand for a token
    std::uint64_t weightBytes = 0;
    QStringList weightFiles{};  ///< absolute or as opened
    std::vector<TensorSummary> tensors;
    std::vector<ScanWeights> scan;  ///< one a layer
    QString recognition{};          ///< what in its configuration says which family it is
    /// How long the states remember at rest, tokens: bins of a histogram; empty where nothing decays.
    std::vector<double> halfLifeEdges{};
    std::vector<std::uint64_t> halfLifeCounts{};
    QStringList problems;
};
using ModelSummaryPtr = std::shared_ptr<const ModelSummary>;

struct TokenAlternative {
    TokenId id = 0;
    float probability = 0;
};

/// One token as it entered the session.
struct TokenRow {
    static constexpr std::size_t kAlternatives = 5;

    TokenId id = 0;
    float surprisalBits = 0;   ///< NaN for the first token: nothing was expected
    bool fromPrompt = false;
    std::uint8_t alternativeCount = 0;
    std::array<TokenAlternative, kAlternatives> alternatives{};
    /// The same without the interventions; NaN and none while there are none.
    float baselineSurprisalBits = std::numeric_limits<float>::quiet_NaN();
    std::uint8_t baselineAlternativeCount = 0;
    std::array<TokenAlternative, kAlternatives> baselineAlternatives{};
};

}  // namespace ms

Q_DECLARE_METATYPE(ms::EngineState)
Q_DECLARE_METATYPE(ms::JobProgress)
Q_DECLARE_METATYPE(ms::RunStatistics)
Q_DECLARE_METATYPE(ms::ModelSummaryPtr)
