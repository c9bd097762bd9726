// From a position between 0 and 1 to a colour.
#pragma once

#include <QRgb>
#include <QString>
#include <array>
#include <span>

namespace ms {

enum class ColourMapId { Viridis, Cividis, Inferno, Grey, Diverging };
inline constexpr std::array kColourMaps{ColourMapId::Viridis, ColourMapId::Cividis, ColourMapId::Inferno,
                                        ColourMapId::Grey, ColourMapId::Diverging};

/// 256 steps between published anchor colours (matplotlib's viridis, cividis, inferno; ColorBrewer's RdBu, reversed).
class ColourMap {
public:
    [[nodiscard]] static const ColourMap& get(ColourMapId id);

    /// position 0 … 1; outside is clamped.
    [[nodiscard]] QRgb at(float position) const {
        const float clamped = position < 0 ? 0 : position > 1 ? 1 : position;
        return m_table[static_cast<std::size_t>(clamped * 255.0f + 0.5f)];
    }
    [[nodiscard]] std::span<const QRgb, 256> table() const { return m_table; }

private:
    explicit ColourMap(std::span<const unsigned> anchors);
    std::array<QRgb, 256> m_table{};
};

[[nodiscard]] QString name(ColourMapId id);      ///< for menus
[[nodiscard]] QString settingsKey(ColourMapId id);

/// What a NaN looks like: in none of the maps.
inline constexpr QRgb kNanColour = 0xffff1fa9u;

/// Black or white, whichever is easier to read on `background`.
[[nodiscard]] QRgb legibleOn(QRgb background);

/// Background of a token by its surprisal in bits: pale to dark orange on light, dark to light on dark. Full at
/// kSurprisalFull bits.
inline constexpr float kSurprisalFull = 12;
[[nodiscard]] QRgb surprisalColour(float bits, bool dark);
/// Background of a word by its confidence in [0, 1] (NaN: 0): the same colours, sure words are pale.
[[nodiscard]] QRgb confidenceColour(float confidence, bool dark);

}  // namespace ms
