// What a view may ask of the open model and session beyond what is captured: answers come later, in the GUI thread.
#pragma once

#include <QObject>
#include <QString>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/analysis/tensor_statistics.h"
#include "engine/probe/capture.h"

namespace ms {

/// The value, or one line that says why there is none.
template <class T>
struct Answer {
    std::shared_ptr<const T> value;
    QString error;
    [[nodiscard]] explicit operator bool() const { return value != nullptr; }
};
template <class T>
using Answered = std::function<void(const Answer<T>&)>;

/// Captures at one token, and the logits behind it.
struct TokenValues {
    qint64 token = -1;
    std::map<SeriesKey, std::vector<float>> values;
    std::vector<float> logits;  // [vocab]
};

/// The logit lens at one token: what each layer's residual stream would predict if the model ended there.
struct LensTable {
    struct Guess {
        TokenId id = 0;
        float probability = 0;
        QString text;
    };
    struct Row {
        std::vector<Guess> guesses;   ///< best first
        float entropyBits = 0;
        float nextProbability = 0;    ///< of the token that did come next (NaN at the newest token); of a frame, of its own symbol
        qint64 nextRank = 0;          ///< 1: it was the best guess; 0 at the newest token
    };
    struct Layer {
        qint64 layer = 0;
        Row full;
        Row stateOnly;                ///< without what the layer's D skip added
    };
    qint64 token = -1;
    std::vector<Layer> layers;
};

/// A part of a weight, at most outRows × outColumns values.
struct TensorTileQuery {
    QString name;
    qint64 firstRow = 0, rows = -1;        ///< -1: to the end
    qint64 firstColumn = 0, columns = -1;
    int outRows = 512, outColumns = 512;
    bool maximum = false;                  ///< largest magnitude of what shares a cell, else the mean
};

struct TensorPart {
    MatrixShape shape;                         ///< of the whole tensor
    qint64 firstRow = 0, rows = 0, firstColumn = 0, columns = 0;
    TensorTile tile;                           ///< those rows and columns at the resolution asked for
};

/// Every call returns at once. An asker's newer question of the same kind replaces its older one, whose answer then never
/// comes; nor does any once the asker is gone or another model was opened.
class ModelQueries {
public:
    virtual ~ModelQueries() = default;
    virtual void tokenValues(QObject* asker, qint64 token, const std::vector<CaptureRequest>& requests,
                             const Answered<TokenValues>& answered) = 0;
    /// The same of the baseline: what the model without its interventions computed at that token. While none is on there
    /// is no baseline, and the answer is an error that says so.
    virtual void baselineValues(QObject* asker, qint64 token, const std::vector<CaptureRequest>& requests,
                                const Answered<TokenValues>& answered) = 0;
    virtual void logitLens(QObject* asker, qint64 token, int predictions, const Answered<LensTable>& answered) = 0;
    virtual void tensorTile(QObject* asker, const TensorTileQuery& query, const Answered<TensorPart>& answered) = 0;
    virtual void tensorStatistics(QObject* asker, const QString& name, const Answered<TensorStatistics>& answered) = 0;
    /// Drops the asker's open questions.
    virtual void cancel(QObject* asker) = 0;
};

}  // namespace ms
