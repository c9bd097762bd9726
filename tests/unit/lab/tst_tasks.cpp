// The synthetic tasks: their sequences are what the papers describe, and a model's score is what its logits say.
#include <algorithm>
#include <gtest/gtest.h>
#include <map>

#include "engine/lab/published_results.h"
#include "engine/lab/task_models.h"
#include "engine/lab/task_run.h"
#include "engine/runtime/devices.h"

namespace ms {
namespace {

constexpr TaskKind kTasks[] = {TaskKind::SelectiveCopying, TaskKind::InductionHeads, TaskKind::Parity};

TaskSequence made(TaskKind kind, std::int64_t length, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    auto task = makeTask(kind, length, random);
    EXPECT_TRUE(task) << task.error().message;
    return *task;
}

TEST(Tasks, NamesGoBothWays) {
    for (const TaskKind kind : kTasks) EXPECT_EQ(taskNamed(taskName(kind)), kind);
    EXPECT_EQ(taskNamed("copying"), std::nullopt);
}

TEST(Tasks, SelectiveCopyingAsksForTheDataInOrder) {
    for (const std::int64_t length : {32, 33, 100, 1000})
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const TaskSequence task = made(TaskKind::SelectiveCopying, length, seed);
            ASSERT_EQ(std::ssize(task.input), length);
            std::vector<TokenId> data, answers;
            for (std::int64_t i = 0; i < length - kCopied; ++i)
                if (task.input[static_cast<std::size_t>(i)] != 14) data.push_back(task.input[static_cast<std::size_t>(i)]);
            for (std::int64_t i = 0; i < kCopied; ++i) {
                const TaskQuestion& q = task.questions[static_cast<std::size_t>(i)];
                EXPECT_EQ(q.position, length - kCopied + i);
                EXPECT_EQ(task.input[static_cast<std::size_t>(q.position)], 15);
                answers.push_back(q.answer);
            }
            EXPECT_EQ(data, answers);
            EXPECT_LT(*std::max_element(data.begin(), data.end()), 14);
        }
}

TEST(Tasks, InductionHeadsAsksWhatFollowedTheTrigger) {
    for (const std::int64_t length : {3, 4, 64, 501})
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
            const TaskSequence task = made(TaskKind::InductionHeads, length, seed);
            EXPECT_EQ(std::count(task.input.begin(), task.input.end(), 15), 2);
            const auto first = std::find(task.input.begin(), task.input.end(), 15);
            ASSERT_EQ(task.questions.size(), 1u);
            EXPECT_EQ(task.questions[0].position, length - 1);
            EXPECT_EQ(task.input.back(), 15);
            EXPECT_EQ(task.questions[0].answer, *(first + 1));
        }
}

TEST(Tasks, ParityCountsOnes) {
    const TaskSequence task = made(TaskKind::Parity, 101, 3);
    ASSERT_EQ(task.questions.size(), 25u);
    for (const TaskQuestion& q : task.questions)
        EXPECT_EQ(q.answer, std::count(task.input.begin(), task.input.begin() + q.position + 1, 1) % 2);
}

TEST(Tasks, AreTheSameForTheSameSeedAndCoverAllPlaces) {
    for (const TaskKind kind : kTasks) {
        EXPECT_EQ(made(kind, 64, 9).input, made(kind, 64, 9).input);
        EXPECT_NE(made(kind, 64, 9).input, made(kind, 64, 10).input);
    }
    std::vector<int> hits(48);
    for (std::uint64_t seed = 0; seed < 3000; ++seed) {
        const TaskSequence task = made(TaskKind::SelectiveCopying, 64, seed);
        for (std::size_t i = 0; i < hits.size(); ++i) hits[i] += task.input[i] != 14;
    }
    for (const int count : hits) EXPECT_NEAR(count, 1000, 150);  // five standard deviations
}

TEST(Tasks, RefuseSequencesTooShort) {
    std::mt19937_64 random(1);
    for (const TaskKind kind : kTasks) {
        EXPECT_TRUE(makeTask(kind, shortestTask(kind), random));
        for (const std::int64_t length : {shortestTask(kind) - 1, std::int64_t{0}, std::int64_t{-5}}) {
            const auto refused = makeTask(kind, length, random);
            ASSERT_FALSE(refused);
            EXPECT_EQ(refused.error().code, ErrorCode::InvalidArgument);
        }
    }
}

TEST(TaskRun, AnswersWithTheLikeliestSymbol) {
    auto backend = openDevice("host");
    auto model = Model::load(MS_TEST_DATA "/mamba-tiny", *backend);
    ASSERT_TRUE(model) << model.error().message;
    auto run = TaskRun::create(*model);
    ASSERT_TRUE(run) << run.error().message;
    auto session = Session::create(*model);
    for (const TaskKind kind : kTasks) {
        TaskScore score;
        std::int64_t right = 0, asked = 0;
        for (std::uint64_t seed = 0; seed < 3; ++seed) {
            const TaskSequence task = made(kind, 40 + static_cast<std::int64_t>(seed), seed);
            ASSERT_TRUE(run->score(task, score));
            ASSERT_TRUE((*session)->reset());
            for (std::size_t i = 0, next = 0; i < task.input.size(); ++i) {
                const auto logits = (*session)->step(task.input[i]);
                ASSERT_TRUE(logits);
                if (task.questions[next].position != static_cast<std::int64_t>(i)) continue;
                const auto best = std::max_element(logits->begin(), logits->begin() + kTaskVocab) - logits->begin();
                right += best == task.questions[next].answer;
                ++asked;
                if (++next == task.questions.size()) break;
            }
        }
        EXPECT_EQ(score.sequences, 3);
        EXPECT_EQ(score.asked, asked);
        EXPECT_EQ(score.right, right);
        EXPECT_DOUBLE_EQ(score.accuracy(), static_cast<double>(right) / static_cast<double>(asked));
    }
}

TEST(TaskRun, RefusesModelsThatReadNoSymbols) {
    auto backend = openDevice("host");
    auto model = Model::load(MS_TEST_DATA "/mamba-ctc-tiny", *backend);
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ(TaskRun::create(*model).error().code, ErrorCode::Unsupported);
}

std::filesystem::path shippedFolder() { return MS_RESOURCES "/models/tasks"; }

/// Share of right answers of a model that comes with the program.
double accuracyOf(TaskKind kind, const std::string& architecture, std::int64_t length, int sequences) {
    auto model = Model::load(shippedFolder() / taskName(kind) / architecture, *openDevice("host"));
    if (!model) throw std::runtime_error(model.error().message);
    auto run = TaskRun::create(*model);
    if (!run) throw std::runtime_error(run.error().message);
    TaskScore score;
    for (int seed = 0; seed < sequences; ++seed) {
        const auto done = run->score(made(kind, length, 1000 + static_cast<std::uint64_t>(seed)), score);
        if (!done) throw std::runtime_error(done.error().message);
    }
    return score.accuracy();
}

TEST(TaskModels, EveryArchitectureIsThereForEveryTask) {
    std::uintmax_t all = 0;
    for (const TaskKind kind : kTasks) {
        std::vector<std::string> names;
        for (const auto& path : taskModels(shippedFolder(), kind)) {
            names.push_back(path.filename().string());
            const std::uintmax_t bytes = std::filesystem::file_size(path / "model.safetensors");
            EXPECT_LE(bytes, 300'000u) << path;
            all += bytes;
        }
        EXPECT_EQ(names, (std::vector<std::string>{"mamba", "s4d", "lstm", "gru", "rnn", "llama"}));
        EXPECT_TRUE(std::ranges::is_sorted(usualLengths(kind)));
        EXPECT_TRUE(std::ranges::count(usualLengths(kind), trainedLength(kind)) == 1);
    }
    EXPECT_LE(all, 3'000'000u);
    EXPECT_TRUE(taskModels("/nonexistent", TaskKind::Parity).empty());
}

// What the paper says of the architectures holds for these: figures come from running them.
TEST(TaskModels, SelectiveCopyingNeedsSelection) {
    EXPECT_GE(accuracyOf(TaskKind::SelectiveCopying, "mamba", 256, 40), 0.97);
    EXPECT_LE(accuracyOf(TaskKind::SelectiveCopying, "s4d", 256, 40), 0.6);
    EXPECT_LE(accuracyOf(TaskKind::SelectiveCopying, "llama", 1024, 4), 0.3);
}

TEST(TaskModels, InductionHeadsGoOnFarBeyondTheTraining) {
    EXPECT_GE(accuracyOf(TaskKind::InductionHeads, "mamba", 64 * 256, 20), 0.95);
    EXPECT_GE(accuracyOf(TaskKind::InductionHeads, "llama", 256, 20), 0.95);
    EXPECT_LE(accuracyOf(TaskKind::InductionHeads, "llama", 2048, 20), 0.5);
    EXPECT_LE(accuracyOf(TaskKind::InductionHeads, "s4d", 2048, 20), 0.5);
}

TEST(TaskModels, ParityNeedsAStateThatFlips) {
    for (const char* gated : {"lstm", "gru", "rnn"}) EXPECT_EQ(accuracyOf(TaskKind::Parity, gated, 256, 4), 1) << gated;
    for (const char* other : {"mamba", "s4d", "llama"}) EXPECT_LE(accuracyOf(TaskKind::Parity, other, 1024, 4), 0.7) << other;
}

TEST(PublishedResults, AreThoseOfTheTables) {
    std::map<std::string_view, const PublishedResult*> copying, induction;
    for (const PublishedResult& r : publishedResults(TaskKind::SelectiveCopying)) copying[r.model] = &r;
    for (const PublishedResult& r : publishedResults(TaskKind::InductionHeads)) induction[r.model] = &r;
    EXPECT_EQ(copying.size(), 8u);
    EXPECT_EQ(copying["S4, no gate"]->points.front().length, 4096);
    EXPECT_DOUBLE_EQ(copying["S4, no gate"]->points.front().accuracy, 0.183);
    EXPECT_EQ(induction.size(), 6u);
    EXPECT_EQ(induction["Mamba"]->points.back().length, 1 << 20);
    EXPECT_EQ(induction["MHA-RoPE"]->points.back().length, 1 << 14);  // no memory for more
    EXPECT_DOUBLE_EQ(induction["MHA-RoPE"]->points[3].accuracy, 0.836);
    EXPECT_TRUE(publishedResults(TaskKind::Parity).empty());
}

}  // namespace
}  // namespace ms
