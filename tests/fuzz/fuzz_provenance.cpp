// What a foreign picture or archive says of itself: anything that is read is written and read the same again.
#include "engine/export/provenance.h"

#include "engine/formats/byte_reader.h"
#include "tests/fuzz/fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto read = ms::provenanceFromJson(ms::asText(std::as_bytes(std::span(data, size))), "f");
    ms::fuzz::checkError(read);
    if (!read.ok()) return 0;
    const ms::Provenance& p = *read;
    ms::fuzz::require(p.input.tokens >= 0 && p.input.ids.size() <= ms::Provenance::kMostIds);
    for (const ms::TokenId id : p.input.ids) ms::fuzz::require(id >= 0);
    ms::fuzz::require(!p.layer || p.layer->value >= 0);
    ms::fuzz::require(!p.tokens || (p.tokens->first >= 0 && p.tokens->first <= p.tokens->end));
    for (const ms::ProvenanceLine& line : ms::describe(p))
        ms::fuzz::require(!line.value.empty() && (line.label + line.value).find('\n') == std::string::npos);
    const auto again = ms::provenanceFromJson(ms::toJson(p), "f");
    ms::fuzz::require(again.ok() && *again == p);
    return 0;
}
