#include "render_options.h"

#include <QCommandLineParser>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <algorithm>

#include "engine/film/film_codec.h"
#include "ui/window/session_files.h"
#include "ui/window/view_registry.h"

namespace ms {

namespace {

QString s(const char* text) { return QString::fromLatin1(text); }

/// Reads options one by one; the first that makes no sense is remembered.
class Reader {
public:
    explicit Reader(const QCommandLineParser& parser) : m_parser(parser) {}

    [[nodiscard]] const QString& problem() const { return m_problem; }
    void refuse(const QString& why) {
        if (m_problem.isEmpty()) m_problem = why;
    }
    template <class T>
    void whole(const char* option, T& value) {
        if (!m_parser.isSet(s(option))) return;
        bool isNumber = false;
        const qint64 read = m_parser.value(s(option)).toLongLong(&isNumber);
        if (!isNumber || read < 0) return refuse(s("--%1 needs a whole number from 0 on, not \"%2\"").arg(s(option), m_parser.value(s(option))));
        value = static_cast<T>(read);
    }
    void real(const char* option, double& value, double least) {
        if (!m_parser.isSet(s(option))) return;
        bool isNumber = false;
        value = m_parser.value(s(option)).toDouble(&isNumber);
        if (!isNumber || value < least) refuse(s("--%1 needs a number from %2 on, not \"%3\"").arg(s(option)).arg(least).arg(m_parser.value(s(option))));
    }

private:
    const QCommandLineParser& m_parser;
    QString m_problem;
};

QString viewIds() {
    QStringList ids;
    for (const ViewEntry& entry : viewRegistry()) ids << entry.id;
    return ids.join(s(", "));
}

void readInput(const QCommandLineParser& parser, Reader& read, RenderOptions& o) {
    o.input = parser.positionalArguments().value(1);
    if (parser.positionalArguments().size() > 2) read.refuse(s("one model, session or file of sound at a time"));
    const int given = int(parser.isSet(s("prompt"))) + int(parser.isSet(s("prompt-file"))) + int(parser.isSet(s("ids")));
    if (given > 1) read.refuse(s("choose one of --prompt, --prompt-file and --ids"));
    o.prompt = parser.value(s("prompt"));
    if (parser.isSet(s("prompt-file"))) {
        QFile file(parser.value(s("prompt-file")));
        if (file.open(QIODevice::ReadOnly)) o.prompt = QString::fromUtf8(file.readAll());
        else read.refuse(s("cannot read %1: %2").arg(file.fileName(), file.errorString()));
    }
    static const QRegularExpression separators(s("[\\s,]+"));
    for (const QString& word : parser.value(s("ids")).split(separators, Qt::SkipEmptyParts)) {
        bool isNumber = false;
        o.ids.push_back(word.toInt(&isNumber));
        if (!isNumber || o.ids.back() < 0) read.refuse(s("--ids takes numbers like 1,2,3, not \"%1\"").arg(word));
    }
    read.whole("max-new", o.maxNew);
    read.whole("seed", o.seed);
    o.device = parser.value(s("device"));
    o.speechModel = parser.value(s("speech-model"));
    o.model = parser.value(s("model"));
    const bool isSession = SessionFiles::isSession(o.input);
    if (!isSession && !o.model.isEmpty()) read.refuse(s("--model tells where the model of a session is: there is no session"));
    for (const char* option : {"prompt", "prompt-file", "ids", "max-new", "seed", "speech-model"})
        if (isSession && parser.isSet(s(option))) read.refuse(s("a session brings its own text or sound: leave out --%1").arg(s(option)));
}

void readSize(const QCommandLineParser& parser, Reader& read, FigureOptions& figure) {
    if (parser.isSet(s("size"))) {
        if (parser.isSet(s("width-cm")) || parser.isSet(s("height-cm")) || parser.isSet(s("dpi"))) read.refuse(s("--size counts pixels: choose it, or centimetres and --dpi"));
        const QStringList parts = parser.value(s("size")).split(QLatin1Char('x'));
        figure.unit = FigureUnit::Pixels;
        figure.size = QSizeF(parts.value(0).toInt(), parts.value(1).toInt());
        if (parts.size() != 2 || figure.size.isEmpty()) read.refuse(s("--size is WIDTHxHEIGHT in pixels, like 1200x400"));
    }
    double width = figure.size.width(), height = figure.size.height();
    read.real("width-cm", width, 1);
    read.real("height-cm", height, 1);
    figure.size = {width, height};
    read.real("dpi", figure.dpi, 30);
    read.real("scale", figure.scale, 0.25);
    read.real("font-points", figure.fontPoints, 4);
}

void readTokens(const QCommandLineParser& parser, Reader& read, RenderOptions& o) {
    const QString wanted = parser.value(s("tokens"));
    o.asSaved = !o.film && SessionFiles::isSession(o.input) && wanted.isEmpty();
    if (wanted.isEmpty() || wanted == s("all")) return;
    static const QRegularExpression range(s("^(\\d+)-(\\d+)$"));
    const QRegularExpressionMatch match = range.match(wanted);
    o.figure.tokens = FigureTokens::Range;
    o.figure.range = {match.captured(1).toLongLong(), match.captured(2).toLongLong() + 1};
    if (!match.hasMatch() || o.figure.range.empty()) read.refuse(s("--tokens is all or FIRST-LAST, like 0-99, not \"%1\"").arg(wanted));
}

void readFigure(const QCommandLineParser& parser, Reader& read, FigureOptions& figure) {
    if (parser.isSet(s("bare"))) {
        figure = FigureOptions::bare(figure.unit == FigureUnit::Pixels ? figure.size.toSize() : QSize());
        figure.colours = FigureColours::Light;
    }
    figure.tokens = FigureTokens::All;
    readSize(parser, read, figure);
    const QStringList colours{s("print"), s("light"), s("dark")};
    if (parser.isSet(s("colours"))) {
        figure.colours = static_cast<FigureColours>(std::max<qsizetype>(0, colours.indexOf(parser.value(s("colours")))));
        if (!colours.contains(parser.value(s("colours")))) read.refuse(s("--colours is print, light or dark"));
    }
    const auto off = [&](const char* option, bool& value) { value = value && !parser.isSet(s(option)); };
    off("no-title", figure.title);
    off("no-axis-titles", figure.axisTitles);
    figure.captionText = parser.value(s("caption"));
    figure.caption = figure.caption || !figure.captionText.isEmpty();
    off("no-caption", figure.caption);
    off("no-colour-bar", figure.colourBar);
    figure.transparent = parser.isSet(s("transparent"));
    figure.marks = parser.isSet(s("marks"));
    figure.cellRectangles = parser.isSet(s("rectangles"));
    if (const QString problem = figure.problem(); !problem.isEmpty()) read.refuse(problem);
}

/// What only a film has; the rest is the figure's.
void readFilm(const QCommandLineParser& parser, Reader& read, RenderOptions& o) {
    if (!o.film) {
        for (const char* option : {"fps", "tokens-per-second", "seconds", "still", "quality", "follow"})
            if (parser.isSet(s(option))) read.refuse(s("--%1 is of films: choose mp4, webm or gif").arg(s(option)));
        return;
    }
    FilmPlan& film = *o.film;
    read.whole("fps", film.framesPerSecond);
    read.real("tokens-per-second", film.tokensPerSecond, 0.01);
    read.real("still", film.stillSeconds, 0);
    read.real("quality", film.quality, 0);
    if (film.quality > 1) read.refuse(s("--quality goes from 0 (small) to 1 (good)"));
    if (parser.isSet(s("seconds"))) read.real("seconds", o.seconds.emplace(), 0.1);
    if (o.seconds && parser.isSet(s("tokens-per-second"))) read.refuse(s("choose one of --seconds and --tokens-per-second"));
    film.figure = o.figure;
    film.figure.fitTokens = !parser.isSet(s("follow"));
    if (const QString problem = film.problem(1); !problem.isEmpty()) read.refuse(problem);
}

void readFormat(const QCommandLineParser& parser, Reader& read, RenderOptions& o) {
    o.out = parser.value(s("out"));
    if (o.out.isEmpty()) read.refuse(s("--out is missing: the file to write"));
    const QString ending = QFileInfo(o.out).suffix().toLower();
    const QString format = parser.isSet(s("format")) ? parser.value(s("format")).toLower() : ending;
    for (const FilmFormat each : {FilmFormat::Mp4, FilmFormat::WebM, FilmFormat::Gif})
        if (format == QLatin1String(extensionOf(each))) o.film.emplace().format = each;
    if (o.film) {
        o.figure = FilmPlan::ofScreen();
        o.figure.colours = FigureColours::Light;
        for (const char* option : {"width-cm", "height-cm", "dpi", "font-points"})
            if (parser.isSet(s(option))) read.refuse(s("a film has a size in pixels: leave out --%1 and use --size").arg(s(option)));
    } else if (const auto known = exportFormat(format)) {
        o.format = *known;
    } else {
        read.refuse(s("the format is png, svg, pdf, csv, npz, mp4, webm or gif, not \"%1\"").arg(format));
    }
    if (!o.film && isNumbers(o.format) && ending != key(o.format)) read.refuse(s("a file of numbers ends like its format: .%1").arg(key(o.format)));
}

void addOptions(QCommandLineParser& parser) {
    parser.setApplicationDescription(s("Draws one view of a model's run into a file, as a figure, numbers or a film, without a display.\nViews: ") + viewIds());
    parser.addPositionalArgument(s("render"), {}, s("render"));
    parser.addPositionalArgument(s("input"), s("A model's folder or weights file, a file of sound, or a session (.mscope), whose view is drawn as it was saved; without it, the model that comes with the program."), s("[MODEL|SOUND|SESSION]"));
    parser.addOptions({
        {s("prompt"), s("Text to read; token ids for a model without a tokenizer."), s("TEXT")},
        {s("prompt-file"), s("File with the text to read."), s("FILE")},
        {s("ids"), s("Token ids to read."), s("1,2,3")},
        {s("max-new"), s("Tokens to write behind it."), s("N"), s("0")},
        {s("seed"), s("Seed of the sampling."), s("N"), s("1")},
        {s("device"), s("Device to run on: host, an index, or a part of its name."), s("NAME")},
        {s("speech-model"), s("Model that hears the sound."), s("PATH")},
        {s("model"), s("Where the model of a session is, if not where it was."), s("PATH")},
        {s("view"), s("What to draw."), s("ID")},
        {s("layer"), s("Layer that is selected; its channels for views of a probe point."), s("N")},
        {s("token"), s("Token under the cursor; the newest without it."), s("N")},
        {s("channel"), s("Channel that is selected."), s("N")},
        {s("tensor"), s("Weight that the view \"tensor\" shows."), s("NAME")},
        {s("tokens"), s("Tokens that are drawn, or written as numbers. Without it all; of a session, in a figure, those that were in sight."), s("all|FIRST-LAST")},
        {s("set"), s("A setting of the view, as its settings file calls it; may be repeated. An unknown one lists them."), s("KEY=VALUE")},
        {s("size"), s("Size in pixels; of a film 1280x720 without it."), s("WIDTHxHEIGHT")},
        {s("scale"), s("With --size: letters and lines are so many times as large as in a window."), s("K"), s("1")},
        {s("width-cm"), s("Width in centimetres."), s("CM"), s("17")},
        {s("height-cm"), s("Height in centimetres."), s("CM"), s("8")},
        {s("dpi"), s("With centimetres: pixels of a PNG per inch, and of pictures inside SVG and PDF."), s("N"), s("300")},
        {s("font-points"), s("With centimetres: size of letters."), s("N"), s("8")},
        {s("colours"), s("print, light or dark."), s("NAME"), s("print")},
        {s("transparent"), s("Nothing behind the plots.")},
        {s("no-title"), s("Leave out the title.")},
        {s("no-axis-titles"), s("Leave out what the axes stand for.")},
        {s("no-caption"), s("Leave out the caption.")},
        {s("no-colour-bar"), s("Leave out the colour bar.")},
        {s("caption"), s("The caption's text."), s("TEXT")},
        {s("marks"), s("Draw cursor and selection.")},
        {s("rectangles"), s("Heatmap cells as rectangles, in SVG and PDF.")},
        {s("bare"), s("The view alone, as a window of that size shows it.")},
        {s("fps"), s("Of a film: frames a second."), s("N"), s("30")},
        {s("tokens-per-second"), s("Of a film: tokens that appear in a second."), s("X"), s("20")},
        {s("seconds"), s("Of a film: how long it lasts, in place of --tokens-per-second."), s("S")},
        {s("still"), s("Of a film: seconds that the last picture stays."), s("S"), s("1")},
        {s("quality"), s("Of a film: 0 (small) to 1 (good)."), s("Q"), s("0.75")},
        {s("follow"), s("Of a film: tokens are as wide as in a window, and older ones move out of view.")},
        {s("format"), s("png, svg, pdf, csv, npz, mp4, webm or gif; without it, by the ending of the file."), s("NAME")},
        {{s("o"), s("out")}, s("File to write."), s("FILE")},
    });
}

}  // namespace

RenderCommand parseRender(const QStringList& arguments) {
    QCommandLineParser parser;
    const QCommandLineOption help = parser.addHelpOption();
    addOptions(parser);
    if (!parser.parse(arguments)) return {{}, parser.errorText(), 2};
    if (parser.isSet(help)) return {{}, parser.helpText(), 0};

    RenderOptions o;
    Reader read(parser);
    readInput(parser, read, o);
    o.view = parser.value(s("view"));
    if (o.view.isEmpty()) read.refuse(s("--view is missing; there are: ") + viewIds());
    else if (std::none_of(viewRegistry().begin(), viewRegistry().end(), [&](const ViewEntry& entry) { return entry.id == o.view; }))
        read.refuse(s("there is no view \"%1\"; there are: %2").arg(o.view, viewIds()));
    read.whole("layer", o.layer);
    read.whole("token", o.token);
    read.whole("channel", o.channel);
    o.tensor = parser.value(s("tensor"));
    for (const QString& setting : parser.values(s("set"))) {
        if (!setting.contains(QLatin1Char('='))) read.refuse(s("--set is KEY=VALUE, not \"%1\"").arg(setting));
        o.settings.emplace_back(setting.section(QLatin1Char('='), 0, 0), setting.section(QLatin1Char('='), 1));
    }
    readFormat(parser, read, o);
    readFigure(parser, read, o.figure);
    readTokens(parser, read, o);
    readFilm(parser, read, o);
    if (!read.problem().isEmpty()) return {{}, read.problem(), 2};
    return {o, {}, 0};
}

}  // namespace ms
