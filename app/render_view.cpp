#include "render_view.h"

#include <algorithm>
#include <memory>

#include "ui/window/view_registry.h"

namespace ms {

namespace {

Error refusal(const QString& why) { return {ErrorCode::InvalidArgument, why.toStdString()}; }

/// Numbers may be written in more than one way.
bool isSame(const QVariant& taken, const QString& wanted) {
    bool isNumber = false;
    const double number = wanted.toDouble(&isNumber);
    return taken.toString() == wanted || (isNumber && taken.toDouble() == number);
}

Result<void> checkIndex(const char* what, qint64 index, qint64 count) {
    if (index < count) return {};
    return refusal(QStringLiteral("the model has %1 %2s, numbered from 0: there is no %2 %3").arg(count).arg(QLatin1String(what)).arg(index));
}

Result<void> select(const RenderOptions& options, const ModelSummary& model, Selection& selection) {
    MS_CHECK(checkIndex("layer", options.layer, model.dims.n_layer));
    MS_CHECK(checkIndex("channel", options.channel, model.dims.d_inner));
    const auto has = [&](const QString& name) {
        return std::any_of(model.tensors.begin(), model.tensors.end(), [&](const TensorSummary& t) { return t.name == name; });
    };
    if (!options.tensor.isEmpty() && !has(options.tensor))
        return refusal(QStringLiteral("the model has no tensor \"%1\"; mambascope-cli inspect lists them").arg(options.tensor));
    if (options.layer >= 0) selection.setLayer(options.layer);
    if (options.channel >= 0) selection.setChannel(options.channel);
    if (options.token >= 0) selection.setToken(options.token);
    if (!options.tensor.isEmpty()) selection.setTensor(options.tensor);
    if (!has(selection.tensor()) && !model.tensors.empty()) selection.setTensor(model.tensors.front().name);
    return {};
}

}  // namespace

Result<ViewSettings> settingsOf(const RenderOptions& options, const ViewContext& context, const ModelSummary& model,
                                const std::optional<ViewSettings>& saved) {
    Selection& selection = context.selection;
    if (saved) saved->applyTo(selection);
    MS_CHECK(select(options, model, selection));
    const std::unique_ptr<ScopeView> view(createView(options.view, context));
    if (saved) saved->applyTo(*view);
    ViewSettings settings(*view, selection);
    if (saved)  // what it showed besides its settings
        for (auto it = saved->values().begin(); it != saved->values().end(); ++it)
            if (it.key().startsWith(QLatin1String("shown/"))) settings.set(it.key(), it.value());
    for (const auto& [key, value] : options.settings) {
        if (!settings.values().contains(key))
            return refusal(QStringLiteral("the view %1 has no setting \"%2\"; it has: %3").arg(options.view, key, settings.values().keys().join(QStringLiteral(", "))));
        settings.set(key, value);
    }
    settings.applyTo(*view);
    const ViewSettings taken(*view, selection);
    for (const auto& [key, value] : options.settings)
        if (!isSame(taken.values().value(key), value)) return refusal(QStringLiteral("the view %1 does not take %2=%3").arg(options.view, key, value));
    if (options.layer >= 0) settings.set(QStringLiteral("shown/layer"), options.layer);
    return settings;
}

}  // namespace ms
