// The view of hidden attention on layers with heads: softmax of queries and keys, Mamba-2's scan, and what other layers say.
#include <QComboBox>
#include <QCheckBox>
#include <QSpinBox>
#include <QTest>
#include <cmath>

#include "export_support.h"
#include "synthetic.h"
#include "ui/export/export_job.h"
#include "ui/plot/matrix_plot.h"
#include "ui/style/number_text.h"
#include "ui/views/hidden_attention/hidden_attention_view.h"
#include "ui/widgets/elided_label.h"

using namespace ms;
using test::kPatience;

namespace {

constexpr qint64 kHeads = 6, kKvHeads = 2, kWidth = 5;
constexpr qint64 kAttention = 1, kLstm = 2, kS4d = 3, kMamba2 = 4;
constexpr qint64 kGroups = 2, kStates = 3;
const std::vector<float> kDecays{-0.02f, -1.0f, -0.3f, -2.5f, -0.11f, -0.7f};  // [kHeads]

/// test::smallModel with layers of other kinds behind the first.
ModelSummaryPtr hybrid() {
    auto model = std::make_shared<ModelSummary>(*test::smallModel());
    const LayerDims mamba = model->dims.layer(LayerIndex(0));
    model->dims.setLayers({mamba,
                           {.kind = LayerKind::Attention, .d_inner = kHeads * kWidth, .n_heads = kHeads, .head_dim = kWidth, .n_kv_heads = kKvHeads},
                           {.kind = LayerKind::Lstm, .d_inner = 12, .d_state = 1},
                           {.kind = LayerKind::S4d, .d_inner = 12, .d_state = 8},
                           {.kind = LayerKind::Mamba2, .d_inner = 12, .d_state = kStates, .n_heads = kHeads, .head_dim = 2, .n_groups = kGroups}});
    model->scan.push_back({kDecays, std::vector<float>(12)});
    for (const qint64 layer : {kAttention, kLstm, kS4d}) model->scan[static_cast<std::size_t>(layer)] = {};
    return model;
}

/// Softmax of the queries and keys that a reader has, one value each, in float64; head -1: the mean.
template <class Value>
double softmax(const Value& value, qint64 first, qint64 head, qint64 t, qint64 s, qint64 heads, qint64 kvHeads, qint64 width) {
    if (head < 0) {
        double sum = 0;
        for (qint64 h = 0; h < heads; ++h) sum += softmax(value, first, h, t, s, heads, kvHeads, width);
        return sum / static_cast<double>(heads);
    }
    double total = 0, mine = 0;
    for (qint64 r = first; r <= t; ++r) {
        double dot = 0;
        for (qint64 i = 0; i < width; ++i)
            dot += static_cast<double>(value(ProbePoint::AttentionQuery, t, head * width + i)) *
                   static_cast<double>(value(ProbePoint::AttentionKey, r, head / (heads / kvHeads) * width + i));
        const double weight = std::exp(dot / std::sqrt(static_cast<double>(width)));
        total += weight;
        if (r == s) mine = weight;
    }
    return mine / total;
}

struct Scope : test::Surroundings {
    std::unique_ptr<HiddenAttentionView> view;

    explicit Scope(qint64 count, qint64 from = 0) : Surroundings(count, {}) {
        append(from, count);
        selection.setLayer(kAttention);
        view = std::make_unique<HiddenAttentionView>(context());
        view->resize(900, 460);
        view->show();
        view->setModel(hybrid());
    }
    static float value(ProbePoint point, qint64 token, qint64 column) {
        const auto t = static_cast<float>(token), c = static_cast<float>(column);
        switch (point) {
            case ProbePoint::AttentionQuery: return 1.5f * std::sin(0.7f * t + 1.3f * c);
            case ProbePoint::AttentionKey: return std::cos(0.37f * t + 2.1f * c) + (token % 11 == 3 ? 1.5f : 0);
            case ProbePoint::Dt: return 0.1f + 0.05f * std::sin(0.9f * t + c);
            case ProbePoint::B: return std::cos(0.23f * t + c);
            default: return std::sin(0.11f * t + 0.5f * c) + 0.2f;
        }
    }
    void append(qint64 first, qint64 end) {
        const ModelDims dims = hybrid()->dims;
        for (const auto& [point, layer] : {std::pair(ProbePoint::AttentionQuery, kAttention), {ProbePoint::AttentionKey, kAttention},
                                           {ProbePoint::Dt, kMamba2}, {ProbePoint::B, kMamba2}, {ProbePoint::C, kMamba2}}) {
            const qint64 width = dims.width(point, LayerIndex(layer));
            const CaptureEntry entry{{point, LayerIndex(layer), Reduction::None}, width, 1, 0, 0, 1};
            std::vector<float> values;
            for (qint64 t = first; t < end; ++t)
                for (qint64 c = 0; c < width; ++c) values.push_back(value(point, t, c));
            store->append({TokenPos(first), end - first, {{&entry, TokenPos(first), end - first, values}}});
        }
    }
    [[nodiscard]] static double weight(qint64 head, qint64 t, qint64 s, qint64 first = 0) {
        return softmax([](ProbePoint point, qint64 token, qint64 column) { return value(point, token, column); }, first, head, t, s, kHeads, kKvHeads, kWidth);
    }
    /// Mamba-2's C·B exp(A Σ Δ) Δ of one head.
    [[nodiscard]] static double alpha(qint64 head, qint64 t, qint64 s) {
        double age = 0, dot = 0;
        for (qint64 r = s + 1; r <= t; ++r) age += static_cast<double>(value(ProbePoint::Dt, r, head));
        for (qint64 n = 0; n < kStates; ++n) {
            const qint64 column = head / (kHeads / kGroups) * kStates + n;
            dot += static_cast<double>(value(ProbePoint::C, t, column)) * static_cast<double>(value(ProbePoint::B, s, column));
        }
        return dot * std::exp(static_cast<double>(kDecays[static_cast<std::size_t>(head)]) * age) * static_cast<double>(value(ProbePoint::Dt, s, head));
    }
    [[nodiscard]] bool shows(qint64 head) const {
        return QTest::qWaitFor([&] { return view->tile() && view->plot()->matrix() && near(view->plot()->matrix()->at(90, 70), weight(head, 90, 70)); }, kPatience);
    }
    [[nodiscard]] static bool near(float shown, double expected) { return std::abs(static_cast<double>(shown) - expected) < 1e-6; }
    template <class Widget>
    [[nodiscard]] Widget* child(const char* name) const { return view->findChild<Widget*>(QLatin1String(name)); }
};

}  // namespace

class TestAttentionView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theTileIsTheSoftmaxOverTheWholePast() {
        Scope scope(101);
        QVERIFY(scope.shows(-1));
        QCOMPARE(scope.view->tile()->window, (TileWindow{37, 101, 37, 101}));
        QCOMPARE(scope.view->title(), QStringLiteral("Attention"));
        const Matrix& shown = *scope.view->plot()->matrix();
        for (qint64 t = 37; t < 101; ++t)
            for (qint64 s = 37; s < 101; ++s) {
                if (s > t) QVERIFY(isMissing(shown.at(t, s)));
                else QVERIFY2(Scope::near(shown.at(t, s), Scope::weight(-1, t, s)), qPrintable(QStringLiteral("%1 %2").arg(t).arg(s)));
            }
        QVERIFY(!scope.view->plot()->settings().centred);
        QTRY_VERIFY_WITH_TIMEOUT(scope.view->row() && scope.view->row()->token == 100, kPatience);
        double total = 0;
        for (qint64 s = 0; s <= 100; ++s) {
            total += static_cast<double>(scope.view->row()->values[static_cast<std::size_t>(s)]);
            QVERIFY(Scope::near(scope.view->row()->values[static_cast<std::size_t>(s)], Scope::weight(-1, 100, s)));
        }
        QVERIFY(std::abs(total - 1) < 1e-5);
        const auto requests = scope.view->requests();
        QCOMPARE(requests.size(), 2u);
        QVERIFY(requests[0].point == ProbePoint::AttentionQuery && requests[1].point == ProbePoint::AttentionKey);
        QCOMPARE(requests[0].layers, std::vector{LayerIndex(kAttention)});
        QTest::mouseMove(scope.view->plot(), scope.view->plot()->pointOf(80, 70));
        QCOMPARE(scope.view->readout(), QStringLiteral("a = %1   query 80 “#80”, key 70 “#70”").arg(exactText(shown.at(80, 70))));
    }

    void aHeadIsChosenInPlaceOfAChannel() {
        Scope scope(101);
        auto* heads = scope.child<QSpinBox>("hidden_attention_head");
        QVERIFY(heads->isVisible() && !scope.child<QCheckBox>("hidden_attention_channelOnly")->isVisible() && !scope.child<QComboBox>("hidden_attention_form")->isVisible());
        QCOMPARE(heads->text(), QStringLiteral("mean of heads"));
        QCOMPARE(heads->maximum(), 5);
        QVERIFY(scope.shows(-1));
        heads->setValue(4);
        QVERIFY(scope.shows(4));
        QTRY_VERIFY_WITH_TIMEOUT(scope.view->row() && scope.view->row()->channel == 4, kPatience);
        QVERIFY(scope.view->shownText().startsWith(QStringLiteral("head 4")));
        scope.view->plot()->setVisibleCells({0, 80, 20, 13});  // keys long before the queries: their sums are known
        QTRY_COMPARE_WITH_TIMEOUT(scope.view->tile()->window, (TileWindow{80, 93, 0, 20}), kPatience);
        for (qint64 t = 80; t < 93; ++t)
            for (qint64 s = 0; s < 20; ++s) QVERIFY(Scope::near(scope.view->plot()->matrix()->at(t, s), Scope::weight(4, t, s)));
        scope.selection.setLayer(0);  // a scan has none, and the head is remembered
        QVERIFY(!heads->isVisible() && scope.child<QCheckBox>("hidden_attention_channelOnly")->isVisible());
        QCOMPARE(scope.view->title(), QStringLiteral("Hidden attention"));
        QCOMPARE(scope.view->requests().size(), 3u);
        QVERIFY(!scope.view->tile());
        scope.selection.setLayer(kAttention);
        QCOMPARE(heads->value(), 4);
        scope.view->centre();
        QVERIFY(scope.shows(4));
    }

    void whatWasNotCapturedIsSaid() {
        Scope scope(101, 60);
        QTRY_VERIFY_WITH_TIMEOUT(scope.view->tile() && scope.view->plot()->matrix(), kPatience);
        QVERIFY(!scope.view->tile()->whole && isMissing(scope.view->plot()->matrix()->at(80, 59)));
        QVERIFY(Scope::near(scope.view->plot()->matrix()->at(80, 70), Scope::weight(-1, 80, 70, 60)));
        QVERIFY(scope.child<ElidedLabel>("hidden_attention_note")->text().contains(QStringLiteral("sums from token 60 on")));
        scope.append(0, 60);
        scope.view->dataChanged(0, 60);
        QVERIFY(scope.shows(-1));
        QTRY_VERIFY_WITH_TIMEOUT(scope.view->tile()->whole, kPatience);
        std::stop_source stop;
        stop.request_stop();
        const AttentionQuery query{scope.store, hybrid(), LayerIndex(kAttention), {}, AttentionForm::Signed, {}};
        QCOMPARE(attentionTileOf(query, {0, 64, 0, 64}, nullptr, stop.get_token()).error().code, ErrorCode::Cancelled);
    }

    void layersWithNeitherSayWhy() {
        Scope scope(50);
        const auto said = [&](const QString& text) {
            return QTest::qWaitFor([&] { return scope.view->plot()->scene().emptyText.contains(text); }, kPatience);
        };
        scope.selection.setLayer(kLstm);
        QVERIFY(said(QStringLiteral("Layer 2 is LSTM: its gates")));
        QVERIFY(scope.view->requests().empty() && !scope.view->row());
        scope.selection.setLayer(kS4d);
        QVERIFY(said(QStringLiteral("Layer 3 is S4D: its weights are one kernel")));
        QVERIFY(!scope.view->isBusy());
    }

    void aHeadOfMamba2HasItsHiddenAttention() {
        Scope scope(101);
        scope.selection.setLayer(kMamba2);
        auto* heads = scope.child<QSpinBox>("hidden_attention_head");
        QVERIFY(heads->isVisible() && scope.child<QComboBox>("hidden_attention_form")->isVisible() && !scope.child<QCheckBox>("hidden_attention_channelOnly")->isVisible());
        QCOMPARE(heads->text(), QStringLiteral("head 0"));
        QCOMPARE(scope.view->title(), QStringLiteral("Hidden attention"));
        for (const qint64 head : {0, 4}) {  // of either group
            scope.view->setHead(head);
            const auto matches = [&](qint64 t, qint64 s) { return Scope::near(scope.view->plot()->matrix()->at(t, s), Scope::alpha(head, t, s)); };
            QTRY_VERIFY_WITH_TIMEOUT(scope.view->tile() && scope.view->plot()->matrix() && matches(90, 89) && matches(99, 98), kPatience);
            for (qint64 t = 37; t < 101; ++t)
                for (qint64 s = 37; s <= t; ++s) QVERIFY(matches(t, s));
        }
        scope.view->setForm(AttentionForm::RowNormalised);
        QTRY_VERIFY_WITH_TIMEOUT(scope.view->row() && scope.view->row()->form == AttentionForm::RowNormalised && scope.view->row()->channel == 4, kPatience);
        double total = 0;
        for (qint64 s = 0; s <= 100; ++s) total += std::abs(Scope::alpha(4, 100, s));
        for (qint64 s = 0; s <= 100; ++s)
            QVERIFY(Scope::near(scope.view->row()->values[static_cast<std::size_t>(s)], std::abs(Scope::alpha(4, 100, s)) / total));
    }

    /// A figure and the numbers of a real hybrid's attention, made from what its session captured.
    void figuresAndNumbersAreOfTheAttention() {
        QTemporaryDir folder;
        test::useOwnSettings(folder);
        WindowOptions options;
        options.model = QStringLiteral(MS_TEST_DATA "/jamba-tiny");
        for (int id = 1; id <= 45; ++id) options.prompt += QString::number(id) + QLatin1Char(' ');
        options.maxNew = 8;
        const auto window = test::openWindow(options, 53);
        QVERIFY(window);
        const ModelDims& dims = window->engine().model()->dims;
        LayerIndex layer(0);
        while (layer.value < dims.n_layer && dims.layer(layer).kind != LayerKind::Attention) ++layer.value;
        QVERIFY(layer.value < dims.n_layer);
        window->selection().setLayer(layer.value);
        auto& view = *static_cast<HiddenAttentionView*>(window->views().view(QStringLiteral("hidden_attention")));
        view.setHead(1);
        const FigureSource source = test::sourceOf(*window);
        for (const ExportFormat format : {ExportFormat::Png, ExportFormat::Csv}) {
            ExportJob job(source, {{view.id(), ViewSettings(view, window->selection())}});
            QSignalSpy failed(&job, &ExportJob::failed);
            FigureOptions look;
            look.size = {16, 9};
            job.write(look, format, folder.filePath(QStringLiteral("attention.") + key(format)));
            QVERIFY(QTest::qWaitFor([&] { return !job.isRunning(); }, kPatience));
            QVERIFY2(failed.isEmpty(), failed.isEmpty() ? "" : qPrintable(failed.first().first().toString()));
        }
        if (const QString shots = qEnvironmentVariable("MS_SHOTS"); !shots.isEmpty()) QFile::copy(folder.filePath(QStringLiteral("attention.png")), shots + QStringLiteral("/attention-figure.png"));

        const LayerDims l = dims.layer(layer);
        const auto captured = [&](ProbePoint point, qint64 token, qint64 column) {
            float value = 0;
            window->views().context().store->read({point, layer, Reduction::None}, TokenPos(token), 1, column, 1, {&value, 1});
            return value;
        };
        QFile csv(folder.filePath(QStringLiteral("attention.csv")));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QStringList columns;
        int lines = 0;
        while (!csv.atEnd()) {
            const QString line = QString::fromUtf8(csv.readLine()).trimmed();
            if (line.startsWith(QLatin1Char('#'))) continue;
            const QStringList fields = line.split(QLatin1Char(','));
            if (columns.isEmpty()) {
                columns = fields;
                continue;
            }
            if (!fields[0].endsWith(QStringLiteral(".attention"))) continue;  // else the row of the cursor
            const qint64 t = fields[columns.indexOf(QStringLiteral("query"))].toLongLong(), s = fields[columns.indexOf(QStringLiteral("key"))].toLongLong();
            if (s > t) continue;
            ++lines;
            QVERIFY2(std::abs(fields.last().toDouble() - softmax(captured, 0, 1, t, s, l.n_heads, l.n_kv_heads, l.head_dim)) < 1e-6, qPrintable(line));
        }
        QCOMPARE(lines, 53 * 54 / 2);
    }

    void pictures() {
        Scope scope(300);
        QVERIFY(QTest::qWaitFor([&] { return scope.view->tile() && scope.view->row(); }, kPatience));
        test::takeShots(*scope.view, QStringLiteral("attention"));
        scope.view->setHead(2);
        scope.view->plot()->setVisibleCells({185, 190, 9, 14});
        QTest::qWait(500);
        test::takeShots(*scope.view, QStringLiteral("attention_near"));
    }
};

QTEST_MAIN(TestAttentionView)
#include "tst_attention_view.moc"
