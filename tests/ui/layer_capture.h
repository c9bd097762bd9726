// One layer's Δ, u, B and C made up for tests: known without the store, so that what views make of them can be recomputed.
#pragma once

#include <cmath>
#include <vector>

#include "synthetic.h"

namespace ms::test {

struct LayerCapture {
    qint64 d_inner, d_state;

    /// Steps from short to long, more for some tokens: channels that forget at once, and some that hardly do.
    [[nodiscard]] float dt(qint64 channel, qint64 token) const {
        return 0.002f * static_cast<float>(1 + channel) * (token % 9 == 4 ? 12.0f : 1.0f + 0.3f * std::sin(0.7f * static_cast<float>(token + channel)));
    }
    [[nodiscard]] float u(qint64 channel, qint64 token) const {
        return std::sin(0.31f * static_cast<float>(token) + 0.9f * static_cast<float>(channel)) + (token % 17 == 3 ? 2.0f : 0.1f);
    }
    [[nodiscard]] float B(qint64 state, qint64 token) const { return std::cos(0.23f * static_cast<float>(token) + static_cast<float>(state)); }
    [[nodiscard]] float C(qint64 state, qint64 token) const { return std::sin(0.11f * static_cast<float>(token) + 0.5f * static_cast<float>(state)) + 0.2f; }

    [[nodiscard]] float value(ProbePoint point, qint64 column, qint64 token) const {
        switch (point) {
            case ProbePoint::Dt: return dt(column, token);
            case ProbePoint::U: return u(column, token);
            case ProbePoint::B: return B(column, token);
            default: return C(column, token);
        }
    }
    [[nodiscard]] qint64 width(ProbePoint point) const { return point == ProbePoint::Dt || point == ProbePoint::U ? d_inner : d_state; }

    /// Tokens [first, end) of Δ, B, C and u, as a session would capture them.
    void append(CaptureStore& store, LayerIndex layer, qint64 first, qint64 end,
                std::initializer_list<ProbePoint> points = {ProbePoint::Dt, ProbePoint::B, ProbePoint::C, ProbePoint::U}) const {
        for (qint64 at = first; at < end; at += 1024) {
            const qint64 count = std::min<qint64>(1024, end - at);
            for (const ProbePoint point : points) {
                const CaptureEntry entry{{point, layer, Reduction::None}, width(point), 1, 0, 0, 1};
                std::vector<float> values;
                values.reserve(static_cast<std::size_t>(count * entry.width));
                for (qint64 t = at; t < at + count; ++t)
                    for (qint64 c = 0; c < entry.width; ++c) values.push_back(value(point, c, t));
                store.append({TokenPos(at), count, {{&entry, TokenPos(at), count, values}}});
            }
        }
    }
};

/// Surroundings with `count` tokens, of which one layer's [captured from, count) are in the store.
struct LayerSurroundings : Surroundings {
    LayerCapture capture{smallDims().d_inner, smallDims().d_state};
    LayerIndex layer{2};

    explicit LayerSurroundings(qint64 count, qint64 capturedFrom = 0) : Surroundings(0, {}) {
        read(count);
        capture.append(*store, layer, capturedFrom, count);
    }
    /// The session goes on to `count` tokens; captures are the test's affair.
    void read(qint64 count) {
        std::vector<TokenRow> rows;
        for (qint64 t = tokens.size(); t < count; ++t) rows.push_back(tokenRow(t));
        tokens.append(rows);
        axis.setTokenCount(count);
    }
};

}  // namespace ms::test
