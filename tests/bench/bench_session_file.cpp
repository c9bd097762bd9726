// Saving and opening a session: bench_session_file [LAYERS TOKENS D_INNER]. Random values of the sizes that a model of that
// shape has; prints seconds and megabytes, gates nothing.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "engine/session/session_archive.h"
#include "engine/session/session_names.h"
#include "engine/session/session_writer.h"

using namespace ms;

namespace {

double secondsOf(const auto& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void fill(CaptureStore& store, SessionDocument::Run& run, const CaptureEntry& entry, std::int64_t tokens, std::mt19937& random) {
    std::vector<float> rows(static_cast<std::size_t>(1000 * entry.width));
    for (float& v : rows) v = std::generate_canonical<float, 24>(random);
    for (std::int64_t at = 0; at < tokens; at += 1000)
        store.append({TokenPos(at), 1000, {{&entry, TokenPos(at), std::min<std::int64_t>(1000, tokens - at), rows}}});
    run.captures.push_back({entry, tokens});
}

SessionContent content(std::int64_t layers, std::int64_t tokens, std::int64_t d_inner, bool channels) {
    std::mt19937 random(3);
    SessionContent c;
    auto store = std::make_shared<CaptureStore>(std::uint64_t{1} << 30);
    for (std::int64_t k = 0; k < layers; ++k)
        for (const auto& [point, reduction] : {std::pair{ProbePoint::Dt, Reduction::MeanChannels}, std::pair{ProbePoint::StateNorm, Reduction::MeanChannels},
                                               std::pair{ProbePoint::Selectivity, Reduction::MeanChannels}, std::pair{ProbePoint::Gate, Reduction::MeanChannels}})
            fill(*store, c.document.run, {{point, LayerIndex(k), reduction}, 1}, tokens, random);
    if (channels) fill(*store, c.document.run, {{ProbePoint::Dt, LayerIndex(layers / 2), Reduction::None}, d_inner}, tokens, random);
    c.captures = store;
    c.document.rows = {{0, tokens}};
    for (std::int64_t t = 0; t < tokens; ++t) {
        c.tokens.ids.push_back(static_cast<TokenId>(random() % 50000));
        c.tokens.fromPrompt.push_back(0);
        c.tokens.expected.surprisal.push_back(std::generate_canonical<float, 24>(random));
        for (int i = 0; i < SessionTokens::kAlternatives; ++i) {
            c.tokens.expected.ids.push_back(static_cast<TokenId>(random() % 50000));
            c.tokens.expected.probabilities.push_back(std::generate_canonical<float, 24>(random));
        }
    }
    // As the window keeps them: the end, and up to 32 MB along the way.
    const auto bytes = static_cast<std::size_t>(d_inner * (16 + 3) * 4);
    const auto states = static_cast<std::int64_t>(std::min<std::size_t>(16, (32u << 20) / (bytes * static_cast<std::size_t>(layers)))) + 1;
    for (std::int64_t s = 1; s <= states; ++s) {
        const std::int64_t position = tokens * s / states;
        std::vector<std::vector<std::byte>> tensors(static_cast<std::size_t>(layers), std::vector<std::byte>(bytes, std::byte{7}));
        c.states.push_back({"state", std::make_shared<StateSnapshot>(StateSnapshot{"0", TokenPos(position), std::move(tensors)}), nullptr,
                            {c.tokens.ids.begin(), c.tokens.ids.begin() + position}});
    }
    c.document.states = states;
    return c;
}

void measure(const char* what, const SessionContent& session) {
    const std::filesystem::path file = std::filesystem::temp_directory_path() / "bench.mscope";
    const double save = secondsOf([&] {
        if (const auto written = writeSession(file, session); !written) {
            std::fprintf(stderr, "%s\n", written.error().message.c_str());
            std::exit(1);
        }
    });
    std::uintmax_t size = std::filesystem::file_size(file);
    const double open = secondsOf([&] {
        const auto archive = SessionArchive::open(file);
        CaptureStore store(std::uint64_t{1} << 30);
        for (const auto& capture : archive->document().run.captures) {
            const auto bytes = archive->captured(kCapturesOfRun, capture.entry);
            std::vector<float> rows(bytes->size() / sizeof(float));
            std::memcpy(rows.data(), bytes->data(), bytes->size());
            const auto count = static_cast<std::int64_t>(rows.size()) / capture.entry.width;
            store.append({TokenPos(0), count, {{&capture.entry, TokenPos(0), count, rows}}});
        }
    });
    std::printf("%-34s %8.1f MB   saved in %6.3f s   opened in %6.3f s\n", what, static_cast<double>(size) / 1e6, save, open);
    std::filesystem::remove(file);
}

}  // namespace

int main(int argc, char** argv) {
    const auto argument = [&](int i, long standard) { return argc > i ? std::atol(argv[i]) : standard; };
    const std::int64_t layers = argument(1, 24), tokens = argument(2, 10'000), d_inner = argument(3, 1536);
    std::printf("%lld layers × %lld tokens, d_inner %lld; on the disk before it has its name\n", static_cast<long long>(layers),
                static_cast<long long>(tokens), static_cast<long long>(d_inner));
    SessionContent session = content(layers, tokens, d_inner, false);
    measure("four layer summaries", session);
    measure("and all channels of a layer", content(layers, tokens, d_inner, true));
    session.captures = nullptr;
    session.document.run.captures.clear();
    session.states.resize(1);
    session.document.states = 1;
    measure("a recovery record", session);
    return 0;
}
