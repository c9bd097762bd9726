// What a token of a long session costs in memory: heap of the whole window engine, by part. Prints, gates nothing.
#include <malloc.h>

#include <QCoreApplication>
#include <QElapsedTimer>
#include <cstdio>

#include "engine/runtime/snapshot_trail.h"
#include "ui/bridge/engine_host.h"

using namespace ms;

namespace {

double heapBytes() {
    const struct mallinfo2 info = mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd);
}

bool waitFor(const std::function<bool()>& done) {
    QElapsedTimer timer;
    timer.start();
    while (!done() && timer.elapsed() < 600'000) QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
    return done();
}

}  // namespace

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    const int tokens = argc > 1 ? QByteArray(argv[1]).toInt() : 100'000;
    EngineHost engine({CaptureStore::kDefaultCap, QStringLiteral("host")});
    engine.open(QStringLiteral(MS_TEST_DATA "/mamba-tiny"));
    if (!waitFor([&] { return engine.model() != nullptr; })) return 1;
    RunRequest request;
    request.stopAtEnd = false;
    request.maxNew = 1;
    request.text = QStringLiteral("1 2 3");
    engine.run(request);
    const auto read = [&](qint64 count) {
        return waitFor([&] { return engine.feed().tokens().size() == count && engine.state() == EngineState::Idle && !engine.progress().active; });
    };
    if (!read(4)) return 1;
    const double before = heapBytes();
    request.maxNew = tokens;
    engine.run(request);
    if (!read(tokens + 3)) return 1;
    malloc_trim(0);
    const double all = (heapBytes() - before) / tokens;
    const ModelDims& dims = engine.model()->dims;
    const double state = static_cast<double>(dims.n_layer * dims.d_inner * (dims.d_state + dims.d_conv) * 4);
    std::int64_t spacing = SnapshotTrail::kFirstSpacing;  // this model's states do not come near the cap in bytes
    while (tokens / spacing > static_cast<std::int64_t>(SnapshotTrail::kMostSnapshots)) spacing *= 2;
    const double states = state / static_cast<double>(spacing);
    std::printf("%d tokens written: %.0f bytes a token in all; a state of %.0f bytes every %lld tokens: %.0f a token; the rest: %.0f\n", tokens, all,
                state, static_cast<long long>(spacing), states, all - states);
    std::printf("a token row as values: %zu bytes\n", sizeof(TokenRow));
    for (const int points : {1, 20}) {
        const double held = heapBytes();
        for (int i = 0; i < points; ++i) engine.takeSnapshot(QString::number(i));
        QElapsedTimer timer;
        timer.start();
        qint64 kept = 0;
        const auto counted = QObject::connect(&engine, &EngineHost::snapshotsChanged, [&](const auto&) { ++kept; });
        if (!waitFor([&] { return kept == points; })) return 1;
        QObject::disconnect(counted);
        std::printf("%d points kept: %.1f kB each, %.2f ms each\n", points, (heapBytes() - held) / points / 1e3,
                    static_cast<double>(timer.nsecsElapsed()) * 1e-6 / points);
    }
    return 0;
}
