#include "ui/export/figure_provenance.h"

#include <QDateTime>
#include <QFileInfo>
#include <QMutex>
#include <QMutexLocker>
#include <filesystem>
#include <map>

#include "engine/export/file_hash.h"
#include "ui/export/figure_page.h"
#include "ui/models/intervention_model.h"
#include "ui/views/base/scope_view.h"

namespace ms {

namespace {

/// What of a text can be in the excerpt; of a long session the rest is never put together.
constexpr qint64 kExcerptTokens = 300;

std::string text(const QString& s) { return s.toStdString(); }

Provenance::Input inputOf(const FigureSource& source) {
    const TokenLog& tokens = source.context.tokens;
    if (source.model && source.model->speech) {
        Provenance::Input input;
        input.kind = tokens.size() > 0 ? Provenance::InputKind::Sound : Provenance::InputKind::None;
        input.tokens = tokens.size();
        input.path = text(source.soundPath);
        if (source.context.speech != nullptr) input.excerpt = text(source.context.speech->text().left(static_cast<qsizetype>(Provenance::kExcerptBytes) / 4));
        return input;
    }
    if (tokens.size() == 0) return {};
    std::vector<TokenId> ids;
    QString excerpt;
    for (qint64 t = 0; t < tokens.size(); ++t) {
        ids.push_back(tokens.row(t).id);
        if (t < kExcerptTokens) excerpt += tokens.text(ids.back());
    }
    return inputOfTokens(ids, text(excerpt));
}

/// Files of one content keep their hash: by name, size and time of the last change.
std::string stampOf(const QStringList& files) {
    QString stamp;
    for (const QString& file : files) {
        const QFileInfo info(file);
        stamp += QStringLiteral("%1|%2|%3\n").arg(file).arg(info.size()).arg(info.lastModified().toMSecsSinceEpoch());
    }
    return text(stamp);
}

std::string hashOf(const QStringList& files, const std::stop_token& stop) {
    static QMutex s_mutex;
    static std::map<std::string, std::string> s_known;
    const std::string stamp = stampOf(files);
    {
        const QMutexLocker lock(&s_mutex);
        if (const auto found = s_known.find(stamp); found != s_known.end()) return found->second;
    }
    std::vector<std::filesystem::path> paths;
    for (const QString& file : files) paths.emplace_back(text(file));
    const Result<std::string> hash = sha256OfFiles(paths, {}, stop);
    if (!hash) return {};
    const QMutexLocker lock(&s_mutex);
    return s_known[stamp] = *hash;
}

}  // namespace

Provenance provenanceOf(const FigureSource& source) {
    Provenance p;
    p.time = isoTime();
    if (source.model) {
        p.device = text(source.model->device);
        p.model = {text(source.model->name), text(QFileInfo(source.model->path).absoluteFilePath()), text(source.model->family), {},
                   text(source.model->fingerprint)};
    }
    p.input = inputOf(source);
    p.interventions = text(interventionsText(source.interventions));
    p.interventionList = interventionsJson(source.interventions).toStdString();
    return p;
}

Provenance provenanceOf(const FigureSource& source, const FigurePage& page) {
    Provenance p = provenanceOf(source);
    const bool several = page.panels().size() > 1;
    QStringList ids;
    for (const auto& panel : page.panels()) {
        const ScopeView& view = panel->view();
        ids << view.id();
        for (const auto& [key, value] : panel->settings().toText()) p.viewSettings[(several ? text(view.id()) + '/' : std::string()) + key] = value;
        const ShownValues shown = view.shownValues();
        const auto join = [](std::string& all, const QString& one) {
            if (!one.isEmpty()) all += (all.empty() ? "" : "; ") + text(one);
        };
        join(p.probe, shown.probe);
        join(p.normalisation, shown.normalisation);
        join(p.scale, shown.scale);
        if (shown.layer && shown.layer->value >= 0) p.layer = shown.layer;
        if (const TokenRange tokens = panel->shownTokens(); !tokens.empty()) p.tokens = Provenance::TokenRange{tokens.first, tokens.end};
    }
    p.view = text(ids.join(QLatin1Char(',')));
    return p;
}

std::vector<RecordedView> viewsOf(const Provenance& provenance) {
    std::vector<RecordedView> views;
    const QStringList ids = QString::fromStdString(provenance.view).split(QLatin1Char(','), Qt::SkipEmptyParts);
    for (const QString& id : ids) {
        const std::string prefix = ids.size() > 1 ? text(id) + '/' : std::string();
        std::map<std::string, std::string> own;
        for (const auto& [key, value] : provenance.viewSettings)
            if (key.starts_with(prefix)) own[key.substr(prefix.size())] = value;
        views.push_back({id, ViewSettings::fromText(own)});
    }
    return views;
}

void FileHashes::add(const Provenance& provenance, const QStringList& weightFiles, const QString& soundPath,
                     const std::function<void(const Provenance&)>& done) {
    m_task.start([provenance, weightFiles, soundPath](const std::stop_token& stop) -> Result<Provenance> {
        Provenance p = provenance;
        if (!weightFiles.isEmpty()) p.model.hash = hashOf(weightFiles, stop);
        if (!soundPath.isEmpty()) p.input.hash = hashOf({soundPath}, stop);
        return p;
    }, [done](const Result<Provenance>& p) {
        if (p) done(*p);
    });
}

}  // namespace ms
