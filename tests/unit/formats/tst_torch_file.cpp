// pytorch_model.bin: the restricted pickle reader and the tensors it describes.
#include "engine/formats/torch_file.h"

#include "engine/formats/checkpoint.h"
#include "engine/formats/mapped_file.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;

namespace {

using P = StateDictPickle;
constexpr auto kFormat = ErrorCode::Format;
constexpr auto kUnsupported = ErrorCode::Unsupported;

Result<pickle::Pickle> unpickle(const std::string& bytes) { return pickle::read(asBytes(bytes), "pytorch_model.bin"); }

const std::string kSix = floats({0, 1, 2, 3, 4, 5});

struct TorchFile : ::testing::Test {
    TempFolder folder;

    Result<Checkpoint> open(const std::string& pickle, const Members& more = {{"archive/data/0", kSix}}) const {
        Members members{{"archive/data.pkl", pickle}};
        members.insert(members.end(), more.begin(), more.end());
        return Checkpoint::open(writeZip(folder.path() / "pytorch_model.bin", members));
    }
    Result<Checkpoint> openTensor(const P::Tensor& tensor) const {
        return open(P::whole(P::dict({{"w", P::value(tensor)}})));
    }
};

}  // namespace

TEST_F(TorchFile, mapsContiguousTensorsAndSharedStorages) {
    const auto checkpoint =
        open(P::whole(P::dict({{"w", P::value({.elements = 6, .size = {2, 3}, .stride = {3, 1}})},
                               {"tied", P::value({.elements = 6, .size = {2, 3}, .stride = {3, 1}})},
                               {"tail", P::value({.elements = 6, .offset = 4, .size = {1, 2}, .stride = {99, 1}})},
                               {"scalar", P::value({.elements = 6, .offset = 5})},
                               {"none", P::value({.elements = 6, .size = {0, 2}, .stride = {2, 1}})},
                               {"epoch", P::integer(3)}})));
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
    EXPECT_EQ(checkpoint->formatName(), "PyTorch zip");
    ASSERT_EQ(checkpoint->tensors().size(), 5u);
    EXPECT_EQ(checkpoint->find("w")->shape, (Shape{2, 3}));
    EXPECT_EQ(valuesOf<float>(checkpoint->find("w")->bytes), (std::vector<float>{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(checkpoint->find("w")->bytes.data(), checkpoint->find("tied")->bytes.data());
    EXPECT_EQ(checkpoint->find("tail")->bytes.data(), checkpoint->find("w")->bytes.data() + 16);
    EXPECT_EQ(valuesOf<float>(checkpoint->find("scalar")->bytes), std::vector<float>{5});
    EXPECT_TRUE(checkpoint->find("none")->bytes.empty());
    EXPECT_EQ(checkpoint->find("epoch"), nullptr);
}

TEST_F(TorchFile, copiesTransposedAndExpandedTensors) {
    const auto transposed = openTensor({.elements = 6, .size = {3, 2}, .stride = {1, 3}});
    ASSERT_TRUE(transposed.ok()) << transposed.error().message;
    EXPECT_EQ(valuesOf<float>(transposed->find("w")->bytes), (std::vector<float>{0, 3, 1, 4, 2, 5}));
    const auto everyOther = openTensor({.elements = 6, .offset = 1, .size = {3}, .stride = {2}});
    ASSERT_TRUE(everyOther.ok());
    EXPECT_EQ(valuesOf<float>(everyOther->find("w")->bytes), (std::vector<float>{1, 3, 5}));
    const auto expanded = openTensor({.elements = 6, .size = {2, 2, 1}, .stride = {0, 1, 1}});
    ASSERT_TRUE(expanded.ok());
    EXPECT_EQ(valuesOf<float>(expanded->find("w")->bytes), (std::vector<float>{0, 1, 0, 1}));
}

TEST_F(TorchFile, knowsEveryStorageType) {
    const std::vector<std::pair<std::string, DType>> types{
        {"FloatStorage", DType::F32},  {"HalfStorage", DType::F16}, {"BFloat16Storage", DType::BF16},
        {"DoubleStorage", DType::F64}, {"LongStorage", DType::I64}, {"IntStorage", DType::I32},
        {"ShortStorage", DType::I16},  {"CharStorage", DType::I8},  {"ByteStorage", DType::U8},
        {"BoolStorage", DType::Bool}};
    for (const auto& [type, dtype] : types) {
        const auto checkpoint = openTensor({.type = type, .elements = 3, .size = {3}, .stride = {1}});
        ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
        EXPECT_EQ(checkpoint->find("w")->dtype, dtype);
        EXPECT_EQ(checkpoint->find("w")->bytes.size(), 3 * byteSize(dtype));
    }
}

TEST_F(TorchFile, acceptsOneLevelAroundTheStateDict) {
    const std::string inner = P::dict({{"w", P::value({.elements = 6, .size = {6}, .stride = {1}})}});
    for (const char* key : {"model", "state_dict"}) {
        const auto checkpoint = open(P::whole(P::dict({{"epoch", P::integer(1)}, {key, inner}})));
        ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
        EXPECT_NE(checkpoint->find("w"), nullptr);
    }
    expectError(open(P::whole(P::dict({{"weights", inner}}))), kFormat, {"no tensors"});
    expectError(open(P::whole(P::integer(1))), kUnsupported, {"no dictionary", "state_dict()"});
}

TEST_F(TorchFile, acceptsModulesOrderedDictWithMetadataAndParameters) {
    const std::string tensor = P::value({.elements = 6, .size = {6}, .stride = {1}});
    const std::string parameter = P::global("torch._utils", "_rebuild_parameter") + "(" + tensor + "\x88" + "}tR";
    const auto checkpoint = open(P::whole(P::global("collections", "OrderedDict") + ")R(" + P::text("w") + parameter +
                                          "u" + P::dict({{"_metadata", "}"}}) + "b"));
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
    EXPECT_EQ(checkpoint->find("w")->shape, Shape{6});
}

TEST_F(TorchFile, readsProtocolFourFraming) {
    const auto shortText = [](const std::string& s) {
        return "\x8c" + raw(static_cast<std::uint8_t>(s.size())) + s + "\x94";
    };
    const std::string call = shortText("torch._utils") + shortText("_rebuild_tensor_v2") + "\x93" + "((" +
                             shortText("storage") + shortText("torch") + shortText("FloatStorage") + "\x93" +
                             shortText("0") + shortText("cpu") + "K\x06" + "tQ" + "\x8a" + std::string(1, '\0') +
                             "K\x06\x85K\x01\x85\x89}tR";
    const auto checkpoint = open("\x80\x04\x95" + raw(std::uint64_t{9}) + "}\x94(" + shortText("w") + call + "u.");
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
    EXPECT_EQ(valuesOf<float>(checkpoint->find("w")->bytes).size(), 6u);
}

TEST(Pickle, refusesEveryOtherGlobalByName) {
    for (const auto& [module, name] :
         std::vector<std::pair<std::string, std::string>>{{"os", "system"},
                                                          {"posix", "system"},
                                                          {"builtins", "eval"},
                                                          {"torch", "load"},
                                                          {"torch._utils", "_rebuild_tensor"},
                                                          {"collections", "deque"},
                                                          {"torch", "FloatStorage.__class__"},
                                                          {"", ""}}) {
        expectError(unpickle("\x80\x02" + P::global(module, name) + "X" + raw(std::uint32_t{2}) + "ls\x85R."),
                    kUnsupported, {"pytorch_model.bin asks to run " + module + "." + name, "refused", "safetensors"});
    }
    expectError(unpickle("\x80\x04"
                         "\x8c\x05posix\x8c\x06system\x93."),
                kUnsupported, {"posix.system"});
}

TEST(Pickle, refusesMalformedPrograms) {
    const std::string start = "\x80\x02";
    expectError(unpickle(""), kFormat, {"breaks off"});
    expectError(unpickle(start + "}"), kFormat, {"breaks off"});
    expectError(unpickle(start + "."), kFormat, {"without a value"});
    expectError(unpickle(std::string("\x80\x09.", 3)), kFormat, {"protocol 9"});
    for (const char* underflow :
         {"0.", "t.", "\x85.", "s.", "u.", "a.", "e.", "R.", "Q.", "b.", "\x93.", "(R.", "q", "(s.", "}K\x01(s."})
        expectError(unpickle(start + underflow), kFormat, {"pytorch_model.bin", "byte"});
    expectError(unpickle(start + "h\x05."), kFormat, {"never stored"});
    expectError(unpickle(start + "\x8a\xff" + std::string(255, '\x7f') + "."), kFormat, {"integer of 255 bytes"});
    expectError(unpickle(start + "X" + raw(std::uint32_t{0xffffffff}) + "abc"), kFormat, {"text breaks off"});
    expectError(unpickle(start + "\x8d" + raw(~std::uint64_t{0}) + "abc"), kFormat, {"text breaks off"});
    expectError(unpickle(start + "cos"), kFormat, {"name breaks off"});
    expectError(unpickle(start + "K\x01K\x02\x86R."), kFormat, {"byte"});
    expectError(unpickle(start + "K\x01K\x02"
                                 "a."),
                kFormat, {"no list"});
    expectError(unpickle(start + "K\x01"
                                 "b."),
                kFormat, {"byte"});
    expectError(unpickle(start + "}(K\x01u."), kFormat, {"no dictionary"});
    expectError(unpickle(start + "P0\n."), kFormat, {"instruction 80"});
    expectError(unpickle(start + P::global("torch", "FloatStorage") + ")R."), kFormat, {"no function"});
}

TEST(Pickle, survivesSelfReferenceAndDepth) {
    // d = {}; d["d"] = d
    const auto cyclic = unpickle("\x80\x02}q\x01(" + P::text("d") + "h\x01u.");
    ASSERT_TRUE(cyclic.ok());
    const auto& dict = std::get<pickle::Dict>(cyclic->values[cyclic->root]);
    EXPECT_EQ(dict.items[0].second, cyclic->root);
    std::string deep = "\x80\x02)";
    for (int i = 0; i < 1'000'000; ++i) deep += '\x85';
    EXPECT_TRUE(unpickle(deep + ".").ok());
}

TEST(Pickle, boundsWhatItHolds) {
    expectError(unpickle("\x80\x02" + std::string(pickle::kMaxValues + 1, '}')), kFormat, {"more values"});
    expectError(unpickle(std::string(pickle::kMaxBytes + 1, '}')), kFormat, {"bytes"});
}

TEST(Pickle, readsIntegers) {
    const auto value = [](const std::string& op) {
        return std::get<std::int64_t>(unpickle("\x80\x02" + op + ".")->values[0]);
    };
    EXPECT_EQ(value("K\xff"), 255);
    EXPECT_EQ(value("M\x01\x80"), 0x8001);
    EXPECT_EQ(value("J" + raw(std::int32_t{-5})), -5);
    EXPECT_EQ(value(std::string("\x8a\x00", 2)), 0);
    EXPECT_EQ(value("\x8a\x01\xfe"), -2);
    EXPECT_EQ(value(std::string("\x8a\x05\x00\x00\x00\x00\x01", 7)), std::int64_t{1} << 32);
    EXPECT_EQ(value("\x8a\x08" + raw(INT64_MIN)), INT64_MIN);
    EXPECT_DOUBLE_EQ(std::get<double>(unpickle("\x80\x02G\x3f\xf8" + std::string(6, '\0') + ".")->values[0]), 1.5);
}

TEST_F(TorchFile, refusesTensorsThatLeaveTheirStorage) {
    expectError(openTensor({.elements = 6, .size = {7}, .stride = {1}}), kFormat, {"\"w\"", "beyond its storage of 6"});
    expectError(openTensor({.elements = 6, .offset = 1, .size = {6}, .stride = {1}}), kFormat, {"\"w\"", "beyond"});
    expectError(openTensor({.elements = 7, .size = {7}, .stride = {1}}), kFormat, {"\"w\"", "24 bytes", "7 elements"});
    expectError(openTensor({.elements = 6, .size = {2, 2}, .stride = {5, 1}}), kFormat, {"\"w\"", "beyond"});
    expectError(openTensor({.elements = 6, .offset = -1, .size = {2}, .stride = {1}}), kFormat,
                {"\"w\"", "make no sense"});
    expectError(openTensor({.elements = 6, .size = {-2}, .stride = {1}}), kFormat, {"\"w\"", "make no sense"});
    expectError(openTensor({.elements = 6, .size = {2}, .stride = {-1}}), kFormat, {"\"w\"", "make no sense"});
    expectError(openTensor({.elements = 6, .size = {2}, .stride = {1, 1}}), kFormat, {"\"w\"", "make no sense"});
    expectError(openTensor({.elements = -6, .size = {2}, .stride = {1}}), kFormat, {"storage is described wrongly"});
    expectError(openTensor({.elements = 6, .size = {INT32_MAX, INT32_MAX, INT32_MAX}, .stride = {0, 0, 0}}), kFormat,
                {"\"w\"", "2^63"});
    expectError(openTensor({.elements = 6, .size = {1 << 30}, .stride = {0}}), kUnsupported, {"\"w\"", "unfolds"});
    expectError(openTensor({.elements = 6, .size = {1, 1, 1, 1, 1}, .stride = {1, 1, 1, 1, 1}}), kUnsupported,
                {"\"w\"", "4 dimensions"});
    expectError(openTensor({.key = "../0", .elements = 6, .size = {6}, .stride = {1}}), kFormat, {"../0", "missing"});
}

TEST_F(TorchFile, boundsCopiesInAll) {
    std::vector<std::pair<std::string, std::string>> items;
    for (int i = 0; i < 3; ++i)
        items.emplace_back("w" + std::to_string(i),
                           P::value({.elements = 60'000, .size = {200, 300}, .stride = {1, 200}}));
    expectError(open(P::whole(P::dict(items)), {{"archive/data/0", std::string(240'000, 'x')}}), kUnsupported,
                {"\"w2\"", "unfolds"});
}

TEST_F(TorchFile, refusesNamesTwiceAndNoText) {
    const std::string tensor = P::value({.elements = 6, .size = {6}, .stride = {1}});
    expectError(open(P::whole(P::dict({{"w", tensor}, {"w", tensor}}))), kFormat, {"\"w\"", "twice"});
    expectError(open(P::whole("}K\x01" + tensor + "s")), kFormat, {"name is no text"});
}

TEST_F(TorchFile, minds_byteorder) {
    const std::string pickle = P::whole(P::dict({{"w", P::value({.elements = 6, .size = {6}, .stride = {1}})}}));
    EXPECT_TRUE(open(pickle, {{"archive/data/0", kSix}, {"archive/byteorder", "little"}}).ok());
    expectError(open(pickle, {{"archive/data/0", kSix}, {"archive/byteorder", "big"}}), kUnsupported, {"big-endian"});
}

TEST_F(TorchFile, refusesOtherFiles) {
    const auto open = [&](const std::string& content) {
        return Checkpoint::open(folder.write("pytorch_model.bin", content));
    };
    expectError(open("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03."), kUnsupported,
                {"before 1.6", "safetensors"});
    expectError(open("nonsense"), kUnsupported, {"neither", "safetensors"});
    expectError(open("GGUF\x03"), kFormat, {"header", "past the end"});
    expectError(open("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"), ErrorCode::NotFound,
                {"git lfs pull"});
    const auto zip = writeZip(folder.path() / "other.bin", {{"readme.txt", "hello"}});
    expectError(Checkpoint::open(zip), kFormat, {"without data.pkl"});
}
