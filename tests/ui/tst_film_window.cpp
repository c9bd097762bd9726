// Films from the window: the dialog's choices, its reckoning, and a film from it.
#include <QAction>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>

#include "export_support.h"
#include "ui/dialogs/film_dialog.h"
#include "ui/dialogs/film_form.h"

using namespace ms;
using namespace ms::test;

class TestFilmWindow : public QObject {
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
        FilmDialog* dialog = openDialog();
        for (QWidget* widget : dialog->findChildren<QWidget*>(QRegularExpression(QStringLiteral("^film_"))))
            QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(widget->objectName()));
        const QString shots = qEnvironmentVariable("MS_SHOTS");
        if (!shots.isEmpty()) dialog->grab().save(shots + QStringLiteral("/film-dialog.png"));
        dialog->reject();
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

    QTemporaryDir m_folder;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(TestFilmWindow)
#include "tst_film_window.moc"
