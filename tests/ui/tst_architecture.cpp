#include <QApplication>
#include <QLabel>
#include <QMouseEvent>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <memory>
#include <set>

#include "synthetic.h"
#include "ui/bridge/engine_host.h"
#include "ui/views/architecture/architecture_canvas.h"
#include "ui/views/architecture/architecture_view.h"
#include "ui/views/base/scope_view.h"

using namespace ms;

namespace {

constexpr int kPatience = 60'000;

ModelSummaryPtr load(const char* name) {
    EngineHost engine({CaptureStore::kDefaultCap, QStringLiteral("host")});
    engine.open(QStringLiteral(MS_TEST_DATA "/") + QLatin1String(name));
    const bool opened = QTest::qWaitFor([&] { return engine.state() == EngineState::Idle && engine.model(); }, kPatience);
    return opened ? engine.model() : nullptr;
}

struct Scope : test::Surroundings {
    ModelSummaryPtr model;
    std::unique_ptr<ArchitectureView> view;

    explicit Scope(const ModelSummaryPtr& opened, const QSize& size = {1000, 760}) : Surroundings(0, {}), model(opened) {
        view = std::make_unique<ArchitectureView>(context());
        view->setModel(model);
        view->resize(size);
        view->show();
    }
    [[nodiscard]] ArchitectureCanvas& canvas() const { return *view->canvas(); }
    [[nodiscard]] const DiagramItem& item(const char* id) const {
        const int at = canvas().diagram().find(QLatin1String(id));
        if (at < 0) qFatal("no item %s", id);
        return canvas().diagram().items[static_cast<std::size_t>(at)];
    }
    [[nodiscard]] QPoint at(const char* id) const { return canvas().pointOf(canvas().diagram().find(QLatin1String(id))); }
    void click(const char* id) const { QTest::mouseClick(canvas().viewport(), Qt::LeftButton, {}, at(id)); }
    void hover(const QPoint& p) const {
        QMouseEvent event(QEvent::MouseMove, p, canvas().viewport()->mapToGlobal(p), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QApplication::sendEvent(canvas().viewport(), &event);
    }
    [[nodiscard]] QString current() const { return canvas().diagram().items[static_cast<std::size_t>(canvas().currentItem())].id; }
};

ModelSummaryPtr deepModel(qint64 layers) {
    auto model = std::make_shared<ModelSummary>(*test::smallModel());
    model->dims.n_layer = layers;
    return model;
}

}  // namespace

class TestArchitecture : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        m_tiny = load("mamba-tiny");
        m_odd = load("mamba-odd-bf16");
        m_original = load("mamba-original-fp16");
        QVERIFY(m_tiny && m_odd && m_original);
    }

    void everyBoxSaysItsShapeAndCount() {
        // mamba-tiny: d_model 64, d_inner 128, d_state 16, dt_rank 4, d_conv 4, 320 tokens, convolution bias only
        Scope scope(m_tiny);
        const std::vector<std::tuple<const char*, const char*, std::int64_t>> expected{
            {"embedding", "[320, 64]", 20480}, {"norm", "[64]", 64}, {"in_proj", "[256, 64]", 16384},
            {"conv1d", "[128, 1, 4] + [128]", 640}, {"x_proj", "[36, 128]", 4608}, {"dt_proj", "[128, 4] + [128]", 640},
            {"A", "[128, 16]", 2048}, {"D", "[128]", 128}, {"out_proj", "[64, 128]", 8192}, {"norm_f", "[64]", 64},
            {"head", "= embedding", 0}};
        for (const auto& [id, shape, count] : expected) {
            QCOMPARE(scope.item(id).detail, QLatin1String(shape));
            QCOMPARE(scope.item(id).parameters, count);
        }
        QCOMPARE(scope.item("head").tensors, scope.item("embedding").tensors);
    }

    void everyWeightOfTheModelHasItsBox() {
        for (const ModelSummaryPtr& model : {m_tiny, m_odd, m_original}) {
            std::set<QString> seen;
            std::int64_t parameters = 0;
            for (qint64 layer = 0; layer < model->dims.n_layer; ++layer) {
                const Diagram d = buildDiagram(*model, layer, layer % 2 == 0);
                for (const DiagramItem& item : d.items)
                    for (const QString& name : item.tensors) {
                        seen.insert(name);
                        QVERIFY(item.kind == ItemKind::Weights);
                    }
                for (const DiagramItem& item : d.items) {
                    const bool ofModel = item.id == QLatin1String("embedding") || item.id == QLatin1String("norm_f") || item.id == QLatin1String("head");
                    if (item.opened || (ofModel && layer == 0)) parameters += item.parameters;
                }
            }
            for (const TensorSummary& tensor : model->tensors) {
                QVERIFY2(seen.contains(tensor.name), qPrintable(tensor.name));
            }
            QCOMPARE(parameters, model->parameters);
        }
    }

    void biasesAndAnUntiedHeadAreThere() {
        // mamba-odd: biases of in_proj and out_proj, none of the convolution, d_conv 3, dt_rank 5, d_state 8, a head of its own
        Scope scope(m_odd);
        QCOMPARE(scope.item("in_proj").detail, QStringLiteral("[288, 72] + [288]"));
        QCOMPARE(scope.item("out_proj").detail, QStringLiteral("[72, 144] + [72]"));
        QCOMPARE(scope.item("conv1d").detail, QStringLiteral("[144, 1, 3]"));
        QVERIFY(scope.item("conv1d").definition.contains(QStringLiteral("d_conv = 3")));
        QCOMPARE(scope.item("head").tensors, QStringList{QStringLiteral("lm_head.weight")});
        QCOMPARE(scope.item("head").parameters, 251 * 72);
        bool found = false;
        for (const DiagramEdge& edge : scope.canvas().diagram().edges)
            if (edge.name == QLatin1String("dt_low")) {
                found = true;
                QCOMPARE(edge.width, QStringLiteral("5"));
                QCOMPARE(scope.canvas().diagram().items[static_cast<std::size_t>(edge.from)].id, QStringLiteral("x_proj"));
                QCOMPARE(scope.canvas().diagram().items[static_cast<std::size_t>(edge.to)].id, QStringLiteral("dt_proj"));
            }
        QVERIFY(found);
        QCOMPARE(scope.item("probe_B").detail, QStringLiteral("8"));
        QCOMPARE(scope.item("probe_dt").detail, QStringLiteral("144"));
        QCOMPARE(scope.item("probe_h").detail, QStringLiteral("144 × 8"));
    }

    void nothingOverlapsAndLinesEndAtTheirBoxes() {
        for (const bool wide : {false, true})
            for (const qint64 layers : {1, 4, 64}) {
                const Diagram d = buildDiagram(*deepModel(layers), layers / 2, wide);
                const QRectF paper({0, 0}, d.size);
                const QRectF scan = d.items[static_cast<std::size_t>(d.find(QStringLiteral("scan")))].rect;
                for (std::size_t i = 0; i < d.items.size(); ++i) {
                    QVERIFY(paper.contains(d.items[i].rect));
                    for (std::size_t j = 0; j < i; ++j) {
                        if (d.items[i].kind == ItemKind::Scan || d.items[j].kind == ItemKind::Scan) continue;
                        QVERIFY2(!d.items[i].rect.intersects(d.items[j].rect), qPrintable(d.items[i].id + QStringLiteral(" on ") + d.items[j].id));
                    }
                }
                for (const char* id : {"A", "D", "probe_h"})
                    QVERIFY(scan.contains(d.items[static_cast<std::size_t>(d.find(QLatin1String(id)))].rect));
                for (const DiagramEdge& e : d.edges) {
                    const auto touches = [&](int item, const QPointF& p) {
                        return item < 0 || d.items[static_cast<std::size_t>(item)].rect.adjusted(-1, -1, 1, 1).contains(p);
                    };
                    QVERIFY(touches(e.to, e.line.last()));
                    QVERIFY(touches(e.from, e.line.first()) || touches(e.probe, e.line.first()));
                }
            }
    }

    void manyLayersAreListedAroundTheOpenedOne() {
        Scope scope(deepModel(64));
        scope.selection.setLayer(30);
        QVERIFY(scope.item("layer_30").opened);
        QVERIFY(scope.item("layer_0").kind == ItemKind::Layer && scope.item("layer_63").kind == ItemKind::Layer);
        QCOMPARE(scope.canvas().diagram().panelTitle, QStringLiteral("Layer 30 · Mamba block"));
        scope.click("layer_31");
        QCOMPARE(scope.selection.layer(), 31);
        QVERIFY(scope.item("layer_31").opened);
        scope.click("gap_1");
        QVERIFY(scope.selection.layer() > 5 && scope.selection.layer() < 25);
        scope.selection.setLayer(63);
        QVERIFY(scope.item("layer_63").opened);
        QCOMPARE(scope.current(), QStringLiteral("layer_63"));
    }

    void clicksSelectWeightsAndDoubleClicksShowThem() {
        Scope scope(m_tiny);
        scope.selection.setLayer(2);
        QSignalSpy views(scope.view.get(), &ScopeView::viewRequested);
        scope.click("conv1d");
        QCOMPARE(scope.selection.tensor(), QStringLiteral("backbone.layers.2.mixer.conv1d.weight"));
        QTest::qWait(QApplication::doubleClickInterval() + 50);
        scope.click("conv1d");
        QCOMPARE(scope.selection.tensor(), QStringLiteral("backbone.layers.2.mixer.conv1d.bias"));
        QCOMPARE(views.count(), 0);
        // A double click shows what was selected, not the next one.
        QTest::qWait(QApplication::doubleClickInterval() + 50);
        scope.click("conv1d");
        QTest::mouseDClick(scope.canvas().viewport(), Qt::LeftButton, {}, scope.at("conv1d"));
        QCOMPARE(views.count(), 1);
        QCOMPARE(views[0][0].toString(), QStringLiteral("tensor"));
        scope.click("A");
        QCOMPARE(scope.selection.tensor(), QStringLiteral("backbone.layers.2.mixer.A_log"));
    }

    void probesAndTheirLinesShowTheirViews() {
        Scope scope(m_tiny);
        QSignalSpy views(scope.view.get(), &ScopeView::viewRequested);
        const std::vector<std::pair<const char*, const char*>> expected{
            {"probe_dt", "dt"}, {"probe_B", "directions"}, {"probe_C", "directions"}, {"probe_u", "channel_map"},
            {"probe_gate", "channel_map"}, {"probe_y", "channel_map"}, {"probe_h", "state_norm"}, {"probe_resid_pre", "overview"},
            {"probe_resid_post", "overview"}, {"probe_logits", "logit_lens"}};
        for (const auto& [id, view] : expected) {
            scope.click(id);
            QCOMPARE(views.takeLast()[0].toString(), QLatin1String(view));
        }
        // Of a view with many measures, the one that was clicked.
        for (const auto& [id, measure] : {std::pair("probe_u", "u"), {"probe_gate", "gate"}, {"probe_y", "y"}, {"probe_resid_post", "resid_norm"},
                                          {"probe_resid_pre", ""}, {"probe_dt", ""}}) {
            scope.click(id);
            QCOMPARE(views.takeLast()[1].toString(), QLatin1String(measure));
        }
        // The residual line beside the boxes means the residual's probe.
        const Diagram& d = scope.canvas().diagram();
        const int resid = d.find(QStringLiteral("probe_resid_pre"));
        for (const DiagramEdge& edge : d.edges) {
            if (edge.probe != resid || edge.line.size() < 4) continue;
            const QPointF far = (edge.line[1] + edge.line[2]) / 2;
            const QPoint origin = scope.canvas().pointOf(resid);
            const QPointF offset = (far - d.items[static_cast<std::size_t>(resid)].rect.center()) * scope.canvas().scale();
            QTest::mouseClick(scope.canvas().viewport(), Qt::LeftButton, {}, origin + offset.toPoint());
            QCOMPARE(views.takeLast()[0].toString(), QStringLiteral("overview"));
        }
    }

    void hoverTellsTheDefinition() {
        Scope scope(m_tiny);
        scope.hover(scope.at("probe_dt"));
        QVERIFY(scope.canvas().description().contains(utf8(info(ProbePoint::Dt).definition)));
        QVERIFY(scope.view->findChild<QLabel*>(QStringLiteral("architecture_text"))->text().contains(utf8(info(ProbePoint::Dt).title)));
        QVERIFY(scope.view->readout().startsWith(QStringLiteral("Δ")));
        scope.hover(scope.at("in_proj"));
        QVERIFY2(scope.view->readout().contains(QStringLiteral("16\u202f384 parameters")), qPrintable(scope.view->readout()));
        QCOMPARE(scope.canvas().accessibleDescription(), scope.canvas().description());
    }

    void arrowsWalkAndReturnOpens() {
        Scope scope(m_tiny);
        scope.canvas().setFocus();
        QCOMPARE(scope.current(), QStringLiteral("layer_0"));
        QTest::keyClick(&scope.canvas(), Qt::Key_Down);
        QCOMPARE(scope.current(), QStringLiteral("layer_1"));
        QTest::keyClick(&scope.canvas(), Qt::Key_Return);
        QCOMPARE(scope.selection.layer(), 1);
        QCOMPARE(scope.current(), QStringLiteral("layer_1"));
        scope.canvas().setCurrentItem(scope.canvas().diagram().find(QStringLiteral("norm")));
        QTest::keyClick(&scope.canvas(), Qt::Key_Down);
        QCOMPARE(scope.current(), QStringLiteral("in_proj"));
        QVERIFY(scope.canvas().accessibleDescription().contains(QStringLiteral("weight [256, 64] F32")));
        QSignalSpy views(scope.view.get(), &ScopeView::viewRequested);
        QTest::keyClick(&scope.canvas(), Qt::Key_Return);
        QCOMPARE(views.count(), 1);
        QCOMPARE(scope.selection.tensor(), QStringLiteral("backbone.layers.1.mixer.in_proj.weight"));
    }

    /// Whatever is there can be reached from the list with arrow keys alone.
    void everyItemCanBeReachedByKeyboard() {
        for (const bool wide : {false, true}) {
            const Diagram d = buildDiagram(*m_tiny, 1, wide);
            std::set<int> reached{d.find(QStringLiteral("layer_1"))};
            std::vector<int> open(reached.begin(), reached.end());
            while (!open.empty()) {
                const int from = open.back();
                open.pop_back();
                for (const auto& [x, y] : {std::pair(-1, 0), {1, 0}, {0, -1}, {0, 1}})
                    if (const int to = d.next(from, x, y); to >= 0 && reached.insert(to).second) open.push_back(to);
            }
            for (std::size_t i = 0; i < d.items.size(); ++i)
                QVERIFY2(reached.contains(static_cast<int>(i)), qPrintable(d.items[i].id));
        }
    }

    void scalesAndScrollsWhenTooSmall() {
        Scope large(m_tiny, {1400, 1000}), small(m_tiny, {400, 240});
        QVERIFY(large.canvas().scale() > small.canvas().scale());
        QCOMPARE(large.canvas().verticalScrollBar()->maximum(), 0);
        QVERIFY(small.canvas().verticalScrollBar()->maximum() > 0);
        const int last = small.canvas().diagram().find(QStringLiteral("out_proj"));
        small.canvas().setCurrentItem(last);
        QVERIFY(small.canvas().viewport()->rect().contains(small.canvas().pointOf(last)));
    }

    void withoutAModelItSaysWhatToDo() {
        Scope scope(nullptr);
        QVERIFY(scope.canvas().diagram().items.empty());
        QVERIFY(!scope.view->grab().isNull());
        QTest::keyClick(&scope.canvas(), Qt::Key_Down);
        scope.view->setModel(m_tiny);
        QVERIFY(!scope.canvas().diagram().items.empty());
    }

private:
    ModelSummaryPtr m_tiny, m_odd, m_original;
};

QTEST_MAIN(TestArchitecture)
#include "tst_architecture.moc"
