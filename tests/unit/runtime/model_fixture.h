// A copy of a test checkpoint whose configuration and tensors a test may spoil.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/formats/checkpoint.h"
#include "engine/formats/safetensors_writer.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/model.h"

namespace ms {

class SpoiledModel : public testing::Test {
protected:
    explicit SpoiledModel(const char* source) : m_source(std::filesystem::path(MS_TEST_DATA) / source) {}
    void SetUp() override {
        m_folder = std::filesystem::temp_directory_path() / ("mambascope-model-" + std::to_string(::getpid()));
        std::filesystem::create_directories(m_folder);
        std::filesystem::copy_file(m_source / "config.json", m_folder / "config.json", std::filesystem::copy_options::overwrite_existing);
        auto checkpoint = Checkpoint::open(m_source);
        ASSERT_TRUE(checkpoint);
        for (const TensorInfo& t : checkpoint->tensors())
            m_tensors.push_back({t.name, t.dtype, t.shape, {t.bytes.begin(), t.bytes.end()}});
        m_backend = *openDevice("host");
    }
    void TearDown() override { std::filesystem::remove_all(m_folder); }

    struct Owned {
        std::string name;
        DType dtype;
        Shape shape;
        std::vector<std::byte> bytes;
    };
    Owned& tensor(const std::string& name) {
        for (Owned& t : m_tensors) if (t.name == name) return t;
        ADD_FAILURE() << name;
        return m_tensors.front();
    }
    void write() {
        std::vector<TensorToWrite> all;
        for (const Owned& t : m_tensors) all.push_back({t.name, t.dtype, t.shape, t.bytes});
        const auto written = writeSafetensors(m_folder / "model.safetensors", all);
        ASSERT_TRUE(written) << written.error().message;
    }
    std::string loadError() {
        write();
        const auto model = Model::load(m_folder, m_backend);
        return model ? std::string() : model.error().message;
    }
    static void expectNames(const std::string& message, std::initializer_list<const char*> words) {
        EXPECT_EQ(message.find('\n'), std::string::npos);
        for (const char* word : words) EXPECT_NE(message.find(word), std::string::npos) << message << " lacks " << word;
    }

    std::filesystem::path m_source, m_folder;
    std::vector<Owned> m_tensors;
    std::shared_ptr<Backend> m_backend;
};

}  // namespace ms
