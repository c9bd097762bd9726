// Checkpoint::open: every layout of the golden checkpoints, and folders as they really turn up.
#include "engine/formats/checkpoint.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "engine/formats/mapped_file.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;

namespace fs = std::filesystem;

namespace {

const fs::path kData = MS_TEST_DATA;

Checkpoint opened(const fs::path& path) {
    auto checkpoint = Checkpoint::open(path);
    if (!checkpoint.ok()) throw std::runtime_error(checkpoint.error().message);
    return *checkpoint;
}

/// One U8 tensor per name, each of one byte.
std::string smallFile(const std::vector<std::string>& names) {
    std::string header = "{", data;
    for (const std::string& name : names) {
        header += (data.empty() ? "\"" : ",\"") + name + "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[" +
                  std::to_string(data.size()) + "," + std::to_string(data.size() + 1) + "]}";
        data += 'x';
    }
    return safetensors(header + "}", data);
}

struct Folder : ::testing::Test {
    TempFolder folder;
};

}  // namespace

TEST(GoldenCheckpoints, tiny) {
    const Checkpoint c = opened(kData / "mamba-tiny");
    EXPECT_EQ(c.formatName(), "safetensors");
    EXPECT_EQ(c.folder(), kData / "mamba-tiny");
    EXPECT_EQ(c.config()["model_type"], "mamba");
    EXPECT_EQ(c.tensors().size(), 2u + 3u * 10u);
    const TensorInfo* embedding = c.find("backbone.embeddings.weight");
    ASSERT_NE(embedding, nullptr);
    EXPECT_EQ(embedding->dtype, DType::F32);
    EXPECT_EQ(embedding->shape, (Shape{320, 64}));
    EXPECT_EQ(c.find("backbone.layers.2.mixer.conv1d.weight")->shape, (Shape{128, 1, 4}));
    EXPECT_EQ(c.find("backbone.layers.3.mixer.D"), nullptr);
    std::uint64_t bytes = 0;
    for (const TensorInfo& t : c.tensors()) {
        EXPECT_EQ(t.bytes.size(), static_cast<std::uint64_t>(t.shape.elements()) * byteSize(t.dtype)) << t.name;
        EXPECT_EQ(t.file, (kData / "mamba-tiny/model.safetensors").string());
        EXPECT_EQ(c.find(t.name), &t);
        bytes += t.bytes.size();
    }
    EXPECT_EQ(c.bytes(), bytes);
    c.prefetch();
}

TEST(GoldenCheckpoints, originalLayoutHoldsTheSameNumbers) {
    const Checkpoint hub = opened(kData / "mamba-sharded-fp16"), original = opened(kData / "mamba-original-fp16");
    EXPECT_EQ(original.formatName(), "PyTorch zip");
    EXPECT_EQ(original.config()["d_model"], 64);
    std::size_t compared = 0;
    for (const TensorInfo& t : original.tensors()) {
        std::string name = t.name;
        if (name == "backbone.embedding.weight" || name == "lm_head.weight") name = "backbone.embeddings.weight";
        const TensorInfo* twin = hub.find(name);
        ASSERT_NE(twin, nullptr) << t.name;
        EXPECT_EQ(t.dtype, twin->dtype) << t.name;
        EXPECT_EQ(t.shape, twin->shape) << t.name;
        EXPECT_TRUE(std::ranges::equal(t.bytes, twin->bytes)) << t.name;
        ++compared;
    }
    EXPECT_GE(compared, hub.tensors().size());
}

TEST(GoldenCheckpoints, bfloat16AndGolden) {
    const Checkpoint c = opened(kData / "mamba-odd-bf16/model.safetensors");
    for (const TensorInfo& t : c.tensors()) EXPECT_EQ(t.dtype, DType::BF16) << t.name;
    EXPECT_EQ(c.find("backbone.embeddings.weight")->shape, (Shape{251, 72}));
    EXPECT_EQ(c.config()["time_step_rank"], 5);
    const Checkpoint golden = opened(kData / "mamba-odd-bf16/golden.safetensors");
    EXPECT_NE(golden.find("logits"), nullptr);
    EXPECT_NE(golden.find("input_ids"), nullptr);
}

TEST(GoldenCheckpoints, sharded) {
    for (const fs::path& path :
         {kData / "mamba-sharded-fp16", kData / "mamba-sharded-fp16/model.safetensors.index.json"}) {
        const Checkpoint c = opened(path);
        EXPECT_EQ(c.formatName(), "safetensors (3 shards)");
        ASSERT_EQ(c.files().size(), 3u);
        for (const auto& file : c.files()) EXPECT_TRUE(std::filesystem::is_regular_file(file)) << file;
        EXPECT_EQ(c.bytes(), 212736u);  // the index' total_size
        EXPECT_EQ(c.tensors().size(), 2u + 3u * 10u);
        EXPECT_EQ(c.find("backbone.embeddings.weight")->dtype, DType::F16);
        EXPECT_TRUE(c.find("backbone.norm_f.weight")->file.ends_with("model-00003-of-00003.safetensors"));
    }
}

TEST(GoldenCheckpoints, storageOutlivesTheCheckpoint) {
    std::optional<Checkpoint> c = opened(kData / "mamba-original-fp16");
    const auto storage = c->storage();
    const TensorInfo* norm = c->find("backbone.norm_f.weight");
    const auto before = valuesOf<float>(norm->bytes);
    c.reset();
    EXPECT_EQ(valuesOf<float>(norm->bytes), before);
}

TEST_F(Folder, preference) {
    writeZip(
        folder.path() / "pytorch_model.bin",
        {{"a/data.pkl",
          StateDictPickle::whole(StateDictPickle::dict(
              {{"bin", StateDictPickle::value({.type = "ByteStorage", .elements = 1, .size = {1}, .stride = {1}})}}))},
         {"a/data/0", "x"}});
    folder.write("golden.safetensors", smallFile({"golden"}));
    EXPECT_NE(opened(folder.path()).find("bin"), nullptr);
    folder.write("weights.safetensors", smallFile({"loose"}));
    EXPECT_NE(opened(folder.path()).find("loose"), nullptr);
    folder.write("more.safetensors", smallFile({"indexed"}));
    expectError(Checkpoint::open(folder.path()), ErrorCode::InvalidArgument,
                {"2 .safetensors", "more.safetensors", "open one of them"});
    folder.write("model.safetensors.index.json", R"({"weight_map": {"indexed": "more.safetensors"}})");
    EXPECT_EQ(opened(folder.path()).formatName(), "safetensors (1 shard)");
    folder.write("model.safetensors", smallFile({"model"}));
    EXPECT_NE(opened(folder.path()).find("model"), nullptr);
    EXPECT_TRUE(opened(folder.path()).config().is_null());
}

TEST_F(Folder, shardsOfPytorchFiles) {
    const auto pickle = [](const std::string& name) {
        return StateDictPickle::whole(StateDictPickle::dict(
            {{name, StateDictPickle::value({.type = "ByteStorage", .elements = 1, .size = {1}, .stride = {1}})}}));
    };
    writeZip(folder.path() / "pytorch_model-1.bin", {{"a/data.pkl", pickle("one")}, {"a/data/0", "x"}});
    writeZip(folder.path() / "pytorch_model-2.bin", {{"a/data.pkl", pickle("two")}, {"a/data/0", "x"}});
    folder.write("pytorch_model.bin.index.json",
                 R"({"weight_map": {"one": "pytorch_model-1.bin", "two": "pytorch_model-2.bin"}})");
    const Checkpoint c = opened(folder.path());
    EXPECT_EQ(c.formatName(), "PyTorch zip (2 shards)");
    EXPECT_TRUE(c.find("one") != nullptr && c.find("two") != nullptr);
}

TEST_F(Folder, badIndexes) {
    folder.write("s1.safetensors", smallFile({"a", "b"}));
    folder.write("s2.safetensors", smallFile({"c"}));
    folder.write("s3.safetensors", smallFile({"c"}));
    const auto open = [&](const std::string& json) {
        return Checkpoint::open(folder.write("model.safetensors.index.json", json));
    };
    const auto format = ErrorCode::Format;
    EXPECT_TRUE(open(R"({"weight_map": {"a": "s1.safetensors", "c": "s2.safetensors"}})").ok());
    expectError(open(R"({"weight_map": {"a": "s9.safetensors"}})"), ErrorCode::NotFound,
                {"index.json", "s9.safetensors", "download"});
    expectError(open(R"({"weight_map": {"c": "s1.safetensors", "a": "s1.safetensors"}})"), format,
                {"\"c\"", "s1.safetensors"});
    expectError(open(R"({"weight_map": {"a": "s2.safetensors", "b": "s1.safetensors"}})"), format,
                {"\"a\"", "s2.safetensors"});
    expectError(open(R"({"weight_map": {"a": "s2.safetensors", "c": "s3.safetensors"}})"), format, {"s2.safetensors"});
    expectError(open(R"({"weight_map": {"c": "s2.safetensors", "c2": "s3.safetensors"}})"), format,
                {"\"c\"", "two shards"});
    for (const char* name : {"../x", "/etc/passwd", "sub/x", "..", ".", "", "..\\\\x", "a\\u0000b"})
        expectError(open(std::string(R"({"weight_map": {"a": ")") + name + "\"}}"), format,
                    {"plain file name", "refused"});
    expectError(open(R"({"weight_map": {"a": 3}})"), format, {"\"a\"", "no text"});
    expectError(open(R"({"weight_map": []})"), format, {"weight_map"});
    expectError(open(R"({"weight_map": {}})"), format, {"weight_map"});
    expectError(open("[]"), format, {"weight_map"});
    expectError(open("{"), format, {"index.json", "line 1"});
}

TEST_F(Folder, whatIsNotThereOrBroken) {
    expectError(Checkpoint::open(folder.path()), ErrorCode::NotFound,
                {folder.path().string(), "model.safetensors", "pytorch_model.bin"});
    expectError(Checkpoint::open(folder.path() / "none.safetensors"), ErrorCode::NotFound, {"none.safetensors"});
    expectError(Checkpoint::open(folder.write("empty.safetensors", "")), ErrorCode::Format,
                {"empty.safetensors", "is empty"});
    const auto whole = readAll(kData / "mamba-tiny/model.safetensors");
    expectError(Checkpoint::open(folder.write("cut.safetensors", whole.substr(0, whole.size() - 1))), ErrorCode::Format,
                {"cut.safetensors", "incomplete", "download"});
    const auto zip = readAll(kData / "mamba-original-fp16/pytorch_model.bin");
    expectError(Checkpoint::open(folder.write("cut.bin", zip.substr(0, zip.size() / 2))), ErrorCode::Format,
                {"cut.bin", "no zip directory"});
    std::string damaged = zip;
    damaged.replace(damaged.find("storageq"), 7, "Storage");
    expectError(Checkpoint::open(folder.write("damaged.bin", damaged)), ErrorCode::Format, {"data.pkl", "damaged"});
    folder.write("model.safetensors", smallFile({"x"}));
    folder.write("config.json", "{\"a\": }");
    expectError(Checkpoint::open(folder.path()), ErrorCode::Format, {"config.json", "line 1, column 7"});
}

TEST_F(Folder, mappedFileRefusesFoldersAndPipes) {
    expectError(MappedFile::open(folder.path()), ErrorCode::Format, {folder.path().string(), "folder"});
    const auto pipe = folder.path() / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    expectError(MappedFile::open(pipe), ErrorCode::Format, {"pipe", "regular"});
    const auto file = MappedFile::open(folder.write("file", "content"));
    ASSERT_TRUE(file.ok());
    EXPECT_EQ((*file)->bytes().size(), 7u);
}
