// Films and reports from the window: what their dialogs offer and reckon, and what they write.
#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>

#include "export_support.h"
#include "ui/dialogs/film_dialog.h"
#include "ui/dialogs/film_form.h"
#include "ui/dialogs/report_dialog.h"
#include "ui/widgets/message_bar.h"

using namespace ms;
using namespace ms::test;

class TestRunExports : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        useOwnSettings(m_folder);
        m_window = openTextWindow();
        QVERIFY(m_window);
        m_window->views().show(QStringLiteral("dt"));
    }
    void cleanupTestCase() { m_window.reset(); }

    void speedAndLengthGoTogether() {
        FilmDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        auto* speed = dialog->findChild<QDoubleSpinBox*>(QStringLiteral("film_speed"));
        auto* seconds = dialog->findChild<QDoubleSpinBox*>(QStringLiteral("film_seconds"));
        speed->setValue(20);
        QCOMPARE(seconds->value(), 4.0);  // 60 tokens, and a second that stands still
        seconds->setValue(7);
        QCOMPARE(speed->value(), 10.0);
        auto* note = dialog->findChild<QLabel*>(QStringLiteral("film_note"));
        QVERIFY2(note->text().contains(QStringLiteral("7.0 s, 210 frames")), qPrintable(note->text()));
        auto* views = dialog->findChild<QListWidget*>(QStringLiteral("film_views"));
        for (int i = 0; i < views->count(); ++i) views->item(i)->setCheckState(Qt::Unchecked);
        QVERIFY(!dialog->findChild<QPushButton*>(QStringLiteral("film_write"))->isEnabled());
        dialog->reject();
    }

    void everyControlHasNames() {
        const auto check = [](QDialog* dialog, const QString& key) {
            QVERIFY(dialog != nullptr);
            for (QWidget* widget : dialog->findChildren<QWidget*>(QRegularExpression(QLatin1Char('^') + key + QLatin1Char('_'))))
                QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(widget->objectName()));
            const QString shots = qEnvironmentVariable("MS_SHOTS");
            if (!shots.isEmpty()) dialog->grab().save(shots + QStringLiteral("/%1-dialog.png").arg(key));
            dialog->reject();
        };
        check(openDialog(), QStringLiteral("film"));
        check(openReport(), QStringLiteral("report"));
    }

    void reportsWhatWasChosen() {
        ReportDialog* dialog = openReport();
        QCOMPARE(dialog->chosenViews(), QStringList{QStringLiteral("dt")});  // what is seen
        auto* write = dialog->findChild<QPushButton*>(QStringLiteral("report_write"));
        auto* title = dialog->findChild<QLineEdit*>(QStringLiteral("report_title"));
        QCOMPARE(title->text(), QStringLiteral("A run of mamba-tiny"));
        title->clear();
        QVERIFY(!write->isEnabled());
        title->setText(QStringLiteral("What layer 1 keeps"));
        QVERIFY(write->isEnabled());
        dialog->findChild<QPlainTextEdit*>(QStringLiteral("report_text"))->setPlainText(QStringLiteral("Seen at token 45."));
        dialog->findChild<QCheckBox*>(QStringLiteral("report_run"))->setChecked(false);
        auto* views = dialog->findChild<QListWidget*>(QStringLiteral("report_views"));
        for (int i = 0; i < views->count(); ++i)
            if (views->item(i)->data(Qt::UserRole) == QStringLiteral("state")) views->item(i)->setCheckState(Qt::Checked);
        const QString path = m_folder.filePath(QStringLiteral("report.html"));
        dialog->findChild<QLineEdit*>(QStringLiteral("report_path"))->setText(path);
        QSignalSpy written(dialog, &ReportDialog::written);
        write->click();
        QVERIFY(dialog->findChild<QProgressBar*>(QStringLiteral("report_progress"))->isVisible());
        QVERIFY(QTest::qWaitFor([&] { return written.size() == 1; }, kPatience));
        QVERIFY(m_window->messages().text().contains(path));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString html = QString::fromUtf8(file.readAll());
        QCOMPARE(html.count(QStringLiteral("<figure>")), 2);
        for (const char* there : {"<h1>What layer 1 keeps</h1>", "Seen at token 45.", "temperature 0.8", "<h2>Model</h2>"}) QVERIFY2(html.contains(QLatin1String(there)), there);
        QVERIFY(!html.contains(QStringLiteral("<h2>Text</h2>")));
        // The boxes stay as they were left.
        ReportDialog* again = openReport();
        QVERIFY(!again->findChild<QCheckBox*>(QStringLiteral("report_run"))->isChecked());
        again->reject();
    }

    void aReportCanBeCancelled() {
        ReportDialog* dialog = openReport();
        const QString path = m_folder.filePath(QStringLiteral("cancelled.html"));
        dialog->findChild<QLineEdit*>(QStringLiteral("report_path"))->setText(path);
        dialog->findChild<QPushButton*>(QStringLiteral("report_write"))->click();
        dialog->findChild<QPushButton*>(QStringLiteral("report_cancel"))->click();
        auto* note = dialog->findChild<QLabel*>(QStringLiteral("report_note"));
        QVERIFY2(note->isVisible() && note->text().startsWith(QStringLiteral("Cancelled")), qPrintable(note->text()));
        QVERIFY(dialog->isVisible() && dialog->findChild<QPushButton*>(QStringLiteral("report_write"))->isEnabled());
        dialog->reject();
        QVERIFY(!QFile::exists(path));
    }

    void makesAFilm() {
        FilmDialog* dialog = openDialog();
        const QString path = m_folder.filePath(QStringLiteral("window.gif"));
        dialog->form()->setFormat(FilmFormat::Gif);
        dialog->findChild<QSpinBox*>(QStringLiteral("film_width"))->setValue(320);
        dialog->findChild<QSpinBox*>(QStringLiteral("film_height"))->setValue(180);
        dialog->findChild<QDoubleSpinBox*>(QStringLiteral("film_seconds"))->setValue(2);
        dialog->findChild<QLineEdit*>(QStringLiteral("film_path"))->setText(path);
        QSignalSpy written(dialog, &FilmDialog::written);
        dialog->findChild<QPushButton*>(QStringLiteral("film_write"))->click();
        QVERIFY(QTest::qWaitFor([&] { return written.size() == 1; }, kPatience));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.read(6), QByteArray("GIF89a"));
        // The next dialog begins as this one was used.
        FilmDialog* again = openDialog();
        QCOMPARE(again->form()->plan().figure.size, QSizeF(320, 180));
        QCOMPARE(again->form()->format(), FilmFormat::Gif);
        again->reject();
    }

private:
    FilmDialog* openDialog() {
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        m_window->findChild<QAction*>(QStringLiteral("action_filmView"))->trigger();
        return m_window->findChild<FilmDialog*>();
    }

    ReportDialog* openReport() {
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        m_window->findChild<QAction*>(QStringLiteral("action_report"))->trigger();
        return m_window->findChild<ReportDialog*>();
    }

    QTemporaryDir m_folder;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(TestRunExports)
#include "tst_run_exports.moc"
