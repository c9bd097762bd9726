// Any bytes as tokenizer.json, then text through whatever was accepted; the input is also a text of its own.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/text/tokenizer.h"

namespace {

void roundTrip(const ms::Tokenizer& tokenizer, std::string_view text) {
    const auto ids = tokenizer.encode(text);
    if (!ids) return;
    ms::StreamDecoder stream(tokenizer);
    std::string streamed;
    for (const ms::TokenId id : *ids) {
        if (!tokenizer.hasToken(id)) std::abort();
        streamed += stream.push(id);
    }
    streamed += stream.flush();
    if (streamed != tokenizer.decode(*ids)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto tokenizer = ms::Tokenizer::fromJson(input, "fuzz");
    if (!tokenizer) {
        if (tokenizer.error().message.find('\n') != std::string::npos) std::abort();
        return 0;
    }
    roundTrip(*tokenizer, "Hello  world's 123\t\n caf\xC3\xA9 e\xCC\x81 \xF0\x9F\x99\x82 <|endoftext|>\xFF aaaaaaaab");
    roundTrip(*tokenizer, input);
    return 0;
}
