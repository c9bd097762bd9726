// The synthetic tasks: their sequences are what the papers describe, and a model's score is what its logits say.
#include <algorithm>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace ms
