#include "engine/base/program_files.h"

#include <gtest/gtest.h>

#include <string>

namespace ms {
namespace {

// An installed program is looked at in tests/install.
TEST(ProgramFiles, ABuiltProgramFindsThoseOfItsSourceTree) {
    const auto found = findProgramFile("models/speech/config.json");
    ASSERT_TRUE(found);
    EXPECT_TRUE(std::filesystem::equivalent(*found, std::string(MS_RESOURCES) + "/models/speech/config.json"));
    EXPECT_TRUE(findProgramFile("models"));
}

TEST(ProgramFiles, WhatDoesNotComeWithItIsNotFound) { EXPECT_FALSE(findProgramFile("models/nowhere")); }

}  // namespace
}  // namespace ms
