// Every view of the registry on a real, small model: it shows something, says no error, and looks like its golden image.
// MS_UPDATE_GOLDENS=1 writes the images anew; look at them before you commit them.
#include <QImage>
#include <QSettings>

#include "export_support.h"
#include "ui/widgets/message_bar.h"

using namespace ms;
using namespace ms::test;

namespace {

constexpr QSize kSize(760, 420);
const QString kGoldens = QStringLiteral(MS_TEST_DATA "/views");

/// Mean difference of colour channels after shrinking: text may be rendered a little differently, curves and cells not.
double difference(const QImage& a, const QImage& b) {
    const QSize small(a.width() / 4, a.height() / 4);
    const QImage x = a.scaled(small, Qt::IgnoreAspectRatio, Qt::SmoothTransformation).convertToFormat(QImage::Format_RGB32);
    const QImage y = b.scaled(small, Qt::IgnoreAspectRatio, Qt::SmoothTransformation).convertToFormat(QImage::Format_RGB32);
    double sum = 0;
    for (int row = 0; row < small.height(); ++row)
        for (int column = 0; column < small.width(); ++column) {
            const QRgb p = x.pixel(column, row), q = y.pixel(column, row);
            sum += std::abs(qRed(p) - qRed(q)) + std::abs(qGreen(p) - qGreen(q)) + std::abs(qBlue(p) - qBlue(q));
        }
    return sum / (3.0 * small.width() * small.height());
}

int colours(const QImage& image) {
    QSet<QRgb> seen;
    for (int y = 0; y < image.height(); y += 3)
        for (int x = 0; x < image.width(); x += 3) seen.insert(image.pixel(x, y));
    return static_cast<int>(seen.size());
}

}  // namespace

class TestViews : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        useOwnSettings(m_settings);
        m_window = openTextWindow();
        QVERIFY(m_window);
        m_speech = openSpeechWindow();
        QVERIFY(m_speech);
    }
    void cleanupTestCase() {
        m_window.reset();
        m_speech.reset();
    }

    void registryIsInOrder() {
        QSet<QString> ids;
        for (const ViewEntry& entry : viewRegistry()) {
            QVERIFY2(!ids.contains(entry.id), qPrintable(entry.id));
            QVERIFY(!entry.title.isEmpty());
            ids.insert(entry.id);
        }
        QVERIFY(ids.size() >= 3);
    }

    void looksLikeItsGolden_data() {
        QTest::addColumn<QString>("id");
        for (const ViewEntry& entry : viewRegistry()) QTest::newRow(qPrintable(entry.id)) << entry.id;
    }

    void looksLikeItsGolden() {
        QFETCH(QString, id);
        MainWindow* window = isOfSpeech(id) ? m_speech.get() : m_window.get();
        ScopeView* view = window->views().view(id);
        QDockWidget* dock = window->views().dock(id);
        QVERIFY(view != nullptr && dock != nullptr);
        window->views().show(id);
        dock->setFloating(true);
        dock->resize(kSize);
        QVERIFY(QTest::qWaitFor([&] { return view->isActive() && window->engine().state() == EngineState::Idle && !window->engine().progress().active; }, kPatience));
        // Until nothing changes any more: views compute beside the window.
        QImage image;
        for (int still = 0, looks = 0; still < 4 && looks < 100; ++looks) {
            QTest::qWait(150);
            const QImage now = dock->grab().toImage().convertToFormat(QImage::Format_RGB32);
            still = now == image ? still + 1 : 0;
            image = now;
        }
        QVERIFY2(!window->messages().isShowing(), qPrintable(window->messages().text()));
        QVERIFY2(colours(image) > 12, "the view shows nothing");
        const QString file = kGoldens + QLatin1Char('/') + id + QStringLiteral(".png");
        if (qEnvironmentVariableIsSet("MS_UPDATE_GOLDENS")) QVERIFY(image.save(file));
        const QImage golden(file);
        QVERIFY2(!golden.isNull(), qPrintable(file + QStringLiteral(" is missing; run with MS_UPDATE_GOLDENS=1 and look at it")));
        const double apart = golden.size() == image.size() ? difference(image, golden) : 255;
        if (apart > 4) image.save(QDir::temp().filePath(QStringLiteral("view_") + id + QStringLiteral(".png")));
        QVERIFY2(apart <= 4, qPrintable(QStringLiteral("%1 differs by %2 on average").arg(id).arg(apart)));
        dock->close();
        QTRY_VERIFY(!view->isActive());
    }

private:
    QTemporaryDir m_settings;
    std::unique_ptr<MainWindow> m_window, m_speech;
};

QTEST_MAIN(TestViews)
#include "tst_views.moc"
