// The arguments of "mambascope render".
#pragma once

#include <QStringList>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/typed_index.h"
#include "ui/export/film_plan.h"

namespace ms {

struct RenderOptions {
    QString input;                 ///< model, sound or session; empty: the model that comes with the program
    QString model;                 ///< where a session's model is; empty: where it was
    QString prompt;
    std::vector<TokenId> ids;      ///< read instead of a prompt
    qint64 maxNew = 0;             ///< tokens to write behind what was read
    quint64 seed = 1;
    QString device, speechModel;
    QString view;
    qint64 layer = -1, token = -1, channel = -1;
    QString tensor;
    std::vector<std::pair<QString, QString>> settings;  ///< of the view, as the settings file calls them
    bool asSaved = false;          ///< the tokens that were in sight when the session was saved, if it says which
    FigureOptions figure;
    ExportFormat format = ExportFormat::Png;
    std::optional<FilmPlan> film;  ///< in place of figure and format
    std::optional<double> seconds; ///< that the film lasts
    QString out;
};

/// What the arguments say, or what to print and the exit code: 0 for help, 2 for what makes no sense.
struct RenderCommand {
    std::optional<RenderOptions> options;
    QString text;
    int code = 0;
};
[[nodiscard]] RenderCommand parseRender(const QStringList& arguments);

}  // namespace ms
