// Program, versions, licences.
#pragma once

#include <QDialog>

namespace ms {

class AboutDialog : public QDialog {
    Q_OBJECT
public:
    explicit AboutDialog(QWidget* parent = nullptr);
};

}  // namespace ms
