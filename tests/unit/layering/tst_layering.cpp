// The arrows of docs/architecture.md, read off the #include lines.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = MS_SOURCE_ROOT;

void eachLine(const std::string& folder, const std::function<void(const std::string& file, const std::string& line)>& visit) {
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
        const std::string extension = entry.path().extension().string();
        if (extension != ".h" && extension != ".cpp") continue;
        ++files;
        std::ifstream in(entry.path());
        for (std::string line; std::getline(in, line);) visit(fs::relative(entry.path(), kRoot).string(), line);
    }
    EXPECT_GT(files, 0) << folder << " holds no sources: the rule tests nothing";
}

struct Rule {
    std::string folder;
    std::vector<std::string> allowed;  ///< engine folders that its files may include
};

TEST(Layering, EngineFoldersIncludeOnlyWhatLiesBelow) {
    const std::vector<Rule> rules{
        {"base", {}},
        {"audio", {"base"}},
        {"backend", {"base"}},
        {"formats", {"base"}},
        {"text", {"base"}},
        {"speech", {"base", "formats"}},
        {"host", {"base", "backend"}},
        {"vulkan", {"base", "backend"}},
        {"probe", {"base"}},
        {"analysis", {"base", "formats", "probe"}},
        {"export", {"base", "formats", "probe"}},
        {"film", {"base", "formats"}},
        {"models", {"base", "audio", "backend", "formats", "probe"}},
        {"runtime", {"base", "audio", "backend", "formats", "speech", "text", "host", "vulkan", "probe", "models"}},
        {"lab", {"base", "analysis", "backend", "text", "probe", "models", "runtime"}},
        {"session", {"base", "audio", "formats", "speech", "probe", "models", "runtime"}},
    };
    const std::regex include(R"re(^\s*#\s*include\s*"engine/([a-z]+)/)re");
    for (const Rule& rule : rules)
        eachLine("engine/" + rule.folder, [&](const std::string& file, const std::string& line) {
            std::smatch match;
            if (!std::regex_search(line, match, include) || match[1] == rule.folder) return;
            EXPECT_NE(std::find(rule.allowed.begin(), rule.allowed.end(), match[1].str()), rule.allowed.end()) << file << ": " << line;
        });
}

TEST(Layering, EngineAndCommandLineKnowNoQt) {
    const std::regex qt(R"re(#\s*include\s*<Q[A-Z])re");
    for (const char* folder : {"engine", "app/cli"})
        eachLine(folder, [&](const std::string& file, const std::string& line) { EXPECT_FALSE(std::regex_search(line, qt)) << file << ": " << line; });
}

TEST(Layering, VulkanStaysInItsFolder) {
    const std::regex vulkan(R"re(#\s*include\s*[<"](vulkan|volk)|\bVk[A-Z][A-Za-z]+\b)re");
    for (const char* folder : {"app", "ui", "engine/runtime", "engine/models", "engine/backend", "engine/host"})
        eachLine(folder, [&](const std::string& file, const std::string& line) { EXPECT_FALSE(std::regex_search(line, vulkan)) << file << ": " << line; });
}

TEST(Layering, OnlyTheBridgeReachesTheEngine) {
    const std::regex deep(R"re(#\s*include\s*"engine/(runtime|session|backend|vulkan|host|models|formats|text)/)re");
    eachLine("ui", [&](const std::string& file, const std::string& line) {
        if (file.starts_with("ui/bridge/")) return;
        EXPECT_FALSE(std::regex_search(line, deep)) << file << ": " << line;
    });
}

TEST(Layering, ViewsDoNotKnowEachOther) {
    const std::regex view(R"re(#\s*include\s*"ui/views/([a-z_]+)/)re");
    eachLine("ui/views", [&](const std::string& file, const std::string& line) {
        std::smatch match;
        if (!std::regex_search(line, match, view) || match[1] == "base") return;  // base: what all of them are made of
        EXPECT_TRUE(file.starts_with("ui/views/" + match[1].str() + "/")) << file << ": " << line;
    });
}

}  // namespace
