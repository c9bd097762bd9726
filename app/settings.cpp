#include "settings.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "engine/base/program_files.h"
#include "ui/dialogs/preferences_dialog.h"
#include "ui/window/dock_layout.h"

namespace ms {

namespace {

[[noreturn]] void refuse(const QString& why) {
    std::fprintf(stderr, "mambascope: %s; see mambascope --help\n", qUtf8Printable(why));
    std::exit(2);
}

std::int64_t number(const QCommandLineParser& parser, const QString& option, std::int64_t least) {
    bool ok = false;
    const qint64 value = parser.value(option).toLongLong(&ok);
    if (!ok || value < least)
        refuse(QStringLiteral("--%1 needs a whole number from %2 on, not \"%3\"")
                   .arg(option)
                   .arg(least)
                   .arg(parser.value(option)));
    return value;
}

}  // namespace

CommandLine parseCommandLine(const QStringList& arguments) {
    const auto s = [](const char* text) { return QString::fromLatin1(text); };
    const Preferences preferences = Preferences::load();
    QCommandLineParser parser;
    parser.setApplicationDescription(s("MambaScope: watch what a Mamba model does to every token."));
    parser.addPositionalArgument(
        s("model"), s("Folder or weights file, session (.mscope) or sound file to open; without it, the model that comes with the program."),
        s("[MODEL]"));
    parser.setApplicationDescription(parser.applicationDescription() + s("\nmambascope render draws one view into a file: see mambascope render --help."));
    const QCommandLineOption help = parser.addHelpOption();
    const QCommandLineOption version = parser.addVersionOption();
    parser.addOptions({
        {s("device"), s("Device to run on: host, an index, or a part of its name."), s("NAME")},
        {s("prompt"), s("Text to read; token ids for a model without a tokenizer."), s("TEXT")},
        {s("max-new"), s("Tokens to write, 0 for no limit."), s("N"), s("200")},
        {s("seed"), s("Seed of the sampling."), s("N"), s("1")},
        {s("capture-memory"), s("Megabytes of captured values kept in memory; more goes to a temporary file."), s("MB"),
         QString::number(preferences.captureMegabytes)},
        {s("no-autorun"), s("Do not run the prompt at once.")},
        {s("appearance"), s("system, light or dark."), s("NAME")},
        {s("layout"), s("Arrangement of the views: live, layer, memory, predictions, speech, weights."), s("NAME")},
        {s("size"), s("Size of the window."), s("WIDTHxHEIGHT")},
        {s("screenshot"), s("Write a picture of the window to FILE, then quit; needs no display."), s("FILE")},
        {s("token"), s("Token to select before the picture is taken."), s("N")},
        {s("layer"), s("Layer to select before the picture is taken."), s("N")},
        {s("channel"), s("Channel to select before the picture is taken."), s("N")},
        {s("after-tokens"), s("Tokens to wait for before the picture is taken."), s("N"), s("100")},
    });
    QCommandLineOption bench(s("bench-stream"), s("Stream N tokens, print figures, quit."), s("N"), s("0"));
    bench.setFlags(QCommandLineOption::HiddenFromHelp);
    parser.addOption(bench);
    if (!parser.parse(arguments)) refuse(parser.errorText());
    if (parser.isSet(version)) {
        std::printf("mambascope %s\n", MAMBASCOPE_VERSION);
        std::exit(0);
    }
    if (parser.isSet(help)) {
        std::fputs(qUtf8Printable(parser.helpText()), stdout);
        std::exit(0);
    }
    if (parser.positionalArguments().size() > 1) refuse(s("one model at a time"));

    CommandLine line;
    line.window.model = parser.positionalArguments().value(0, preferences.model);
    line.window.speechModel = preferences.speechModel;
    line.window.rescoring = preferences.rescoring;
    line.window.engine.device = parser.isSet(s("device")) ? parser.value(s("device")) : preferences.device;
    line.window.prompt = parser.value(s("prompt"));
    line.window.maxNew = number(parser, s("max-new"), 0);
    line.window.seed = static_cast<std::uint64_t>(number(parser, s("seed"), 0));
    line.window.engine.captureMemory =
        static_cast<std::uint64_t>(std::min<std::int64_t>(number(parser, s("capture-memory"), 1), 1 << 20)) << 20;
    line.window.autorun = preferences.autorun && !parser.isSet(s("no-autorun"));
    line.window.layout = parser.value(s("layout"));
    if (parser.isSet(s("token"))) line.token = number(parser, s("token"), 0);
    if (parser.isSet(s("layer"))) line.layer = number(parser, s("layer"), 0);
    if (parser.isSet(s("channel"))) line.channel = number(parser, s("channel"), 0);
    line.screenshot = parser.value(s("screenshot"));
    line.afterTokens = number(parser, s("after-tokens"), 0);
    line.benchTokens = number(parser, s("bench-stream"), 0);
    if (parser.isSet(s("appearance"))) {
        const QString wanted = parser.value(s("appearance"));
        if (wanted == s("system")) line.appearance = Appearance::System;
        else if (wanted == s("light")) line.appearance = Appearance::Light;
        else if (wanted == s("dark")) line.appearance = Appearance::Dark;
        else refuse(s("--appearance is system, light or dark"));
    }
    if (parser.isSet(s("layout")) && DockLayout::arrangement(line.window.layout) == nullptr)
        refuse(s("--layout is live, layer, memory, predictions, speech or weights"));
    if (parser.isSet(s("size"))) {
        const QStringList parts = parser.value(s("size")).split(QLatin1Char('x'));
        line.size = QSize(parts.value(0).toInt(), parts.value(1).toInt());
        if (parts.size() != 2 || line.size.width() < 320 || line.size.height() < 240)
            refuse(s("--size is WIDTHxHEIGHT, at least 320x240"));
    }
    return line;
}

bool displayAvailable() {
    for (const char* name : {"QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY"})
        if (!qEnvironmentVariableIsEmpty(name)) return true;
    return false;
}

QString embeddedModel(const QString& kind) {
    const auto model = findProgramFile(std::filesystem::path("models") / kind.toStdString());
    return model ? QString::fromStdString(model->string()) : QString();
}

}  // namespace ms
