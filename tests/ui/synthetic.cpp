#include "synthetic.h"

#include <QApplication>
#include <QPainter>
#include <cmath>

#include "ui/style/appearance.h"
#include "ui/views/base/scope_view.h"

namespace ms::test {

SyntheticCapture::SyntheticCapture(ProbePoint point, const ModelDims& dims, LayerIndex rawLayer) {
    for (qint64 layer = 0; layer < dims.n_layer; ++layer)
        m_entries.push_back({{point, LayerIndex(layer), Reduction::MeanChannels}, 1, 1, 0, 0, 1});
    if (rawLayer.value >= 0) m_entries.push_back({{point, rawLayer, Reduction::None}, dims.width(point, rawLayer), 1, 0, 0, 1});
    m_values.resize(m_entries.size());
}

float SyntheticCapture::value(qint64 layer, qint64 token) {
    return static_cast<float>(layer) + 0.5f + 0.4f * std::sin(static_cast<float>(token) * 0.1f);
}

float SyntheticCapture::channelValue(qint64 channel, qint64 token) {
    return static_cast<float>(channel) * 0.01f + static_cast<float>(token % 7);
}

const CaptureFrame& SyntheticCapture::frame(qint64 first, qint64 count) {
    m_frame = {TokenPos(first), count, {}};
    for (std::size_t e = 0; e < m_entries.size(); ++e) {
        const CaptureEntry& entry = m_entries[e];
        m_values[e].clear();
        for (qint64 t = first; t < first + count; ++t)
            for (qint64 c = 0; c < entry.width; ++c)
                m_values[e].push_back(entry.key.reduction != Reduction::None ? value(entry.key.layer.value, t) : channelValue(c, t));
        m_frame.blocks.push_back({&entry, TokenPos(first), count, m_values[e]});
    }
    return m_frame;
}

template <class T>
static void answer(const QString& error, const T& value, const Answered<T>& answered) {
    if (error.isEmpty()) answered({std::make_shared<const T>(value), {}});
    else answered({nullptr, error});
}

void CannedQueries::tokenValues(QObject*, qint64 token, const std::vector<CaptureRequest>&, const Answered<TokenValues>& answered) {
    ++asked;
    values.token = token;
    answer(error, values, answered);
}

void CannedQueries::baselineValues(QObject*, qint64 token, const std::vector<CaptureRequest>&, const Answered<TokenValues>& answered) {
    ++asked;
    baseline.token = token;
    answer(error, baseline, answered);
}

void CannedQueries::logitLens(QObject*, qint64 token, int, const Answered<LensTable>& answered) {
    ++asked;
    lens.token = token;
    answer(error, lens, answered);
}

void CannedQueries::tensorTile(QObject*, const TensorTileQuery&, const Answered<TensorPart>& answered) {
    ++asked;
    answer(error, part, answered);
}

void CannedQueries::tensorStatistics(QObject*, const QString&, const Answered<TensorStatistics>& answered) {
    ++asked;
    answer(error, statistics, answered);
}

Surroundings::Surroundings(qint64 count, std::span<const ProbePoint> points, LayerIndex rawLayer) {
    for (const ProbePoint point : points) {
        SyntheticCapture capture(point, smallDims(), rawLayer);
        if (count > 0) store->append(capture.frame(0, count));
    }
    std::vector<TokenRow> rows;
    for (qint64 t = 0; t < count; ++t) rows.push_back(tokenRow(t));
    tokens.append(rows);
    axis.setTokenCount(count);
}

void takeShots(ScopeView& view, const QString& name) {
    const QString folder = qEnvironmentVariable("MS_SHOTS");
    if (folder.isEmpty()) return;
    const QSize before = view.size();
    for (const Appearance appearance : {Appearance::Light, Appearance::Dark}) {
        applyAppearance(*qApp, appearance);
        for (const QSize& size : {QSize(700, 300), QSize(1100, 600)}) {
            view.resize(size);
            view.header()->resize(size.width(), view.header()->sizeHint().height());
            for (int i = 0; i < 40; ++i) {  // what is drawn bit by bit
                view.grab();
                QApplication::processEvents(QEventLoop::AllEvents, 10);
            }
            QImage image(size.width(), size.height() + view.header()->height(), QImage::Format_RGB32);
            QPainter painter(&image);
            painter.drawPixmap(0, 0, view.header()->grab());
            painter.drawPixmap(0, view.header()->height(), view.grab());
            image.save(QStringLiteral("%1/%2-%3-%4.png").arg(folder, name, appearance == Appearance::Dark ? QStringLiteral("dark") : QStringLiteral("light")).arg(size.width()));
        }
    }
    applyAppearance(*qApp, Appearance::Light);
    view.resize(before);
}

ModelDims smallDims() {
    ModelDims dims;
    dims.d_model = 8;
    dims.n_layer = 4;
    dims.d_inner = 16;
    dims.d_state = 4;
    dims.d_conv = 4;
    dims.dt_rank = 1;
    dims.vocab = 100;
    return dims;
}

ModelSummaryPtr smallModel() {
    auto model = std::make_shared<ModelSummary>();
    model->name = QStringLiteral("small");
    model->dims = smallDims();
    model->hasTokenizer = true;
    for (qint64 layer = 0; layer < model->dims.n_layer; ++layer) {
        ScanWeights& scan = model->scan.emplace_back();
        for (qint64 c = 0; c < model->dims.d_inner; ++c) {
            for (qint64 n = 0; n < model->dims.d_state; ++n) scan.A.push_back(-static_cast<float>(n + 1) * (1 + 0.1f * static_cast<float>(c)));
            scan.D.push_back(1.0f);
        }
    }
    model->tensors.push_back({QStringLiteral("backbone.embeddings.weight"), QStringLiteral("[100, 8]"),
                              QStringLiteral("F32"), 3200, 800, -1});
    for (qint64 layer = 0; layer < 4; ++layer)
        for (const char* name : {"mixer.A_log", "mixer.in_proj.weight"})
            model->tensors.push_back({QStringLiteral("backbone.layers.%1.%2").arg(layer).arg(QLatin1String(name)),
                                      QStringLiteral("[16, 4]"), QStringLiteral("F32"), 256, 64, layer});
    return model;
}

TokenRow tokenRow(qint64 token) {
    TokenRow row;
    row.id = static_cast<TokenId>(token % 100);
    row.surprisalBits = token == 0 ? std::nanf("") : static_cast<float>(token % 12);
    row.fromPrompt = token < 5;
    row.alternativeCount = 1;
    row.alternatives[0] = {row.id, 0.5f};
    return row;
}

}  // namespace ms::test
