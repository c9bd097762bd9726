// A whole session file: archive or what is left of one, description, token columns, captures, states.
#include <algorithm>

#include "engine/formats/npy.h"
#include "engine/session/session_archive.h"
#include "engine/session/session_names.h"
#include "tests/fuzz/fuzz_support.h"

namespace {

/// What SessionArchive promises of rows and indices that it let through.
void checkDocument(const ms::SessionArchive& archive) {
    const ms::SessionDocument& d = archive.document();
    const ms::SessionTokens& t = archive.tokens();
    const auto rows = static_cast<std::size_t>(t.size());
    ms::fuzz::require(t.fromPrompt.size() == rows && t.expected.surprisal.size() == rows);
    ms::fuzz::require(t.expected.ids.size() == rows * ms::SessionTokens::kAlternatives);
    ms::fuzz::require(t.expected.probabilities.size() == t.expected.ids.size());
    const auto inside = [&](const ms::SessionDocument::Rows& ranges) {
        for (const auto& range : ranges) ms::fuzz::require(range.first >= 0 && range.first <= range.end && range.end <= t.size());
    };
    inside(d.rows);
    inside(d.text.unread);
    for (const auto& snapshot : d.snapshots) {
        inside(snapshot.rows);
        ms::fuzz::require(snapshot.state >= -1 && snapshot.state < d.states);
    }
    for (const auto& anchor : d.anchors) ms::fuzz::require(anchor.state >= 0 && anchor.state < d.states);
    ms::fuzz::require(d.run.end >= -1 && d.run.end < d.states);
    ms::fuzz::require(ms::ChunkLog::fromRuns(d.run.chunks).has_value());
}

void look(ms::SessionArchive& archive) {
    checkDocument(archive);
    const std::size_t most = std::min<std::size_t>(archive.document().run.captures.size(), 64);
    for (std::size_t i = 0; i < most; ++i) {
        const auto& entry = archive.document().run.captures[i].entry;
        const auto rows = archive.captured(ms::kCapturesOfRun, entry);
        ms::fuzz::checkError(rows);
        if (rows.ok()) ms::fuzz::require(rows->size() % (static_cast<std::size_t>(entry.width) * sizeof(float)) == 0);
    }
    // What is written again says the same.
    const auto again = ms::sessionFromJson(ms::toJson(archive.document()), "f");
    ms::fuzz::require(again.ok() && ms::toJson(*again) == ms::toJson(archive.document()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
    auto archive = ms::SessionArchive::fromBytes(bytes, "f");
    ms::fuzz::checkError(archive);
    if (archive.ok()) look(*archive);
    // The parts by themselves: checksums let little through from outside.
    const auto document = ms::sessionFromJson({reinterpret_cast<const char*>(data), size}, "f");
    ms::fuzz::checkError(document);
    const auto array = ms::parseNpy(bytes, "f");
    ms::fuzz::checkError(array);
    if (array.ok()) ms::fuzz::require(static_cast<std::uint64_t>(array->shape.elements()) * ms::byteSize(array->dtype) == array->bytes.size());
    return 0;
}
