// mambascope-cli: everything the window does, without a window.
#include <cstdio>
#include <iostream>

#include "app/cli/command.h"

int main(int argc, char** argv) {
    using namespace ms::cli;
    CLI::App app{"MambaScope without a window: opens Mamba models, runs them, measures them.", "mambascope-cli"};
    app.set_version_flag("--version", "mambascope-cli " MAMBASCOPE_VERSION);
    app.require_subcommand(1);
    int exitCode = kOk;
    addDevices(app, exitCode);
    addInspect(app, exitCode);
    addRun(app, exitCode);
    addVerify(app, exitCode);
    addEvaluate(app, exitCode);
    addTokenize(app, exitCode);
    addTranscribe(app, exitCode);
    addEvaluateSpeech(app, exitCode);
    addBench(app, exitCode);
    addLab(app, exitCode);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& help) {  // --help, --version
        return app.exit(help);
    } catch (const CLI::ParseError& error) {
        std::cerr << "mambascope-cli: " << error.what() << " (see --help)\n";
        return kBadUsage;
    } catch (const std::exception& error) {
        std::cerr << "mambascope-cli: " << error.what() << '\n';
        return kFailed;
    }
    return exitCode;
}
