// `mambascope-cli lab`: what it prints is what the engine says.
#include <sys/wait.h>

#include <cmath>
#include <cstdlib>

#include "engine/lab/lock_step.h"
#include "tests/unit/lab/lab_support.h"

namespace ms {
namespace {

struct Outcome {
    int code = 0;
    std::string printed, errors;
};

std::string contentOf(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

Outcome lab(const std::string& arguments) {
    const test::TempFolder folder;
    const std::filesystem::path out = folder.path() / "out", log = folder.path() / "log";
    const int status = std::system((std::string(MS_CLI) + " lab " + arguments + " --device host >'" + out.string() + "' 2>'" + log.string() + "'").c_str());
    return {WEXITSTATUS(status), contentOf(out), contentOf(log)};
}

/// `lab compare` of two tiny models.
Outcome compare(const std::string& arguments, const char* second = "lstm-tiny") {
    const std::string data = MS_TEST_DATA "/";
    return lab("compare '" + data + "mamba-tiny' '" + data + second + "' " + arguments);
}

TEST(LabCommand, TasksAreRunByTheModelsThatComeWithTheProgram) {
    const Outcome told = lab("task --task parity --lengths 16,32 --sequences 2 --json");
    ASSERT_EQ(told.code, 0) << told.errors;
    const auto json = nlohmann::json::parse(told.printed);
    ASSERT_EQ(json.size(), 12u);
    EXPECT_EQ(json[0]["length"], 16);
    EXPECT_EQ(json[0]["asked"], 8);
    EXPECT_EQ(json[0]["accuracy"], 1.0);
    const Outcome text = lab("task --task selective-copying --lengths 32 --sequences 1");
    EXPECT_NE(text.printed.find("Gu & Dao 2023: S4, no gate"), std::string::npos) << text.printed;
    const Outcome refused = lab("task --task copying");
    EXPECT_NE(refused.code, 0);
    EXPECT_NE(refused.errors.find("--task copying"), std::string::npos) << refused.errors;
}

TEST(LabCommand, JsonHoldsTheReadingsAndTheInfluence) {
    const Outcome told = compare("--ids '1 2,3 5 8' --influence-at 3 --json");
    ASSERT_EQ(told.code, 0) << told.errors;
    const auto json = nlohmann::json::parse(told.printed);
    auto lockStep = LockStep::create({test::openTiny(std::string("mamba-tiny")), test::openTiny(std::string("lstm-tiny"))});
    ASSERT_TRUE(lockStep && (*lockStep)->begin(std::vector<TokenId>{1, 2, 3, 5, 8}));
    ASSERT_EQ(json["pieces"].size(), 5u);
    double bits[2] = {0, 0};
    for (std::size_t p = 0; p < 5; ++p) {
        const auto readings = (*lockStep)->step();
        ASSERT_TRUE(readings);
        for (std::size_t m = 0; m < 2; ++m) {
            const auto& row = json["pieces"][p]["readings"][m];
            EXPECT_EQ(row["state_bytes"], (*readings)[m].stateBytes);
            EXPECT_EQ(row["kept"].get<double>(), (*readings)[m].kept);
            if (p == 0) {
                EXPECT_TRUE(row["surprisal_bits"].is_null());
                continue;
            }
            EXPECT_EQ(row["surprisal_bits"].get<double>(), (*readings)[m].surprisalBits);
            bits[m] += (*readings)[m].surprisalBits;
        }
    }
    for (std::size_t m = 0; m < 2; ++m) {
        EXPECT_NEAR(json["models"][m]["bits_per_token"].get<double>(), bits[m] / 4, 1e-9);
        const auto shares = (*lockStep)->influence(m, 3);
        ASSERT_TRUE(shares);
        for (std::size_t p = 0; p < 4; ++p) EXPECT_EQ(json["pieces"][p]["readings"][m]["influence"].get<float>(), (*shares)[p]);
        EXPECT_FALSE(json["pieces"][4]["readings"][m].contains("influence"));
    }
}

TEST(LabCommand, CsvHasARowForEveryPieceAndModel) {
    const Outcome told = compare("--ids 1,2,3 --csv");
    ASSERT_EQ(told.code, 0) << told.errors;
    EXPECT_TRUE(told.printed.starts_with("piece,text,model,tokens,surprisal_bits,state_bytes,kept,influence\n0,\"1\",")) << told.printed;
    EXPECT_EQ(std::count(told.printed.begin(), told.printed.end(), '\n'), 1 + 3 * 2);
}

TEST(LabCommand, TableEndsWithASummaryAndSaysWhyThereIsNoInfluence) {
    const Outcome told = compare("--ids 1,2,3 --influence-at 2", "mamba-complex-tiny");
    ASSERT_EQ(told.code, 0) << told.errors;
    EXPECT_NE(told.printed.find("bits per token, state at the end"), std::string::npos) << told.printed;
    EXPECT_NE(told.printed.find("mamba-complex-tiny: the weights"), std::string::npos) << told.printed;
}

TEST(LabCommand, RefusesInOneLine) {
    for (const char* arguments : {"", "--ids 1,x", "--ids 1,46,47", "--ids 1,2 --influence-at 2", "--ids 1 --csv --json"}) {
        const Outcome told = compare(arguments);
        EXPECT_EQ(told.code, 2) << arguments;
        EXPECT_TRUE(told.printed.empty()) << told.printed;
        EXPECT_EQ(std::count(told.errors.begin(), told.errors.end(), '\n'), 1) << told.errors;
    }
    const Outcome text = compare("--text hello");  // these have no tokenizers
    EXPECT_EQ(text.code, 1);
    EXPECT_NE(text.errors.find("give token ids"), std::string::npos) << text.errors;
}

}  // namespace
}  // namespace ms
