// What stands in for the engine in the tests of the state view.
#pragma once

#include <QTest>
#include <cmath>
#include <functional>
#include <optional>
#include <vector>

#include "synthetic.h"
#include "ui/models/landscape_drawer.h"

namespace ms::test {

inline constexpr qint64 kTokens = 40, kChannels = 16, kStates = 4;

/// States that are a function of layer, token, channel and state; times that they were asked for.
class MadeUpStates final : public ModelQueries {
public:
    QList<QPair<qint64, qint64>> asked;          // layer, token
    QList<QPair<qint64, qint64>> askedBaseline;
    std::vector<Answered<TokenValues>> open;
    bool silent = false;
    QString error;
    qint64 nanChannel = -1;

    static float value(qint64 layer, qint64 token, qint64 channel, qint64 state) {
        const auto c = static_cast<float>((channel * 7) % kChannels) - 7.5f;
        return c * 0.25f + static_cast<float>(state) * 0.125f + static_cast<float>(token) + static_cast<float>(layer) * 100.0f;
    }
    /// The baseline's states are these, at half the size and one off.
    static float baselineValue(qint64 layer, qint64 token, qint64 channel, qint64 state) {
        return 0.5f * value(layer, token, channel, state) + 1.0f;
    }
    void tokenValues(QObject*, qint64 token, const std::vector<CaptureRequest>& requests, const Answered<TokenValues>& answered) override {
        give(asked, value, token, requests, answered);
    }
    void baselineValues(QObject*, qint64 token, const std::vector<CaptureRequest>& requests, const Answered<TokenValues>& answered) override {
        give(askedBaseline, baselineValue, token, requests, answered);
    }
    void logitLens(QObject*, qint64, int, const Answered<LensTable>&) override {}
    void tensorTile(QObject*, const TensorTileQuery&, const Answered<TensorPart>&) override {}
    void tensorStatistics(QObject*, const QString&, const Answered<TensorStatistics>&) override {}
    void cancel(QObject*) override {}

private:
    void give(QList<QPair<qint64, qint64>>& heard, float (*made)(qint64, qint64, qint64, qint64), qint64 token,
              const std::vector<CaptureRequest>& requests, const Answered<TokenValues>& answered) {
        QCOMPARE(requests.size(), std::size_t{1});
        QCOMPARE(requests[0].point, ProbePoint::State);
        QCOMPARE(requests[0].reduction, Reduction::None);
        QCOMPARE(requests[0].layers.size(), std::size_t{1});
        const qint64 layer = requests[0].layers[0].value;
        heard.append({layer, token});
        if (silent) return open.push_back(answered);
        if (!error.isEmpty()) return answered({nullptr, error});
        auto values = std::make_shared<TokenValues>();
        values->token = token;
        std::vector<float>& h = values->values[{ProbePoint::State, LayerIndex(layer), Reduction::None}];
        for (qint64 c = 0; c < kChannels; ++c)
            for (qint64 n = 0; n < kStates; ++n) h.push_back(c == nanChannel ? std::nanf("") : made(layer, token, c, n));
        answered({values, {}});
    }
};

/// Answers with a plain picture when told to; picks a cell by the share of the picture's width and height.
class FakeDrawer final : public LandscapeDrawer {
public:
    QList<LandscapeRequest> requests;
    std::vector<std::function<void()>> open;
    QString error;

    void draw(QObject*, const LandscapeRequest& request, const Answered<LandscapePicture>& answered) override {
        requests.append(request);
        open.push_back([this, request, answered] {
            if (!error.isEmpty()) return answered({nullptr, error});
            const auto pixels = static_cast<std::size_t>(request.width) * static_cast<std::size_t>(request.height);
            answered({std::make_shared<const LandscapePicture>(LandscapePicture{request.width, request.height, std::vector<std::uint32_t>(pixels, 0xff405060u)}), {}});
        });
    }
    std::optional<std::pair<qint64, qint64>> pick(const LandscapeRequest& r, const QPointF& at) const override {
        return std::pair(static_cast<qint64>(at.x() / r.width * static_cast<double>(r.field->rows)),
                         static_cast<qint64>(at.y() / r.height * static_cast<double>(r.field->columns)));
    }
    std::optional<QPointF> project(const LandscapeRequest& r, double row, double column, double) const override {
        return QPointF(row / static_cast<double>(r.field->rows) * r.width, column / static_cast<double>(r.field->columns) * r.height);
    }
    void answer() {
        while (!open.empty()) {
            const auto first = open.front();
            open.erase(open.begin());
            first();
        }
    }
};

}  // namespace ms::test
