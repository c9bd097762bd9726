// An engine with a small model, and what tests of sessions in files ask of it.
#pragma once

#include <QSignalSpy>
#include <QTest>
#include <bit>
#include <vector>

#include "engine/probe/probe_point.h"
#include "ui/bridge/engine_host.h"
#include "ui/models/series_source.h"

namespace ms::test {

inline const QString kTiny = QStringLiteral(MS_TEST_DATA "/mamba-tiny");
inline constexpr int kPatience = 60'000;

inline CaptureRequest request(ProbePoint point, Reduction reduction = Reduction::MeanChannels, std::int64_t stride = 1) {
    return {point, {}, reduction, stride, 0, 0, 1};
}

struct SessionHost {
    EngineHost engine{{CaptureStore::kDefaultCap, QStringLiteral("host")}};
    QSignalSpy failures{&engine, &EngineHost::failed};
    QSignalSpy saved{&engine, &EngineHost::sessionSaved};
    QSignalSpy opened{&engine, &EngineHost::sessionOpened};
    QSignalSpy questions{&engine, &EngineHost::sessionModelWanted};
    QSignalSpy snapshots{&engine, &EngineHost::snapshotsChanged};
    QSignalSpy applied{&engine, &EngineHost::interventionsApplied};
    QSignalSpy notes{&engine, &EngineHost::noted};
    QObject view;

    SessionHost() {
        engine.feed().setRequests(&view, {request(ProbePoint::Dt), request(ProbePoint::StateNorm, Reduction::MaxChannels),
                                          request(ProbePoint::Selectivity), request(ProbePoint::Gate, Reduction::None, 4)});
    }
    [[nodiscard]] TokenLog& tokens() { return engine.feed().tokens(); }
    bool waitForTokens(qint64 count) { return QTest::qWaitFor([&] { return tokens().size() >= count; }, kPatience); }
    bool settle() {
        return QTest::qWaitFor([&] {
            return (engine.state() == EngineState::Idle || engine.state() == EngineState::Paused) && !engine.progress().active;
        }, kPatience);
    }
    [[nodiscard]] static RunRequest prompt(int tokens, std::int64_t maxNew) {
        RunRequest r;
        for (int i = 0; i < tokens; ++i) r.text += QStringLiteral("%1 ").arg(1 + (i * 7) % 50);
        r.maxNew = maxNew;
        r.stopAtEnd = false;
        r.sampling = {0.9f, 0, 0.95f, 7};
        return r;
    }
    bool openModel() {
        engine.open(kTiny);
        return QTest::qWaitFor([&] { return engine.model() != nullptr; }, kPatience) && settle();
    }
    bool run(int tokens, std::int64_t maxNew) {
        engine.run(prompt(tokens, maxNew));
        return waitForTokens(tokens + maxNew) && settle();
    }
    bool change(const InterventionList& list) {
        const auto before = applied.count();
        engine.setInterventions(list);
        return QTest::qWaitFor([&] { return applied.count() > before; }, kPatience) && settle();
    }
    bool save(const QString& path, const SessionWindowPart& window = {}) {
        const auto before = saved.count();
        engine.saveSession({path, window, false});
        return QTest::qWaitFor([&] { return saved.count() > before || failures.count() > 0; }, kPatience) && saved.count() > before;
    }
    /// False also when something is asked.
    bool open(const SessionOpen& wish) {
        const auto before = opened.count();
        engine.openSession(wish);
        const bool came = QTest::qWaitFor([&] { return opened.count() > before || questions.count() > 0 || failures.count() > 0; }, kPatience);
        if (!came || opened.count() == before || !settle()) return false;
        engine.feed().showNow();
        return true;
    }
    bool open(const QString& path) {
        SessionOpen wish;
        wish.path = path;
        return open(wish);
    }
    [[nodiscard]] OpenedSession session() { return opened.last()[0].value<OpenedSession>(); }
    [[nodiscard]] std::vector<SnapshotSummary> kept() {
        return snapshots.isEmpty() ? std::vector<SnapshotSummary>{} : snapshots.last()[0].value<std::vector<SnapshotSummary>>();
    }
    [[nodiscard]] QList<TokenId> ids() {
        QList<TokenId> all;
        for (qint64 t = 0; t < tokens().size(); ++t) all.append(tokens().row(t).id);
        return all;
    }
    /// Every value of both stores, as bits: NaN is a value too.
    [[nodiscard]] std::map<std::string, std::vector<std::uint32_t>> captured() {
        std::map<std::string, std::vector<std::uint32_t>> all;
        for (const auto& [name, store] : {std::pair{"run ", engine.feed().store()}, std::pair{"baseline ", engine.feed().baseline()}})
            for (const SeriesInfo& series : store->series()) {
                const std::int64_t rows = (series.end.value + series.stride - 1) / series.stride;
                std::vector<float> values(static_cast<std::size_t>(rows * series.width));
                store->read(series.key, TokenPos(0), rows, 0, series.width, values);
                auto& bits = all[name + series.key.path()];
                for (const float v : values) bits.push_back(std::bit_cast<std::uint32_t>(v));
            }
        return all;
    }
    /// Rows as bits.
    [[nodiscard]] std::vector<std::uint32_t> rows() {
        std::vector<std::uint32_t> bits;
        for (qint64 t = 0; t < tokens().size(); ++t) {
            const TokenRow row = tokens().row(t);
            for (const auto& [surprisal, alternatives, count] : {std::tuple{row.surprisalBits, row.alternatives, row.alternativeCount},
                                                                 std::tuple{row.baselineSurprisalBits, row.baselineAlternatives, row.baselineAlternativeCount}}) {
                bits.push_back(std::bit_cast<std::uint32_t>(surprisal));
                for (std::uint8_t i = 0; i < count; ++i) {
                    bits.push_back(static_cast<std::uint32_t>(alternatives[i].id));
                    bits.push_back(std::bit_cast<std::uint32_t>(alternatives[i].probability));
                }
            }
            bits.push_back(row.fromPrompt ? 1 : 0);
        }
        return bits;
    }
    /// What a view sees that looks closely at a token.
    [[nodiscard]] TokenValues look(qint64 token) {
        TokenValues values;
        bool answered = false;
        engine.queries().tokenValues(&view, token, {request(ProbePoint::State, Reduction::None), request(ProbePoint::ResidPost, Reduction::None)},
                                     [&](const Answer<TokenValues>& answer) {
            if (answer) values = *answer.value;
            answered = true;
        });
        if (!QTest::qWaitFor([&] { return answered; }, kPatience)) return {};
        return values;
    }
};

}  // namespace ms::test
