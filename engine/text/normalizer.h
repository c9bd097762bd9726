// Unicode normalisation before tokenization: the forms NFC, NFD, NFKC and NFKD through ICU.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace ms::text {

class Normalizer {
public:
    /// Appends the form of that name; false if the name is none of the four or ICU lacks its data.
    [[nodiscard]] bool addForm(std::string_view name);

    /// `utf8` (valid) in every form, in order. Fails only when ICU runs out of memory.
    [[nodiscard]] Result<std::string> apply(std::string_view utf8) const;

private:
    std::vector<const void*> m_forms;  // icu::Normalizer2 singletons, owned by ICU
};

}  // namespace ms::text
