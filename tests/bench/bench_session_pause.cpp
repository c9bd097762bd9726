// Whether writing goes on while a session is saved: bench_session_pause MODEL [TOKENS]. Prints the longest time without a new token,
// before a save and during the first one, which hashes the weights; gates nothing.
#include <QCoreApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <algorithm>
#include <cstdio>

#include "ui/bridge/engine_host.h"

using namespace ms;

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    const qint64 tokens = argc > 2 ? QByteArray(argv[2]).toLongLong() : 60;
    EngineHost engine({CaptureStore::kDefaultCap, QStringLiteral("host")});
    const auto wait = [&](const auto& done) {
        while (!done()) QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    };
    QElapsedTimer since;
    qint64 longest = 0, shown = 0;
    QObject::connect(&engine.feed().tokens(), &TokenLog::appended, &engine, [&] {
        if (since.isValid()) longest = std::max(longest, since.elapsed());
        since.start();
        shown = engine.feed().tokens().size();
    });
    QObject::connect(&engine, &EngineHost::failed, &engine, [](const QString& problem) {
        std::fprintf(stderr, "%s\n", qUtf8Printable(problem));
        std::exit(1);
    });
    bool saved = false;
    QObject::connect(&engine, &EngineHost::sessionSaved, &engine, [&] { saved = true; });
    const QObject view;
    engine.feed().setRequests(&view, {{ProbePoint::Dt, {}, Reduction::MeanChannels, 1, 0, 0, 1}, {ProbePoint::StateNorm, {}, Reduction::MeanChannels, 1, 0, 0, 1}});
    engine.open(QString::fromLocal8Bit(argc > 1 ? argv[1] : ""));
    wait([&] { return engine.model() != nullptr; });
    RunRequest request;
    request.ids = {1, 2, 3};
    request.maxNew = 0;
    request.stopAtEnd = false;
    engine.run(request);
    wait([&] { return shown >= 5; });
    const auto measure = [&](const char* what, const auto& done) {
        QElapsedTimer timer;
        timer.start();
        longest = 0;
        const qint64 before = shown;
        wait(done);
        std::printf("%s: %lld ms, %lld tokens, longest time without one %lld ms\n", what, static_cast<long long>(timer.elapsed()),
                    static_cast<long long>(shown - before), static_cast<long long>(std::max(longest, since.elapsed())));
    };
    measure("before", [&, end = shown + tokens] { return shown >= end; });
    const QTemporaryDir folder;
    for (const char* what : {"first save", "second save"}) {
        saved = false;
        engine.saveSession({folder.filePath(QStringLiteral("a.mscope")), {}, false});
        measure(what, [&] { return saved; });
    }
    return 0;
}
