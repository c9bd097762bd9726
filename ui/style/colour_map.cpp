#include "ui/style/colour_map.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

namespace ms {

namespace {

constexpr std::array kViridis{0x440154u, 0x482878u, 0x3e4989u, 0x31688eu, 0x26828eu,
                              0x1f9e89u, 0x35b779u, 0x6ece58u, 0xb5de2bu, 0xfde725u};
constexpr std::array kCividis{0x00204du, 0x00336fu, 0x39486bu, 0x575c6du, 0x707173u,
                              0x8a8779u, 0xa69d75u, 0xc4b56cu, 0xe4cf5bu, 0xffea46u};
constexpr std::array kInferno{0x000004u, 0x1b0c42u, 0x4b0c6bu, 0x781c6du, 0xa52c60u,
                              0xcf4446u, 0xed6925u, 0xfb9a06u, 0xf7d03cu, 0xfcffa4u};
constexpr std::array kGrey{0x101010u, 0xf4f4f4u};
constexpr std::array kRdBu{0x053061u, 0x2166acu, 0x4393c3u, 0x92c5deu, 0xd1e5f0u, 0xf7f7f7u,
                           0xfddbc7u, 0xf4a582u, 0xd6604du, 0xb2182bu, 0x67001fu};
// Oranges: one hue, lightness alone carries the value.
constexpr std::array kSurpriseLight{0xfdf6e9u, 0xfde6c4u, 0xfdc98cu, 0xf9a353u, 0xe57a25u, 0xc2540bu};
constexpr std::array kSurpriseDark{0x20252cu, 0x3f3326u, 0x6b4a22u, 0x9c651fu, 0xd0861fu, 0xffb545u};

QRgb interpolate(std::span<const unsigned> anchors, float position) {
    const float at = std::clamp(position, 0.0f, 1.0f) * static_cast<float>(anchors.size() - 1);
    const auto low = std::min(static_cast<std::size_t>(at), anchors.size() - 2);
    const float share = at - static_cast<float>(low);
    const auto mix = [&](int shift) {
        const auto a = static_cast<float>((anchors[low] >> shift) & 0xffu);
        const auto b = static_cast<float>((anchors[low + 1] >> shift) & 0xffu);
        return static_cast<int>(std::lround(a + (b - a) * share));
    };
    return qRgb(mix(16), mix(8), mix(0));
}

/// Relative luminance (WCAG 2).
double luminance(QRgb c) {
    const auto linear = [](int channel) {
        const double v = channel / 255.0;
        return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(qRed(c)) + 0.7152 * linear(qGreen(c)) + 0.0722 * linear(qBlue(c));
}

QString tr(const char* text) { return QCoreApplication::translate("ms::ColourMap", text); }

}  // namespace

ColourMap::ColourMap(std::span<const unsigned> anchors) {
    for (std::size_t i = 0; i < m_table.size(); ++i) m_table[i] = interpolate(anchors, static_cast<float>(i) / 255.0f);
}

const ColourMap& ColourMap::get(ColourMapId id) {
    static const ColourMap viridis(kViridis), cividis(kCividis), inferno(kInferno), grey(kGrey), diverging(kRdBu);
    switch (id) {
        case ColourMapId::Viridis: return viridis;
        case ColourMapId::Cividis: return cividis;
        case ColourMapId::Inferno: return inferno;
        case ColourMapId::Grey: return grey;
        case ColourMapId::Diverging: return diverging;
    }
    return viridis;
}

QString name(ColourMapId id) {
    switch (id) {
        case ColourMapId::Viridis: return tr("Viridis");
        case ColourMapId::Cividis: return tr("Cividis");
        case ColourMapId::Inferno: return tr("Inferno");
        case ColourMapId::Grey: return tr("Grey");
        case ColourMapId::Diverging: return tr("Blue to red (diverging)");
    }
    return {};
}

QString settingsKey(ColourMapId id) {
    switch (id) {
        case ColourMapId::Viridis: return QStringLiteral("viridis");
        case ColourMapId::Cividis: return QStringLiteral("cividis");
        case ColourMapId::Inferno: return QStringLiteral("inferno");
        case ColourMapId::Grey: return QStringLiteral("grey");
        case ColourMapId::Diverging: return QStringLiteral("diverging");
    }
    return {};
}

QRgb legibleOn(QRgb background) {
    constexpr QRgb kInk = 0xff14181eu, kPaper = 0xffffffffu;
    const double l = luminance(background) + 0.05;  // contrast is the ratio of luminances, each raised by 0.05
    return l / (luminance(kInk) + 0.05) > (luminance(kPaper) + 0.05) / l ? kInk : kPaper;
}

QRgb surprisalColour(float bits, bool dark) {
    const float position = bits / kSurprisalFull;
    return dark ? interpolate(kSurpriseDark, position) : interpolate(kSurpriseLight, position);
}

QRgb confidenceColour(float confidence, bool dark) {
    return surprisalColour((1.0f - std::clamp(std::isnan(confidence) ? 0.0f : confidence, 0.0f, 1.0f)) * kSurprisalFull, dark);
}

}  // namespace ms
