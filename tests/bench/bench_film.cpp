// What a film costs: 10 s of 1280 x 720 at 30 frames a second in every format. Needs no more memory than two frames.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/film/film_writer.h"

namespace {

constexpr int kWidth = 1280, kHeight = 720, kFrames = 300;

/// A heatmap that grows to the right, cell by cell, then scrolls; two curves under it.
class Scope {
public:
    Scope() : m_rgba(4U * kWidth * kHeight, 255) { clear(0, kWidth); }

    const std::vector<std::uint8_t>& frame(int index) {
        const int cells = kWidth / kCell, at = index * 2;
        for (int token = std::max(0, at - 1); token <= at; ++token) {
            const int column = std::min(token, cells - 1);
            if (token >= cells) scroll();
            draw(column, token);
        }
        return m_rgba;
    }

private:
    static constexpr int kCell = 8;

    void put(int x, int y, int r, int g, int b) {
        std::uint8_t* p = &m_rgba[4U * (static_cast<std::size_t>(y) * kWidth + static_cast<std::size_t>(x))];
        p[0] = static_cast<std::uint8_t>(r), p[1] = static_cast<std::uint8_t>(g), p[2] = static_cast<std::uint8_t>(b);
    }
    void clear(int left, int right) {
        for (int y = 0; y < kHeight; ++y)
            for (int x = left; x < right; ++x) put(x, y, 24, 28, 36);
    }
    void scroll() {
        for (int y = 0; y < kHeight; ++y) {
            std::uint8_t* row = &m_rgba[4U * static_cast<std::size_t>(y) * kWidth];
            std::copy(row + 4 * kCell, row + 4 * kWidth, row);
        }
        clear(kWidth - kCell, kWidth);
    }
    void draw(int column, int token) {
        const int left = column * kCell;
        for (int y = 0; y < 480; ++y) {
            const double value = 0.5 + 0.3 * std::sin(0.3 * token + y / 20) + 0.2 * std::sin(7.1 * token * (y / 20));
            const int level = static_cast<int>(255 * std::clamp(value, 0.0, 1.0));
            for (int x = left; x < left + kCell; ++x) put(x, y, level, 40 + level * 3 / 4, 255 - level / 2);
        }
        for (int x = left; x < left + kCell; ++x)
            for (int thick = 0; thick < 2; ++thick) {
                put(x, 600 + thick + static_cast<int>(80 * std::sin(0.2 * token + 0.02 * (x - left))), 253, 231, 37);
                put(x, 600 + thick + static_cast<int>(80 * std::cos(0.13 * token + 0.02 * (x - left))), 53, 183, 121);
            }
    }

    std::vector<std::uint8_t> m_rgba;  // [kHeight, kWidth, 4]
};

}  // namespace

int main(int argc, char** argv) {
    const std::filesystem::path folder = argc > 1 ? argv[1] : std::filesystem::temp_directory_path();
    using Clock = std::chrono::steady_clock;
    for (const ms::FilmCodecChoice& choice : ms::filmCodecChoices()) {
        std::printf("%s\n", choice.sentence.c_str());
        if (!choice.available) continue;
        ms::FilmOptions options;
        options.format = choice.format;
        options.width = kWidth;
        options.height = kHeight;
        const auto file = folder / (std::string("bench_film.") + ms::extensionOf(choice.format));
        auto writer = ms::FilmWriter::create(file, options);
        if (!writer) return std::puts(writer.error().message.c_str()), EXIT_FAILURE;
        Scope scope;
        Clock::duration encoding{};
        for (int i = 0; i < kFrames; ++i) {
            const auto& rgba = scope.frame(i);
            const auto start = Clock::now();
            if (!writer->addFrame(rgba, 4U * kWidth)) return EXIT_FAILURE;
            encoding += Clock::now() - start;
        }
        const auto start = Clock::now();
        if (!writer->finish()) return EXIT_FAILURE;
        encoding += Clock::now() - start;
        std::printf("    %.2f s, %.2f MB\n", std::chrono::duration<double>(encoding).count(),
                    static_cast<double>(std::filesystem::file_size(file)) / 1e6);
        if (argc < 2) std::filesystem::remove(file);
    }
    return EXIT_SUCCESS;
}
