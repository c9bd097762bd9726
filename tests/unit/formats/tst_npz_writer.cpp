// NPZ and safetensors writers: what is written is read back, by our readers and by NumPy.
#include "engine/formats/npz_writer.h"

#include <cstdlib>

#include "engine/formats/checkpoint.h"
#include "engine/formats/safetensors_writer.h"
#include "engine/formats/zip_reader.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;

namespace {

template <class T>
std::span<const std::byte> bytesOf(const std::vector<T>& values) {
    return std::as_bytes(std::span(values));
}

/// Everything the format has: types, ranks, text, an array in portions.
void writeSample(const std::filesystem::path& path) {
    auto npz = NpzWriter::create(path);
    ASSERT_TRUE(npz.ok()) << npz.error().message;
    const std::vector<float> numbers{0, 1.5f, -2, 3, 4, 5};
    const std::vector<std::int32_t> ids{7, -8};
    const std::vector<std::int64_t> big{std::int64_t{1} << 40};
    ASSERT_TRUE(npz->add("numbers", DType::F32, {2, 3}, bytesOf(numbers)).ok());
    ASSERT_TRUE(npz->add("ids", DType::I32, {2}, bytesOf(ids)).ok());
    ASSERT_TRUE(npz->add("scalar", DType::I64, {}, bytesOf(big)).ok());
    ASSERT_TRUE(npz->add("none", DType::F64, {0, 4}, {}).ok());
    ASSERT_TRUE(npz->addText("meta", "{\"Δ\": \"naïve 🐍\"}").ok());
    ASSERT_TRUE(npz->addText("empty", "").ok());
    ASSERT_TRUE(npz->begin("layer.0.dt", DType::F32, {6}).ok());
    ASSERT_TRUE(npz->append(bytesOf(numbers).first(10)).ok());
    ASSERT_TRUE(npz->append(bytesOf(numbers).subspan(10)).ok());
    const auto finished = npz->finish();
    ASSERT_TRUE(finished.ok()) << finished.error().message;
}

/// A Python that has NumPy; empty when there is none.
std::string pythonWithNumpy() {
    for (const std::string python : {"/usr/bin/python3", "python3"}) {
        if (std::system((python + " -c 'import numpy' 2>/dev/null").c_str()) == 0) return python;
    }
    return {};
}

}  // namespace

TEST(NpzWriter, writesNpyHeaders) {
    TempFolder folder;
    writeSample(folder.path() / "a.npz");
    const std::string archive = readAll(folder.path() / "a.npz");
    const auto members = readZip(asBytes(archive), "a.npz");
    ASSERT_TRUE(members.ok()) << members.error().message;
    ASSERT_EQ(members->size(), 7u);
    EXPECT_EQ((*members)[0].name, "numbers.npy");
    const std::string npy(reinterpret_cast<const char*>((*members)[0].bytes.data()), (*members)[0].bytes.size());
    EXPECT_EQ(npy.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
    EXPECT_EQ(npy.size(), 128u + 24u);
    EXPECT_EQ(npy[127], '\n');
    EXPECT_EQ(npy.substr(10, 57), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3),");
    EXPECT_EQ(npy.substr(128), floats({0, 1.5f, -2, 3, 4, 5}));
    for (const ZipMember& member : *members) EXPECT_TRUE(member.stored && checksumMatches(member)) << member.name;
}

TEST(NpzWriter, numpyReadsIt) {
    const std::string python = pythonWithNumpy();
    if (python.empty()) GTEST_SKIP() << "no Python with NumPy here";
    TempFolder folder;
    writeSample(folder.path() / "a.npz");
    const auto script = folder.write("check.py", R"(
import sys, zipfile, numpy as np
assert zipfile.ZipFile(sys.argv[1]).testzip() is None
a = np.load(sys.argv[1], allow_pickle=False)
assert sorted(a.files) == ['empty', 'ids', 'layer.0.dt', 'meta', 'none', 'numbers', 'scalar'], a.files
assert a['numbers'].dtype == np.float32 and a['numbers'].tolist() == [[0, 1.5, -2], [3, 4, 5]]
assert a['ids'].dtype == np.int32 and a['ids'].tolist() == [7, -8]
assert a['scalar'].dtype == np.int64 and a['scalar'].shape == () and int(a['scalar']) == 1 << 40
assert a['none'].dtype == np.float64 and a['none'].shape == (0, 4)
assert str(a['meta']) == '{"Δ": "naïve 🐍"}', str(a['meta'])
assert str(a['empty']) == ''
assert a['layer.0.dt'].tolist() == [0, 1.5, -2, 3, 4, 5]
)");
    EXPECT_EQ(std::system((python + " " + script.string() + " " + (folder.path() / "a.npz").string()).c_str()), 0);
}

TEST(NpzWriter, refusesMisuse) {
    TempFolder folder;
    auto npz = NpzWriter::create(folder.path() / "a.npz");
    ASSERT_TRUE(npz.ok());
    const std::vector<float> two{1, 2};
    const auto invalid = ErrorCode::InvalidArgument;
    expectError(npz->add("x", DType::F32, {3}, bytesOf(two)), invalid, {"\"x\"", "8 bytes", "[3]"});
    expectError(npz->begin("x", DType::BF16, {2}), invalid, {"\"x\"", "BF16"});
    expectError(npz->begin("x", DType::F32, {-1}), invalid, {"\"x\"", "[-1]"});
    expectError(npz->begin("x", DType::F32, {std::int64_t{1} << 40, std::int64_t{1} << 40}), invalid,
                {"\"x\"", "impossible"});
    expectError(npz->addText("x", "\xff"), invalid, {"\"x\"", "UTF-8"});
    ASSERT_TRUE(npz->add("x", DType::F32, {2}, bytesOf(two)).ok());
    expectError(npz->add("x", DType::F32, {2}, bytesOf(two)), invalid, {"taken"});
    expectError(NpzWriter::create(folder.path() / "no" / "a.npz"), ErrorCode::NotFound, {"a.npz"});
    expectError(NpzWriter::create(folder.path()), ErrorCode::Io, {folder.path().string()});
}

TEST(NpzWriter, keepsTheOldFileUntilTheNewOneIsWhole) {
    TempFolder folder;
    const auto path = folder.write("a.npz", "old");
    {
        auto npz = NpzWriter::create(path);
        ASSERT_TRUE(npz.ok() && npz->begin("x", DType::F32, {2}).ok());
        EXPECT_FALSE(npz->finish().ok());
    }
    EXPECT_EQ(readAll(path), "old");
    writeSample(path);
    EXPECT_NE(readAll(path), "old");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(SafetensorsWriter, roundTrip) {
    TempFolder folder;
    const std::vector<float> w{1, 2, 3, 4};
    const std::vector<std::uint16_t> h{0x3c00};
    const std::vector<TensorToWrite> tensors{{"h \"quoted\"", DType::F16, {1}, bytesOf(h)},
                                             {"w", DType::F32, {2, 1, 2}, bytesOf(w)}};
    const auto path = folder.path() / "model.safetensors";
    ASSERT_TRUE(writeSafetensors(path, tensors).ok());
    const auto checkpoint = Checkpoint::open(folder.path());
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
    ASSERT_EQ(checkpoint->tensors().size(), 2u);
    EXPECT_EQ(checkpoint->tensors()[0].name, "h \"quoted\"");
    EXPECT_EQ(checkpoint->find("w")->shape, (Shape{2, 1, 2}));
    EXPECT_EQ(valuesOf<float>(checkpoint->find("w")->bytes), w);
    EXPECT_EQ(checkpoint->bytes(), 18u);

    expectError(writeSafetensors(path, std::vector<TensorToWrite>{{"x", DType::F32, {2}, bytesOf(h)}}),
                ErrorCode::InvalidArgument, {"\"x\"", "[2]"});
    expectError(writeSafetensors(path, std::vector<TensorToWrite>{tensors[0], tensors[0]}), ErrorCode::InvalidArgument,
                {"taken"});
    expectError(writeSafetensors(path, std::vector<TensorToWrite>{{"\xff", DType::F16, {1}, bytesOf(h)}}),
                ErrorCode::InvalidArgument, {"UTF-8"});
}
