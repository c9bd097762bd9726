// Asks for a model (a folder, or a weights file) or for a session.
#pragma once

#include <QString>
#include <functional>

class QWidget;

namespace ms {

/// Shows the platform's dialog without blocking; `chosen` hears the path, in the GUI thread, unless cancelled.
void askForModelFolder(QWidget* parent, const QString& startFolder, const std::function<void(const QString&)>& chosen);
void askForModelFile(QWidget* parent, const QString& startFolder, const std::function<void(const QString&)>& chosen);
void askForSession(QWidget* parent, const QString& startFolder, const std::function<void(const QString&)>& chosen);
/// The same for a file to be written; `start`: folder and name that are offered.
void askWhereToSave(QWidget* parent, const QString& start, const std::function<void(const QString&)>& chosen);

}  // namespace ms
