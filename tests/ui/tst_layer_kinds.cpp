// A model whose layers are of different kinds: each is named, and views say what a layer does not have.
#include <QComboBox>
#include <QLabel>
#include <QListView>
#include <QTest>
#include <array>

#include "synthetic.h"
#include "ui/models/layer_tree_model.h"
#include "ui/plot/heatmap_canvas.h"
#include "ui/views/architecture/diagram.h"
#include "ui/views/base/measure_combo.h"
#include "ui/views/base/missing_point.h"
#include "ui/views/base/state_names.h"
#include "ui/views/channel_map/channel_map_view.h"
#include "ui/views/model_panel/model_panel.h"
#include "ui/widgets/elided_label.h"

using namespace ms;

namespace {

/// test::smallModel with attention as layer 1 and experts behind layer 2.
ModelSummaryPtr hybrid() {
    auto model = std::make_shared<ModelSummary>(*test::smallModel());
    const LayerDims mamba = model->dims.layer(LayerIndex(0));
    LayerDims attention{.kind = LayerKind::Attention, .feedForward = FeedForward::Gated, .d_inner = 16, .n_heads = 2, .head_dim = 8, .n_kv_heads = 1,
                        .d_ff = 32};
    LayerDims experts = mamba;
    experts.feedForward = FeedForward::Experts;
    experts.n_experts = 4;
    experts.n_chosen = 2;
    model->dims.setLayers({mamba, attention, experts, mamba});
    model->scan[1] = {};
    model->halfLifeEdges = {1, 10, 100};
    model->halfLifeCounts = {3, 60};
    return model;
}

}  // namespace

class TestLayerKinds : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void missingPointsAreNamed() {
        const ModelSummaryPtr model = hybrid();
        QVERIFY(missingPointText(model, ProbePoint::Dt, LayerIndex(0)).isEmpty());
        QCOMPARE(missingPointText(model, ProbePoint::Dt, LayerIndex(1)), QStringLiteral("Layer 1 is attention and does not have this: step size."));
        QCOMPARE(missingPointText(model, ProbePoint::ForgetGate, {}), QStringLiteral("No layer of this model has this: forget gate."));
        QVERIFY(missingPointText(nullptr, ProbePoint::Dt, {}).isEmpty());
        QVERIFY(missingDecayText(model, LayerIndex(0)).isEmpty());
        QVERIFY(missingDecayText(model, LayerIndex(1)).contains(QStringLiteral("attention")));
    }

    void complexStatesAreNamed() {
        const auto model = std::make_shared<ModelSummary>(*hybrid());
        LayerDims turning = model->dims.layer(LayerIndex(0));
        turning.kind = LayerKind::Mamba1Complex;
        turning.d_state = 12;
        model->dims.setLayers({turning, model->dims.layer(LayerIndex(1))});
        model->scan = {{}, {}};
        QCOMPARE(complexStateCount(model, LayerIndex(0)), 6);
        QCOMPARE(complexStateCount(model, LayerIndex(1)), 0);
        QCOMPARE(complexStateCount(model, LayerIndex(-1)), 0);
        QCOMPARE(stateName(6, 5), QStringLiteral("Re of state 5"));
        QCOMPARE(stateName(6, 6), QStringLiteral("Im of state 0"));
        QCOMPARE(stateName(0, 6), QStringLiteral("state 6"));
        QVERIFY(complexStatesText(model, LayerIndex(0)).contains(QStringLiteral("6 real parts")));
        QVERIFY(complexStatesText(model, LayerIndex(1)).isEmpty());
        QCOMPARE(missingDecayText(model, LayerIndex(0)), QStringLiteral("Layer 0 is complex Mamba-1: its A is not a decay alone."));
    }

    void channelsAreNotSortedByAHalfLifeThatTheyDoNotHave() {
        test::Surroundings around(50, std::array{ProbePoint::Dt});
        const auto model = std::make_shared<ModelSummary>(*test::smallModel());
        LayerDims turning = model->dims.layer(LayerIndex(0));
        turning.kind = LayerKind::Mamba1Complex;
        model->dims.setLayers(std::vector(static_cast<std::size_t>(model->dims.n_layer), turning));
        for (ScanWeights& scan : model->scan) scan.A.clear();
        ChannelMapView view(around.context());
        view.setModel(model);
        view.resize(500, 300);
        view.show();
        view.setSort(ChannelSort::HalfLife);
        const QString note = view.findChild<ElidedLabel*>(QStringLiteral("channel_map_note"))->text();
        QVERIFY2(note.contains(QStringLiteral("not sorted")) && note.contains(QStringLiteral("complex Mamba-1")), qPrintable(note));
    }

    void measuresAreThoseOfTheModel() {
        MeasureCombo combo(MeasureCombo::Of::Layers);
        auto* list = qobject_cast<QListView*>(combo.view());
        const auto listed = [&](const char* key) { return !list->isRowHidden(combo.findData(QString::fromLatin1(key))); };
        combo.setModel(test::smallModel());
        QVERIFY(listed("dt") && !listed("attn_entropy") && !listed("forget_gate"));
        combo.setModel(hybrid());
        QVERIFY(listed("dt") && listed("attn_entropy"));
        auto attention = std::make_shared<ModelSummary>(*hybrid());
        attention->dims.setLayers({attention->dims.layer(LayerIndex(1))});
        combo.setModel(attention);
        QVERIFY(!listed("dt") && listed("attn_peak"));
        QVERIFY(attention->dims.has(combo.measure().point));  // what was chosen gave way
    }

    void aViewOfALayerWithoutThePointShowsNoRows() {
        test::Surroundings around(50, std::array{ProbePoint::Dt});
        ChannelMapView view(around.context());
        view.setModel(hybrid());
        view.resize(500, 300);
        view.show();
        around.selection.setLayer(1);
        QVERIFY(!view.canvas()->source());  // then the canvas shows why instead of rows
        const QImage lacking = view.canvas()->grab().toImage();
        test::takeShots(view, QStringLiteral("channel_map_attention"));
        around.selection.setLayer(0);
        QVERIFY(view.canvas()->source());
        QVERIFY(view.canvas()->grab().toImage() != lacking);
    }

    void kindsAreSeenInTreePanelAndDiagram() {
        LayerTreeModel tree;
        tree.setModel(hybrid());
        QCOMPARE(tree.index(2, 0).data().toString(), QStringLiteral("Layer 1 · attention + gated MLP"));
        ModelPanel panel;
        panel.setModel(hybrid());
        const QString text = panel.findChild<QLabel*>(QStringLiteral("modelDimensions"))->text();
        QVERIFY2(text.contains(QStringLiteral("1 × attention + gated MLP")) && text.contains(QStringLiteral("a token")), qPrintable(text));
        QVERIFY2(text.contains(QStringLiteral("▁█")), qPrintable(text));  // half-lives at rest
        const Diagram diagram = buildDiagram(*hybrid(), 1, true);
        QVERIFY(diagram.find(QStringLiteral("module_mixer.in_proj")) >= 0);
        QCOMPARE(diagram.find(QStringLiteral("softplus")), -1);
        QVERIFY(diagram.panelTitle.contains(QStringLiteral("attention")));
        if (const QString folder = qEnvironmentVariable("MS_SHOTS"); !folder.isEmpty()) {
            panel.resize(360, 420);
            panel.grab().save(folder + QStringLiteral("/model_panel_hybrid.png"));
        }
    }
};

QTEST_MAIN(TestLayerKinds)
#include "tst_layer_kinds.moc"
