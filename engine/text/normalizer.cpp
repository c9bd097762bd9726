#include "engine/text/normalizer.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

#include <cstdint>

namespace ms::text {

bool Normalizer::addForm(std::string_view name) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* form = nullptr;
    if (name == "NFC") form = icu::Normalizer2::getNFCInstance(status);
    else if (name == "NFD") form = icu::Normalizer2::getNFDInstance(status);
    else if (name == "NFKC") form = icu::Normalizer2::getNFKCInstance(status);
    else if (name == "NFKD") form = icu::Normalizer2::getNFKDInstance(status);
    if (form == nullptr || U_FAILURE(status)) return false;
    m_forms.push_back(form);
    return true;
}

Result<std::string> Normalizer::apply(std::string_view utf8) const {
    std::string text(utf8);
    for (const void* opaque : m_forms) {
        const auto* form = static_cast<const icu::Normalizer2*>(opaque);
        const icu::StringPiece source(text.data(), static_cast<std::int32_t>(text.size()));
        UErrorCode status = U_ZERO_ERROR;
        if (form->isNormalizedUTF8(source, status) != 0) continue;
        std::string normalized;
        normalized.reserve(text.size());
        icu::StringByteSink<std::string> sink(&normalized);
        form->normalizeUTF8(0, source, sink, nullptr, status);
        if (U_FAILURE(status)) {
            return Error{ErrorCode::OutOfMemory, std::string("cannot normalise the text: ") + u_errorName(status)};
        }
        text = std::move(normalized);
    }
    return text;
}

}  // namespace ms::text
