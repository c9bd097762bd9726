// An engine that has read some tokens with a tiny model, and what figures of two views are made of: without a window.
#pragma once

#include <QTest>

#include "ui/bridge/engine_host.h"
#include "ui/export/export_job.h"
#include "ui/views/heatmap/heatmap_view.h"
#include "ui/views/traces/traces_view.h"

namespace ms::test {

inline constexpr int kPatience = 60'000;

struct SmallRun {
    EngineHost engine{{CaptureStore::kDefaultCap, QStringLiteral("host")}};
    TimeAxis axis;
    Selection selection;

    bool read(qint64 tokens) {
        engine.open(QStringLiteral(MS_TEST_DATA "/mamba-tiny"));
        if (!QTest::qWaitFor([&] { return engine.model() != nullptr; }, kPatience)) return false;
        RunRequest request;
        for (qint64 i = 0; i < tokens; ++i) request.ids.push_back(static_cast<TokenId>(1 + (i * 7) % 50));
        request.onlyRead = true;
        engine.run(request);
        axis.setTokenCount(tokens);
        return QTest::qWaitFor([&] { return engine.feed().tokens().size() == tokens && engine.state() == EngineState::Idle; }, kPatience);
    }
    /// Knows the heatmaps "dt", "state_norm", "selectivity", and "traces".
    [[nodiscard]] FigureSource source() {
        FigureSource source{{engine.feed().store(), {}, engine.feed().tokens(), axis, selection, engine.queries()}, engine.model()};
        source.create = [](const QString& id, const ViewContext& context) -> ScopeView* {
            for (const ProbePoint point : {ProbePoint::Dt, ProbePoint::StateNorm, ProbePoint::Selectivity})
                if (id == utf8(info(point).key)) return new HeatmapView(point, context);
            return id == QStringLiteral("traces") ? new TracesView(context) : nullptr;
        };
        source.request = [this](const QObject* view, std::vector<CaptureRequest> requests) { engine.feed().setRequests(view, std::move(requests)); };
        source.isWorking = [this] { return engine.progress().active || engine.state() != EngineState::Idle; };
        return source;
    }
};

inline std::vector<FigurePanel> panels(const QStringList& ids) {
    std::vector<FigurePanel> panels;
    for (const QString& id : ids) panels.push_back({id, {}});
    return panels;
}

}  // namespace ms::test
