// Sessions to and from files through the engine host: the same values, the same text afterwards, and what is said when the file
// or its model is not as it was.
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <cmath>

#include "engine/audio/sound_track.h"
#include "tests/ui/session_host.h"

using namespace ms;
using namespace ms::test;

namespace {

QByteArray contents(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void store(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

/// One bit of the content of a member of an archive is another.
QByteArray damaged(QByteArray archive, const char* member, qsizetype behind = 300) {
    const qsizetype at = archive.indexOf(member) + qstrlen(member) + behind;
    archive[at] = static_cast<char>(archive[at] ^ 0x10);
    return archive;
}

void copyFolder(const QString& from, const QString& to) {
    QVERIFY(QDir().mkpath(to));
    for (const QString& file : QDir(from).entryList(QDir::Files)) QVERIFY(QFile::copy(from + QLatin1Char('/') + file, to + QLatin1Char('/') + file));
}

/// What was read again may have been read in other chunks, which rounds otherwise.
bool alike(const std::map<std::string, std::vector<std::uint32_t>>& a, const std::map<std::string, std::vector<std::uint32_t>>& b) {
    if (a.size() != b.size()) return false;
    for (const auto& [series, x] : a) {
        const auto other = b.find(series);
        if (other == b.end() || other->second.size() != x.size()) return false;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const float u = std::bit_cast<float>(x[i]), v = std::bit_cast<float>(other->second[i]);
            if (x[i] != other->second[i] && !(std::abs(u - v) <= 1e-5f + 1e-4f * std::abs(v))) return false;
        }
    }
    return true;
}

InterventionList someInterventions() {
    InterventionValue scale, clamp;
    scale.layers = {1};
    scale.channels = {2, 3};
    scale.factor = 0.25f;
    clamp.kind = InterventionValue::Kind::ClampDt;
    clamp.low = 0.01f;
    return {scale, clamp};
}

}  // namespace

class TestSessionHost : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everythingComesBackToTheBit() {
        const QString file = m_folder.filePath(QStringLiteral("größe ж.mscope"));
        SessionHost a;
        QVERIFY(a.openModel() && a.run(100, 40));
        QVERIFY(a.change(someInterventions()));
        a.engine.takeSnapshot(QStringLiteral("im Prompt"), 49);
        a.engine.takeSnapshot(QStringLiteral("später"), 119);
        QTRY_COMPARE(a.kept().size(), 2u);
        QVERIFY(a.save(file, {QStringLiteral("a prompt"), 33, {}, {}, QByteArrayLiteral("{\"x\":1}")}));
        SessionHost b;
        QVERIFY(b.open(file));
        QCOMPARE(b.session().window.prompt, QStringLiteral("a prompt"));
        QCOMPARE(b.session().window.maxNew, 33);
        QCOMPARE(b.session().window.window, QByteArrayLiteral("{\"x\":1}"));
        QCOMPARE(b.session().sampling, (SamplingSettings{0.9f, 0, 0.95f, 7}));
        QCOMPARE(b.session().interventions, someInterventions());
        QVERIFY(b.session().lost.isEmpty());
        QCOMPARE(b.ids(), a.ids());
        QCOMPARE(b.rows(), a.rows());
        QVERIFY(a.captured().size() > 10);
        QCOMPARE(b.captured(), a.captured());
        QCOMPARE(b.engine.feed().tokens().textAt(3), a.engine.feed().tokens().textAt(3));
        QCOMPARE(b.kept().size(), 2u);
        QCOMPARE(b.kept()[0].name, QStringLiteral("im Prompt"));
        QCOMPARE(b.kept()[1].tokens, 120);
        for (const qint64 token : {5, 64, 99, 131, 139}) {
            const TokenValues x = a.look(token), y = b.look(token);
            QVERIFY(!x.values.empty());
            QCOMPARE(y.values, x.values);
            QCOMPARE(y.logits, x.logits);
        }
        QVERIFY2(b.failures.isEmpty(), b.failures.isEmpty() ? "" : qPrintable(b.failures[0][0].toString()));
        // Kept snapshots are places to go to, as before.
        b.engine.goToSnapshot(b.kept()[0].id);
        QTRY_COMPARE_WITH_TIMEOUT(b.tokens().size(), 50, kPatience);
        QCOMPARE(b.ids(), a.ids().first(50));
    }

    void textGoesOnAsIfNothingHadHappened() {
        constexpr int kWritten = 4000;  // enough to be in the midst of when it is saved
        SessionHost whole;
        QVERIFY(whole.openModel() && whole.run(30, kWritten));
        const QString file = m_folder.filePath(QStringLiteral("half.mscope"));
        {
            SessionHost first;
            QVERIFY(first.openModel());
            first.engine.run(SessionHost::prompt(30, kWritten));
            QVERIFY(first.waitForTokens(60));
            QVERIFY(first.save(file));  // in the midst of writing
        }
        SessionHost second;
        QVERIFY(second.open(file));
        QCOMPARE(second.engine.state(), EngineState::Paused);
        QVERIFY(second.tokens().size() >= 60 && second.tokens().size() < 30 + kWritten);
        second.engine.resume(SessionHost::prompt(30, kWritten));  // what is left is written, not as much again
        QVERIFY(second.waitForTokens(30 + kWritten) && second.settle());
        QCOMPARE(second.ids(), whole.ids());
        QCOMPARE(second.rows(), whole.rows());
        const auto all = whole.captured(), again = second.captured();
        for (const auto& [series, values] : all)
            if (series.find("selectivity") == series.npos) QCOMPARE(again.at(series), values);  // its window began anew
    }

    void aSwappedInStateStays() {
        const QString file = m_folder.filePath(QStringLiteral("swapped.mscope"));
        SessionHost a;
        QVERIFY(a.openModel() && a.run(80, 0 + 20));
        a.engine.takeSnapshot(QStringLiteral("early"), 9);
        QTRY_COMPARE(a.kept().size(), 1u);
        a.engine.swapState(a.kept()[0].id, {0});
        QTRY_VERIFY(!a.notes.isEmpty());
        a.engine.resume(SessionHost::prompt(80, 20));
        QVERIFY(a.waitForTokens(120) && a.settle());
        QVERIFY(a.save(file));
        SessionHost b;
        QVERIFY(b.open(file));
        for (const qint64 token : {50, 99, 100, 119}) QCOMPARE(b.look(token).values, a.look(token).values);
        // Its last state gone, it is read again through the state that was swapped in.
        QByteArray bytes = contents(file);
        int end = -1;
        for (int i = 0; i < 20; ++i)
            if (const qsizetype at = bytes.indexOf("\"end\": "); at >= 0) end = bytes.mid(at + 7, 3).split(',')[0].trimmed().toInt();
        QVERIFY(end >= 0);
        store(file, damaged(bytes, qPrintable(QStringLiteral("states/%1.safetensors").arg(end)), 4000));
        SessionHost c;
        QVERIFY(c.open(file));
        QVERIFY(!c.session().lost.isEmpty());
        QCOMPARE(c.ids(), a.ids());
        QCOMPARE(c.look(119).values, a.look(119).values);
    }

    void whatIsDamagedIsReadAgainAndSaid() {
        const QString file = m_folder.filePath(QStringLiteral("good.mscope")), bad = m_folder.filePath(QStringLiteral("bad.mscope"));
        SessionHost a;
        QVERIFY(a.openModel() && a.run(60, 20) && a.save(file));
        const QByteArray good = contents(file);
        const auto opens = [&](const QByteArray& bytes, const char* says) {
            store(bad, bytes);
            SessionHost b;
            QVERIFY(b.open(bad));
            QVERIFY2(b.session().lost.join(QLatin1Char('\n')).contains(QLatin1String(says)), qPrintable(b.session().lost.join(QLatin1Char('\n'))));
            QCOMPARE(b.ids(), a.ids());
            QTRY_VERIFY_WITH_TIMEOUT(alike(b.captured(), a.captured()), kPatience);
            QVERIFY(b.failures.isEmpty());
        };
        opens(damaged(good, "captures/layer.1.dt.mean.npy"), "1 of ");
        opens(damaged(good, "session.json"), "copy is intact");
        opens(good.first(good.indexOf("captures/layer.0.gate.npy") + 100), "incomplete or damaged");
        opens(good.first(good.indexOf("states/0.safetensors") + 100), "incomplete or damaged");
        // Without a description it is no session: one line, and what is open stays.
        store(bad, good.first(60));
        SessionHost c;
        QVERIFY(c.openModel());
        QVERIFY(!c.open(bad));
        QCOMPARE(c.failures.count(), 1);
        QVERIFY(c.failures[0][0].toString().startsWith(bad));
        QVERIFY(c.settle() && c.engine.model() != nullptr);
    }

    void aMovedModelIsFoundOrAskedFor() {
        QTemporaryDir models;
        const QString before = models.filePath(QStringLiteral("before/tiny")), after = models.filePath(QStringLiteral("after/tiny"));
        const QString file = models.filePath(QStringLiteral("s.mscope"));
        copyFolder(kTiny, before);
        SessionHost a;
        a.engine.open(before);
        QTRY_VERIFY_WITH_TIMEOUT(a.engine.model() != nullptr, kPatience);
        QVERIFY(a.settle() && a.run(40, 10) && a.save(file));
        QVERIFY(QDir().mkpath(models.filePath(QStringLiteral("after"))) && QDir().rename(before, after));
        SessionHost b;
        QVERIFY(!b.open(file));
        QCOMPARE(b.questions.count(), 1);
        const auto question = b.questions[0][0].value<SessionModelQuestion>();
        QCOMPARE(question.modelPath, before);
        QVERIFY(question.found.isEmpty() && question.reason.contains(QStringLiteral("tiny")));
        QVERIFY(b.engine.model() == nullptr);
        // The user says where.
        SessionOpen wish = question.wish;
        wish.model = after;
        SessionHost c;
        QVERIFY(c.open(wish));
        QCOMPARE(c.captured(), a.captured());
        // A model that was opened lately does without a question, but not without a word.
        wish.model.clear();
        wish.elsewhere = {kTiny};
        SessionHost d;
        QVERIFY(d.open(wish));
        QCOMPARE(d.ids(), a.ids());
        QCOMPARE(d.notes.count(), 1);
        QVERIFY(d.notes[0][0].toString().contains(kTiny));
    }

    void anotherModelIsNeverTakenSilently() {
        QTemporaryDir models;
        const QString model = models.filePath(QStringLiteral("tiny")), file = models.filePath(QStringLiteral("s.mscope"));
        copyFolder(kTiny, model);
        SessionHost a;
        a.engine.open(model);
        QTRY_VERIFY_WITH_TIMEOUT(a.engine.model() != nullptr, kPatience);
        QVERIFY(a.settle() && a.run(40, 10) && a.save(file));
        // Trained on: same shapes, other weights, far from the beginning of any tensor.
        QByteArray weights = contents(model + QStringLiteral("/model.safetensors"));
        weights[weights.size() - 100] = static_cast<char>(weights[weights.size() - 100] ^ 0x01);
        QTest::qWait(20);
        store(model + QStringLiteral("/model.safetensors"), weights);
        SessionHost b;
        QVERIFY(!b.open(file));
        QCOMPARE(b.questions.count(), 1);
        auto question = b.questions[0][0].value<SessionModelQuestion>();
        QCOMPARE(question.found, model);
        QVERIFY(question.reason.contains(QStringLiteral("weights differ")));
        question.wish.model = question.found;
        question.wish.anyModel = true;
        SessionHost c;
        QVERIFY(c.open(question.wish));
        QCOMPARE(c.ids(), a.ids());
        QTRY_VERIFY_WITH_TIMEOUT(c.captured().size() == a.captured().size(), kPatience);
        QVERIFY(c.failures.isEmpty());
        // Touched but the same: its hash says so.
        store(model + QStringLiteral("/model.safetensors"), contents(kTiny + QStringLiteral("/model.safetensors")));
        SessionHost d;
        QVERIFY(d.open(file));
        QCOMPARE(d.captured(), a.captured());
    }

    void aFailedSaveLeavesTheOldFile() {
        const QString file = m_folder.filePath(QStringLiteral("kept.mscope"));
        SessionHost a;
        QVERIFY(a.openModel() && a.run(40, 10) && a.save(file));
        const QByteArray before = contents(file);
        QVERIFY(!a.save(m_folder.filePath(QStringLiteral("no such folder/x.mscope"))));
        QVERIFY2(a.failures[0][0].toString().contains(QStringLiteral("no such folder")), qPrintable(a.failures[0][0].toString()));
        QCOMPARE(contents(file), before);
        QCOMPARE(QDir(m_folder.path()).entryList({QStringLiteral("*.part")}, QDir::Files | QDir::Hidden).size(), 0);
    }

    void aSessionOfSpeechComesBack() {
        const QString file = m_folder.filePath(QStringLiteral("speech.mscope"));
        SessionHost a;
        a.engine.feed().setRequests(&a.view, {request(ProbePoint::Dt), request(ProbePoint::Features, Reduction::None)});
        a.engine.setSpeechModel(QStringLiteral(MS_RESOURCES "/models/speech"));
        a.engine.transcribe(QStringLiteral(MS_TEST_DATA "/audio/speech.flac"));
        QTRY_VERIFY_WITH_TIMEOUT(!a.engine.speech().words().empty() && a.engine.state() == EngineState::Idle, kPatience);
        a.engine.speech().replaceWord(1, QStringLiteral("Gé"));
        a.engine.takeSnapshot(QStringLiteral("frame"), 20);
        QTRY_COMPARE(a.kept().size(), 1u);
        SessionWindowPart part;
        part.words = a.engine.speech().words();
        QVERIFY(a.save(file, part));
        SessionHost b;
        b.engine.feed().setRequests(&b.view, {request(ProbePoint::Dt), request(ProbePoint::Features, Reduction::None)});
        QVERIFY(b.open(file));
        QCOMPARE(b.session().window.words, part.words);
        QVERIFY(b.session().lost.isEmpty());
        QCOMPARE(b.rows(), a.rows());
        QCOMPARE(b.captured(), a.captured());
        QVERIFY(b.engine.speech().words().empty());  // the window puts in what the file says
        QCOMPARE(b.engine.speech().sound()->samples(), a.engine.speech().sound()->samples());
        QCOMPARE(b.kept().size(), 1u);
        // Once the sound was read again, any frame can be looked at as before.
        QCOMPARE(b.look(31).values, a.look(31).values);
        QVERIFY(b.failures.isEmpty());
    }

    /// Writes the file of the present version; only once for each, and never again: its purpose is to stay as it is.
    void writesTheFileOfThisVersion() {
        const QString file = qEnvironmentVariable("MS_WRITE_SESSION");
        if (file.isEmpty()) QSKIP("MS_WRITE_SESSION names no file");
        SessionHost a;
        a.engine.feed().setRequests(&a.view, {request(ProbePoint::Dt)});
        a.engine.open(qEnvironmentVariable("MS_WRITE_SESSION_MODEL"));
        QTRY_VERIFY_WITH_TIMEOUT(a.engine.model() != nullptr, kPatience);
        InterventionValue scale;
        scale.layers = {1};
        scale.factor = 0.25f;
        scale.enabled = false;  // a baseline would double the file
        QVERIFY(a.settle() && a.run(12, 8) && a.change({scale}));
        a.engine.takeSnapshot(QStringLiteral("five"), 4);
        QTRY_COMPARE(a.kept().size(), 1u);
        QVERIFY(a.save(file, {QStringLiteral("1 8 15 22 29 36 43 50 7 14 21 28"), 8, {}, {}, QByteArrayLiteral("{}")}));
    }

    void opensEveryVersion_data() {
        QTest::addColumn<QString>("file");
        for (const QFileInfo& file : QDir(QStringLiteral(MS_TEST_DATA "/sessions")).entryInfoList({QStringLiteral("*.mscope")}))
            QTest::newRow(qPrintable(file.fileName())) << file.filePath();
    }
    /// One file of every version of the format: what they hold must open for ever. v1: 12 tokens read, 8 written, a scaling of Δ
    /// that is off, a snapshot; of mamba-odd-bf16, whose state is small.
    void opensEveryVersion() {
        QFETCH(QString, file);
        SessionHost host;
        SessionOpen wish;
        wish.path = file;
        wish.model = QStringLiteral(MS_TEST_DATA "/mamba-odd-bf16");
        QVERIFY2(host.open(wish), host.failures.isEmpty() ? "asked" : qPrintable(host.failures[0][0].toString()));
        QVERIFY2(host.session().lost.isEmpty(), qPrintable(host.session().lost.join(QLatin1Char(';'))));
        QCOMPARE(host.tokens().size(), 20);
        QCOMPARE(host.ids().first(3), (QList<TokenId>{1, 8, 15}));
        QCOMPARE(host.kept().size(), 1u);
        QCOMPARE(host.kept()[0].name, QStringLiteral("five"));
        QCOMPARE(host.session().interventions.size(), 1u);
        QCOMPARE(host.session().interventions[0].factor, 0.25f);
        QVERIFY(host.engine.feed().store()->find({ProbePoint::Dt, LayerIndex(0), Reduction::MeanChannels}).has_value());
        QVERIFY(host.look(19).logits.size() == 251 && host.questions.isEmpty());
        host.engine.resume(SessionHost::prompt(12, 4));
        QVERIFY(host.waitForTokens(24));
    }

private:
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestSessionHost)
#include "tst_session_host.moc"
