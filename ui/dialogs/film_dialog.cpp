#include "ui/dialogs/film_dialog.h"

#include <QSettings>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "ui/dialogs/film_form.h"
#include "ui/models/time_axis.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {

const QString kGroup = QStringLiteral("film");
constexpr std::array kFormats{FilmFormat::Mp4, FilmFormat::WebM, FilmFormat::Gif};

WriteWords words() {
    return {kGroup,
            FilmDialog::tr("Film"),
            FilmDialog::tr("Views in the film"),
            FilmDialog::tr("The view that is filmed; tick more for a film of several, which stand in this order"),
            FilmDialog::tr("&Make the film"),
            FilmDialog::tr("Draw all frames and write the file"),
            FilmDialog::tr("Close, or end the film that is being made"),
            FilmDialog::tr("Length of the film, and what to know before it is made"),
            FilmDialog::tr("Progress of the film"),
            FilmDialog::tr("Film to write")};
}

}  // namespace

FilmDialog::FilmDialog(const ExportChoices& choices, const QString& view, QWidget* parent)
    : WriteDialog(choices, {view}, words(), parent), m_form(new FilmForm) {
    body()->addLayout(takeViews(), 1);
    body()->addWidget(m_form);
    addInput(m_form);
    resize(620, 600);

    QSettings settings;
    settings.beginGroup(kGroup);
    FilmPlan plan;
    plan.load(settings);
    m_form->setPlan(plan);
    const FigureSource source = choices.source();
    const TimeAxis& axis = source.context.axis;
    const qint64 all = source.context.tokens.size();
    m_form->setTokenCounts(all, std::clamp<qint64>(all - axis.firstToken(), 0, axis.visibleTokens()));

    connect(m_form, &FilmForm::changed, this, &FilmDialog::refresh);
    connect(m_form, &FilmForm::formatChanged, this, [this] {
        updatePath();
        refresh();
    });
    updatePath();
    refresh();
}

FilmDialog::~FilmDialog() = default;

QStringList FilmDialog::endings() const {
    QStringList all{QLatin1String(extensionOf(m_form->format()))};
    for (const FilmFormat format : kFormats)
        if (format != m_form->format()) all << QLatin1String(extensionOf(format));
    return all;
}

void FilmDialog::takeEnding(const QString& ending) {
    for (const FilmFormat format : kFormats)
        if (ending == QLatin1String(extensionOf(format))) m_form->setFormat(format);
}

void FilmDialog::refresh() {
    m_form->setPanels(static_cast<int>(chosenViews().size()));
    const FilmPlan plan = m_form->plan();
    const qint64 tokens = m_form->tokens();
    const QString problem = chosenViews().isEmpty() ? tr("Choose a view.") : plan.problem(tokens);
    setWritable(problem.isEmpty());
    if (!problem.isEmpty()) return setNote(problem);
    QStringList note{tr("%1 tokens in %2 s, %3 frames.").arg(groupedText(tokens)).arg(plan.seconds(tokens), 0, 'f', 1).arg(groupedText(plan.frames(tokens))),
                     replacementNote()};
    note.removeAll(QString());
    setNote(note.join(QLatin1Char(' ')));
}

void FilmDialog::start() {
    const FilmPlan plan = m_form->plan();
    QSettings settings;
    settings.beginGroup(kGroup);
    plan.save(settings);
    keepFolder();
    m_job = std::make_unique<FilmJob>(choices().source(), panels());
    connect(m_job.get(), &FilmJob::written, this, [this](const FilmResult& result) {
        Q_EMIT written(result);
        accept();
    });
    follow(*m_job);
    m_job->write(plan, path());
}

}  // namespace ms
