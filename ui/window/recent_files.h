// The models opened lately, newest first, kept between sessions.
#pragma once

#include <QMenu>
#include <QStringList>

namespace ms {

class RecentFiles : public QMenu {
    Q_OBJECT
public:
    explicit RecentFiles(QWidget* parent = nullptr);

    void add(const QString& path);
    [[nodiscard]] QStringList paths() const;

Q_SIGNALS:
    void chosen(const QString& path);

private:
    void store(const QStringList& paths);
    void rebuild();
};

}  // namespace ms
