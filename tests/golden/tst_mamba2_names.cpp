// Mamba-2 under the names of Mistral's files: everything stands behind "model.".
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/formats/checkpoint.h"
#include "engine/formats/safetensors_writer.h"
#include "engine/runtime/golden_check.h"
#include "tests/support/shared_device.h"

namespace ms {
namespace {

TEST(Mamba2Names, BehindModel) {
    const std::filesystem::path source = std::filesystem::path(MS_TEST_DATA) / "mamba2-groups-bf16",
                                folder = std::filesystem::path(testing::TempDir()) / "mamba2-names";
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(source / "config.json", folder / "config.json", std::filesystem::copy_options::overwrite_existing);
    const auto plain = Checkpoint::open(source);
    ASSERT_TRUE(plain) << plain.error().message;
    std::vector<TensorToWrite> tensors;
    for (const TensorInfo& t : plain->tensors()) tensors.push_back({"model." + t.name, t.dtype, t.shape, t.bytes});
    ASSERT_TRUE(writeSafetensors(folder / "model.safetensors", tensors));

    const auto model = Model::load(folder, sharedDevice("host"));
    ASSERT_TRUE(model) << model.error().message;
    const auto report = checkGolden(*model, source / "golden.safetensors", {});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_LE(report->worstRelativeError, 1e-4);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace ms
