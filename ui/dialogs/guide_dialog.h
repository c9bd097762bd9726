// The built-in guide: pages of docs/guide, offline.
#pragma once

#include <QDialog>

class QListWidget;
class QTextBrowser;

namespace ms {

class GuideDialog : public QDialog {
    Q_OBJECT
public:
    explicit GuideDialog(QWidget* parent = nullptr);

    /// `page`: a file's name without its ending, "hidden-attention"; unknown ones open the first page.
    void open(const QString& page);
    [[nodiscard]] QString text() const;

private:
    void showPage(int row);
    void search(const QString& text);

    QListWidget* m_contents;
    QTextBrowser* m_text;
};

}  // namespace ms
