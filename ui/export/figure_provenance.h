// What made a figure, from what the window knows.
#pragma once

#include <QString>
#include <functional>

#include "engine/export/provenance.h"
#include "ui/export/figure_source.h"
#include "ui/export/view_settings.h"
#include "ui/models/background_task.h"

namespace ms {

class FigurePage;

/// Program, time, device, model, input; of the views nothing yet. Hashes of weights and sound are added by FileHashes.
[[nodiscard]] Provenance provenanceOf(const FigureSource& source);
/// The same for what is on a page. Several views: ids joined by commas, each one's settings below "<id>/".
[[nodiscard]] Provenance provenanceOf(const FigureSource& source, const FigurePage& page);

/// A view as a file's provenance tells it.
struct RecordedView {
    QString id;
    ViewSettings settings;
};
[[nodiscard]] std::vector<RecordedView> viewsOf(const Provenance& provenance);

/// SHA-256 of all the weights and of the sound's file, computed beside the GUI thread; a model's weights once while the
/// program runs, for they may be many gigabytes.
class FileHashes : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    /// `done` gets the provenance with the hashes, in the GUI thread; what cannot be read has none. Replaces the question
    /// before.
    void add(const Provenance& provenance, const QStringList& weightFiles, const QString& soundPath, const std::function<void(const Provenance&)>& done);
    void cancel() { m_task.cancel(); }

private:
    BackgroundTask<Provenance> m_task;
};

}  // namespace ms
