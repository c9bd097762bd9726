// Precompiled for the widget libraries: what nearly every file of theirs includes anyway.
#pragma once

#include <QAbstractItemModel>
#include <QAction>
#include <QHash>
#include <QLayout>
#include <QMouseEvent>
#include <QObject>
#include <QPainter>
#include <QSettings>
#include <QString>
#include <QTimer>
#include <QToolButton>
#include <QWidget>
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>
