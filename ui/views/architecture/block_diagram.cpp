// The Mamba mixer in the way of the paper's figure 3 (Gu and Dao 2023), with the insides of its SSM.
#include <QCoreApplication>

#include "ui/views/architecture/diagram_builder.h"

namespace ms {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ms::ArchitectureView", text); }

}  // namespace

QSizeF buildBlock(DiagramBuilder& b, const QPointF& corner, bool wide) {
    using namespace paper;
    const ModelDims& d = b.dims;
    const double half = kBoxWidth / 2, x0 = corner.x();
    const auto number = [](std::int64_t n) { return QString::number(n); };
    const auto part = [&](BlockPart which) { return partOf(b.model, b.layer, which); };

    // Columns: c0 softplus (wide only), c1 dt_proj, c2 the way of x, uX the way of u past x_proj, c3 the gate's way.
    const double c0 = x0 + 72, c1 = wide ? c0 + 126 : x0 + 14 + half, c2 = wide ? c1 + 2 * half + 76 : c1 + 2 * half + 30;
    const double uX = c2 + half + 16, c3 = c2 + half + 76;
    const double residX = wide ? x0 + 16 : c3 + 54, right = wide ? c3 + 50 : residX + 16;
    const double middle = (c2 - half + c3 + 36) / 2;

    double y = corner.y() + 30;
    const int resid = b.probe("resid_pre", ProbePoint::ResidPre, {middle, y + kPill / 2}, 60, "overview", number(d.d_model));
    y += kPill + 14;
    const int norm = b.box("norm", part(BlockPart::Norm), QPointF(middle, y + kBoxHeight / 2));
    y += kBoxHeight + 14;
    const int inProj = b.box("in_proj", part(BlockPart::InProj), QRectF(c2 - half, y, c3 + 36 - (c2 - half), kBoxHeight));
    y += kBoxHeight + 30;
    const int conv = b.box("conv1d", part(BlockPart::Conv), QPointF(c2, y + kBoxHeight / 2));
    y += kBoxHeight + 12;
    const int silu = b.function("silu_x", tr("SiLU"), tr("silu(x) = x · sigmoid(x). What comes out is the scan's input u."), {c2, y + 11}, 60);
    const int siluZ = b.function("silu_z", tr("SiLU"), tr("silu(z) = z · sigmoid(z): the gate."), {c3, y + 11}, 60);
    y += 22 + 11;
    const int u = b.probe("u", ProbePoint::U, {c2, y + kPill / 2}, 60, "channel_map", number(d.d_inner));
    y += kPill + 11;
    const int xProj = b.box("x_proj", part(BlockPart::XProj), QPointF(c2, y + kBoxHeight / 2));
    const double selectionY = y + kBoxHeight / 2;
    y += kBoxHeight;

    const QString softplusText = tr("softplus(x) = log(1 + eˣ): makes every step size positive.");
    int dtProj, softplus;
    if (wide) {
        dtProj = b.box("dt_proj", part(BlockPart::DtProj), QPointF(c1, selectionY));
        softplus = b.function("softplus", tr("softplus"), softplusText, {c0, selectionY}, 76);
        y += 48;
        b.named(xProj, dtProj, {b.left(xProj), b.right(dtProj)}, "dt_low", d.dt_rank, b.right(dtProj) + QPointF(9, -9));
        b.arrow(dtProj, softplus, {b.left(dtProj), b.right(softplus)});
    } else {
        y += 24;
        dtProj = b.box("dt_proj", part(BlockPart::DtProj), QPointF(c1, y + kBoxHeight / 2));
        y += kBoxHeight + 12;
        softplus = b.function("softplus", tr("softplus"), softplusText, {c1, y + 11}, 76);
        y += 22 + 40;
        b.named(xProj, dtProj, {b.left(xProj), {c1, selectionY}, b.top(dtProj)}, "dt_low", d.dt_rank, {c1 + 6, selectionY - 9});
    }

    const double dtX = wide ? c0 : c1, scanLeft = wide ? c0 - 38 : c1 - half;
    DiagramItem scanItem;
    scanItem.id = QStringLiteral("scan");
    scanItem.kind = ItemKind::Scan;
    scanItem.rect = QRectF(scanLeft, y, uX + 22 - scanLeft, 114);
    scanItem.title = tr("selective scan");
    scanItem.definition = tr("h ← exp(Δ·A)·h + Δ·B·u for each channel and state, token by token; then y = C·h + D·u. "
                             "Δ, B and C depend on the token: that is what is selective.");
    b.diagram.items.push_back(scanItem);
    const int scan = static_cast<int>(b.diagram.items.size()) - 1;
    b.diagram.scanFormula = QStringLiteral("h ← exp(Δ·A)·h + Δ·B·u\ny = C·h + D·u");
    b.box("A", part(BlockPart::A), QRectF(scanLeft + 8, y + 68, 140, 38));
    b.box("D", part(BlockPart::D), QRectF(scanLeft + 156, y + 68, 100, 38));
    const double stateWidth = 100;
    b.probe("h", ProbePoint::StateNorm, {uX + 14 - stateWidth / 2, y + 18}, stateWidth, "state_norm",
            QStringLiteral("%1 × %2").arg(d.d_inner).arg(d.d_state));
    const double intoScan = y - (wide ? 24 : 20);
    const int dt = b.probe("dt", ProbePoint::Dt, {dtX, intoScan}, 60, "dt", number(d.d_inner));
    const int B = b.probe("B", ProbePoint::B, {c2 - 26, intoScan}, 46, "directions", number(d.d_state));
    const int C = b.probe("C", ProbePoint::C, {c2 + 26, intoScan}, 46, "directions", number(d.d_state));
    b.watched(softplus, scan, dt, {b.bottom(softplus), {dtX, y}});
    b.watched(xProj, scan, B, {{c2 - 26, b.rect(xProj).bottom()}, {c2 - 26, y}});
    b.watched(xProj, scan, C, {{c2 + 26, b.rect(xProj).bottom()}, {c2 + 26, y}});
    if (!wide) b.arrow(dtProj, softplus, {b.bottom(dtProj), b.top(softplus)});
    y += 114;

    // The way out: y times the gate, out_proj, plus what came in.
    const int out = b.probe("y", ProbePoint::Y, {c2, y + 17}, 60, "channel_map", number(d.d_inner));
    y += 34;
    int times, outProj, plus, residOut;
    const QString timesText = tr("y · silu(z): the gate decides how much of each channel passes on.");
    const QString plusText = tr("r ← r + out_proj(…): the layer adds to the residual stream.");
    if (wide) {
        y += kBoxHeight / 2;
        times = b.function("times", QStringLiteral("×"), timesText, {c2, y}, 24);
        outProj = b.box("out_proj", part(BlockPart::OutProj), QPointF(c2 - 12 - 26 - half, y));
        plus = b.function("plus", QStringLiteral("+"), plusText, {b.rect(outProj).left() - 42, y}, 24);
        residOut = b.probe("resid_post", ProbePoint::ResidPost, {x0 + 44, y}, 60, "overview", number(d.d_model));
        b.arrow(times, outProj, {b.left(times), b.right(outProj)});
        b.arrow(outProj, plus, {b.left(outProj), b.right(plus)});
        const double bend = y - 30;
        b.watched(resid, plus, resid, {b.left(resid), {residX, b.rect(resid).center().y()}, {residX, bend}, {b.top(plus).x(), bend}, b.top(plus)});
        b.watched(plus, -1, residOut, {b.left(plus), {x0, y}});
        y += kBoxHeight / 2 + 12;
    } else {
        times = b.function("times", QStringLiteral("×"), timesText, {c2, y + 11}, 24);
        y += 22 + 14;
        outProj = b.box("out_proj", part(BlockPart::OutProj), QPointF(c2, y + kBoxHeight / 2));
        y += kBoxHeight + 14;
        plus = b.function("plus", QStringLiteral("+"), plusText, {c2, y + 11}, 24);
        y += 22 + 12;
        residOut = b.probe("resid_post", ProbePoint::ResidPost, {c2, y + kPill / 2}, 60, "overview", number(d.d_model));
        b.arrow(times, outProj, {b.bottom(times), b.top(outProj)});
        b.arrow(outProj, plus, {b.bottom(outProj), b.top(plus)});
        b.watched(resid, plus, resid, {b.right(resid), {residX, b.rect(resid).center().y()}, {residX, b.right(plus).y()}, b.right(plus)});
        b.watched(plus, residOut, residOut, {b.bottom(plus), b.top(residOut)});
        y += kPill + 12;
    }
    const int gate = b.probe("gate", ProbePoint::Gate, {(c2 + 12 + c3) / 2, b.right(times).y()}, 84, "channel_map", number(d.d_inner));
    b.watched(scan, times, out, {{c2, b.rect(scan).bottom()}, b.top(times)});
    b.watched(siluZ, times, gate, {b.bottom(siluZ), {c3, b.right(times).y()}, b.right(times)});

    b.watched(resid, norm, resid, {b.bottom(resid), b.top(norm)});
    b.arrow(norm, inProj, {b.bottom(norm), {middle, b.rect(inProj).top()}});
    const double xzY = b.rect(inProj).bottom() + 13;
    b.named(inProj, conv, {{c2, b.rect(inProj).bottom()}, b.top(conv)}, "x", d.d_inner, {c2 + 6, xzY});
    b.named(inProj, siluZ, {{c3, b.rect(inProj).bottom()}, b.top(siluZ)}, "z", d.d_inner, {c3 + 6, xzY});
    b.arrow(conv, silu, {b.bottom(conv), b.top(silu)});
    b.watched(silu, xProj, u, {b.bottom(silu), b.top(xProj)});
    b.watched(silu, scan, u, {b.right(u), {uX, b.right(u).y()}, {uX, b.rect(scan).top()}});

    b.diagram.panel = QRectF(corner, QPointF(right, y));
    b.diagram.panelTitle = tr("Layer %1 · Mamba block").arg(b.layer);
    return b.diagram.panel.size();
}

}  // namespace ms
