// Failure is a value: every fallible function of the engine returns Result<T>.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace ms {

enum class ErrorCode {
    InvalidArgument,  ///< the caller asked for something that makes no sense
    NotFound,         ///< a file, tensor, device or token does not exist
    Io,               ///< the operating system refused to read or write
    Format,           ///< foreign bytes are malformed
    Unsupported,      ///< well-formed, but nothing here can handle it
    OutOfMemory,      ///< host or device memory does not suffice
    Device,           ///< the driver failed or the device was lost
    Cancelled,        ///< the user asked to stop
    Internal,         ///< our own mistake
};

/// One line for the user: what failed, where (file, tensor, field) and what to do about it.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;

    /// The same failure seen from further out: "context: message".
    [[nodiscard]] Error within(const std::string& context) const { return {code, context + ": " + message}; }
};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : m_content(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_content(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const noexcept { return m_content.index() == 0; }
    [[nodiscard]] bool ok() const noexcept { return m_content.index() == 0; }

    T& value() & { assert(ok()); return *std::get_if<0>(&m_content); }
    const T& value() const& { assert(ok()); return *std::get_if<0>(&m_content); }
    T&& value() && { assert(ok()); return std::move(*std::get_if<0>(&m_content)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    [[nodiscard]] const Error& error() const { assert(!ok()); return *std::get_if<1>(&m_content); }

private:
    std::variant<T, Error> m_content;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : m_error(std::move(error)), m_ok(false) {}

    explicit operator bool() const noexcept { return m_ok; }
    [[nodiscard]] bool ok() const noexcept { return m_ok; }
    [[nodiscard]] const Error& error() const { assert(!m_ok); return m_error; }

private:
    Error m_error;
    bool m_ok = true;
};

}  // namespace ms

#define MS_CONCAT_INNER(a, b) a##b
#define MS_CONCAT(a, b) MS_CONCAT_INNER(a, b)

/// MS_TRY(auto x, fallible()); declares x or returns the error to the caller.
#define MS_TRY(declaration, expression)                                       \
    auto MS_CONCAT(msResult, __LINE__) = (expression);                         \
    if (!MS_CONCAT(msResult, __LINE__)) return MS_CONCAT(msResult, __LINE__).error(); \
    declaration = std::move(*MS_CONCAT(msResult, __LINE__))

/// MS_CHECK(fallible()); returns the error of a Result<void> (or drops a value) to the caller.
#define MS_CHECK(expression) \
    if (auto msCheck = (expression); !msCheck) return msCheck.error()
