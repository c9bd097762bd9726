#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>

#include "app/cli/capture_arguments.h"
#include "app/cli/command.h"
#include "app/cli/trace.h"
#include "engine/export/number_file.h"
#include "engine/formats/atomic_file.h"
#include "engine/runtime/text_stream.h"

namespace ms::cli {

namespace {

struct RunArguments : Common {
    std::string model, prompt, promptFile, ids, capture, layers, out;
    int maxNew = 100;
    SamplerOptions sampling;
};

std::stop_source s_interrupt;

/// Of what is done from now on: Ctrl+C asks it to stop. A second one ends the program at once.
std::stop_token stopOnInterrupt() {
    std::signal(SIGINT, SIG_DFL);
    s_interrupt = std::stop_source();
    std::signal(SIGINT, [](int) {
        std::signal(SIGINT, SIG_DFL);
        s_interrupt.request_stop();
    });
    return s_interrupt.get_token();
}

Result<std::vector<TokenId>> promptIds(const RunArguments& o, const Model& model) {
    if (!o.ids.empty()) return parseIds(o.ids);
    std::string text = o.prompt;
    if (!o.promptFile.empty()) { MS_TRY(text, readFile(o.promptFile)); }
    if (text.empty()) {
        if (model.beginOfText()) return std::vector<TokenId>{*model.beginOfText()};
        return Error{ErrorCode::InvalidArgument, "nothing to read: give --prompt, --prompt-file or --ids"};
    }
    if (model.tokenizer() == nullptr)
        return Error{ErrorCode::InvalidArgument, model.info().path.string() + ": no tokenizer.json beside the weights; give --ids instead of text"};
    return model.tokenizer()->encode(text);
}

/// Prints tokens as they come: text where there is a tokenizer, ids where not.
class Printer {
public:
    Printer(const Tokenizer* tokenizer, bool silent) : m_silent(silent) {
        if (tokenizer != nullptr) m_decoder.emplace(*tokenizer);
    }
    void add(TokenId id) {
        const std::string piece = m_decoder ? m_decoder->push(id) : std::to_string(id) + " ";
        emit(piece);
    }
    void finish() {
        if (m_decoder) emit(m_decoder->flush());
        if (!m_silent) std::cout << std::endl;
    }
    [[nodiscard]] const std::string& text() const { return m_text; }

private:
    void emit(const std::string& piece) {
        m_text += piece;
        if (!m_silent) std::cout << piece << std::flush;
    }
    std::optional<StreamDecoder> m_decoder;
    bool m_silent;
    std::string m_text;
};

Result<void> checkOptions(const RunArguments& o) {
    if (!o.capture.empty() && o.out.empty())
        return Error{ErrorCode::InvalidArgument, "--capture needs --out TRACE.npz or TRACE.csv to write to"};
    if (o.capture.empty() && !o.out.empty())
        return Error{ErrorCode::InvalidArgument, "--out needs --capture to say what to write, for example dt,state_norm"};
    if (o.out.empty()) return {};
    MS_CHECK(numberFormat(o.out));
    MS_CHECK(AtomicFile::create(o.out));  // and dropped: a place that cannot be written is noticed before the run
    return {};
}

Result<void> runModel(const RunArguments& o) {
    MS_CHECK(checkOptions(o));
    MS_TRY(auto model, openModel(o, o.model));
    MS_CHECK(model->expectText());
    MS_TRY(const std::vector<TokenId> prompt, promptIds(o, *model));
    MS_TRY(auto session, Session::create(model));
    CaptureStore store;
    if (!o.capture.empty()) {
        MS_TRY(const std::vector<CaptureRequest> requests, parseCapture(o.capture, o.layers, model->dims()));
        MS_TRY(CapturePlan plan, CapturePlan::create(requests, model->dims()));
        MS_CHECK(session->setCapture(std::move(plan), [&store](const CaptureFrame& frame) { store.append(frame); }));
    }
    MS_TRY(auto stream, TextStream::create(std::move(session), o.sampling));

    const std::stop_token stop = stopOnInterrupt();  // a trace of what was read is still written
    std::vector<TokenEvent> tokens;
    Printer printer(model->tokenizer(), o.json);
    const auto keep = [&](const TokenEvent& event) {
        tokens.push_back(event);
        printer.add(event.id);
    };
    PrefillOptions reading;
    reading.stop = stop;
    reading.progress = terminalProgress();
    MS_CHECK(stream->read(prompt, keep, reading));
    const auto start = std::chrono::steady_clock::now();
    int written = 0;
    for (; written < o.maxNew && !stream->ended() && !stop.stop_requested(); ++written) {
        MS_TRY(const TokenEvent event, stream->next());
        keep(event);
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double rate = seconds > 0 ? written / seconds : 0;
    printer.finish();

    nlohmann::json result = {{"model", model->info().name}, {"fingerprint", model->info().fingerprint},
                             {"device", model->backend().info().name}, {"version", MAMBASCOPE_VERSION},
                             {"prompt_tokens", prompt.size()}, {"new_tokens", written}, {"tokens_per_second", rate},
                             {"text", printer.text()}};
    const auto dump = [&] { return result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace); };
    if (!o.out.empty()) {
        MS_CHECK(writeTrace({o.out, o.capture, o.layers, o.sampling}, store, *model, tokens, stopOnInterrupt()));
        result["trace"] = o.out;
    }
    if (o.json) {
        result["ids"] = nlohmann::json::array();
        for (const TokenEvent& t : tokens) result["ids"].push_back(t.id);
        std::cout << dump() << '\n';
    } else {
        std::fprintf(stderr, "%zu tokens read, %d written, %.1f tokens/s on %s\n", prompt.size(), written, rate,
                     model->backend().info().name.c_str());
    }
    return {};
}

}  // namespace

void addRun(CLI::App& app, int& exitCode) {
    auto o = std::make_shared<RunArguments>();
    CLI::App* command = app.add_subcommand("run", "Read a prompt and write on; capture internals");
    command->add_option("MODEL", o->model, "Checkpoint folder or file")->required();
    CLI::Option* prompt = command->add_option("--prompt", o->prompt, "Text to read");
    CLI::Option* file = command->add_option("--prompt-file", o->promptFile, "File with the text to read")->excludes(prompt);
    command->add_option("--ids", o->ids, "Token ids to read: 1,2,3")->excludes(prompt)->excludes(file);
    command->add_option("--max-new", o->maxNew, "Tokens to write")->check(CLI::NonNegativeNumber)->capture_default_str();
    command->add_option("--temperature", o->sampling.temperature, "0: always the most probable")->capture_default_str();
    command->add_option("--top-k", o->sampling.topK, "Keep the k most probable, 0: all")->capture_default_str();
    command->add_option("--top-p", o->sampling.topP, "Keep the most probable that reach p together")->capture_default_str();
    command->add_option("--seed", o->sampling.seed, "Start of the random sequence")->capture_default_str();
    command->add_option("--capture", o->capture, "Probe points: dt,state_norm.mean,…");
    command->add_option("--layers", o->layers, "Layers to capture: 0-3,7 (default: all)");
    command->add_option("--out", o->out, "File for what was captured: .npz or .csv");
    addCommon(*command, *o);
    command->callback([o, &exitCode] {
        if (const auto done = runModel(*o); !done) exitCode = fail(done.error());
    });
}

}  // namespace ms::cli
