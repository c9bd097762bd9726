// Numbers of the zip format that its reader and writer share (APPNOTE.TXT 6.3, sections 4.3 and 4.5.3).
#pragma once

#include <cstddef>
#include <cstdint>

namespace ms::zip {

inline constexpr std::uint32_t kLocalHeader = 0x04034b50;
inline constexpr std::uint32_t kCentralHeader = 0x02014b50;
inline constexpr std::uint32_t kEnd = 0x06054b50;
inline constexpr std::uint32_t kEnd64 = 0x06064b50;
inline constexpr std::uint32_t kEnd64Locator = 0x07064b50;
inline constexpr std::size_t kLocalHeaderBytes = 30, kCentralHeaderBytes = 46, kEndBytes = 22, kEnd64Bytes = 56,
                             kEnd64LocatorBytes = 20;
inline constexpr std::uint16_t kZip64Extra = 0x0001;
inline constexpr std::uint16_t kEncryptedFlag = 0x0001, kSizesFollowFlag = 0x0008, kUtf8Flag = 0x0800;
inline constexpr std::uint16_t kVersionZip64 = 45;
inline constexpr std::uint32_t kSeeZip64 = 0xffffffff;
inline constexpr std::uint16_t kSeeZip64Count = 0xffff;

}  // namespace ms::zip
