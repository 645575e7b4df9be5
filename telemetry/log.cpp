#include "telemetry/log.hpp"

#include <fcntl.h>
#include <spdlog/async.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <memory>
#include <mutex>

#include "telemetry/redaction.hpp"

namespace glados::telemetry {
namespace {

constexpr std::size_t queue_lines = 8192;
constexpr std::size_t longest_string = 128;

/// Appends lines to a file by descriptor, so that a crash loses nothing already handed over.
/// Owned by the log; its functions run in the writer thread, `reopen` in any.
class file_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit file_sink(std::string path) : path_(std::move(path)) { reopen(); }
  ~file_sink() override { release(); }

  bool reopen() {
    std::lock_guard lock{mutex_};
    int next = STDERR_FILENO;
    if (!path_.empty())
      next = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (next < 0)
      return false;
    release();
    fd_ = next;
    return true;
  }

  bool usable() const { return fd_ >= 0; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::string line{message.payload.data(), message.payload.size()};
    line += '\n';
    std::size_t done = 0;
    while (done < line.size()) {
      auto wrote = ::write(fd_, line.data() + done, line.size() - done);
      if (wrote < 0 && errno == EINTR)
        continue;
      if (wrote <= 0)
        return;  // a full disk must not stop the service
      done += static_cast<std::size_t>(wrote);
    }
  }
  void flush_() override {}

 private:
  void release() {
    if (fd_ > STDERR_FILENO)
      ::close(fd_);
    fd_ = -1;
  }

  std::string path_;
  int fd_ = -1;
};

/// What is open between `open_log` and `close_log`.
struct open_state {
  std::shared_ptr<file_sink> sink;
  std::shared_ptr<spdlog::async_logger> lines;
  std::shared_ptr<spdlog::details::thread_pool> writer;  // ends first, having written its queue
};

std::unique_ptr<open_state> current;
std::atomic<level> threshold_now{level::off};

template <class T>
void append_number(std::string& out, T value) {
  std::array<char, 32> digits{};
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_two(std::string& out, unsigned value) {
  out += static_cast<char>('0' + value / 10);
  out += static_cast<char>('0' + value % 10);
}

void append_time(std::string& out, std::int64_t epoch_ms) {
  using namespace std::chrono;
  sys_time<milliseconds> at{milliseconds{epoch_ms}};
  auto day = floor<days>(at);
  year_month_day date{day};
  hh_mm_ss time{at - day};
  append_number(out, static_cast<int>(date.year()));
  out += '-';
  append_two(out, static_cast<unsigned>(date.month()));
  out += '-';
  append_two(out, static_cast<unsigned>(date.day()));
  out += 'T';
  append_two(out, static_cast<unsigned>(time.hours().count()));
  out += ':';
  append_two(out, static_cast<unsigned>(time.minutes().count()));
  out += ':';
  append_two(out, static_cast<unsigned>(time.seconds().count()));
  auto ms = static_cast<unsigned>(time.subseconds().count());
  out += '.';
  out += static_cast<char>('0' + ms / 100);
  append_two(out, ms % 100);
  out += 'Z';
}

/// Length of the well-formed UTF-8 sequence at the front of `text`, 0 if there is none (RFC 3629).
std::size_t sequence_length(std::string_view text) {
  auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(0);
  std::size_t length = first < 0x80   ? 1
                       : first < 0xC2 ? 0
                       : first < 0xE0 ? 2
                       : first < 0xF0 ? 3
                       : first < 0xF5 ? 4
                                      : 0;
  if (length == 0 || length > text.size())
    return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
      (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F))
    return 0;
  return length;
}

void append_control(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  auto value = static_cast<unsigned char>(c);
  out += "\\u00";
  out += hex[value >> 4];
  out += hex[value & 15];
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t length = sequence_length(text);
    char c = text.front();
    if (length == 0)
      out += "\\ufffd";
    else if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      append_control(out, c);
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void append_value(std::string& out, std::string_view text) {
  if (looks_personal(text))
    text = redacted_text;
  else if (text.size() > longest_string)
    text = "[too long]";
  append_string(out, text);
}
void append_hex(std::string& out, std::uint64_t value) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out += digits[value >> shift & 15];
}
void append_value(std::string& out, const log_id& value) {
  out += '"';
  if (value.wide)
    append_hex(out, value.high);
  append_hex(out, value.low);
  out += '"';
}
void append_value(std::string& out, bool value) { out += value ? "true" : "false"; }
void append_value(std::string& out, double value) {
  if (std::isfinite(value))
    append_number(out, value);
  else
    out += "null";
}
template <std::integral T>
void append_value(std::string& out, T value) {
  append_number(out, value);
}

}  // namespace

std::string_view to_string(level value) {
  constexpr std::array<std::string_view, 5> names{"debug", "info", "warn", "error", "off"};
  return names[static_cast<std::size_t>(value)];
}

bool open_log(const std::string& path, level threshold) {
  close_log();
  auto next = std::make_unique<open_state>();
  next->sink = std::make_shared<file_sink>(path);
  if (!next->sink->usable())
    return false;
  next->writer = std::make_shared<spdlog::details::thread_pool>(queue_lines, 1);
  next->lines = std::make_shared<spdlog::async_logger>(
      "glados", next->sink, next->writer, spdlog::async_overflow_policy::overrun_oldest);
  next->lines->set_level(spdlog::level::trace);
  current = std::move(next);
  threshold_now.store(threshold);
  return true;
}

void close_log() {
  threshold_now.store(level::off);
  current.reset();
}

bool reopen_log() { return current && current->sink->reopen(); }

void set_log_level(level threshold) { threshold_now.store(threshold); }

bool log_enabled(level at) {
  return at != level::off && at >= threshold_now.load(std::memory_order_relaxed);
}

void log_event(level at, std::string_view event, std::initializer_list<log_field> fields) {
  if (!log_enabled(at) || !current)
    return;
  using namespace std::chrono;
  auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  current->lines->log(spdlog::level::info, format_line(now, at, event, fields));
}

std::string format_line(std::int64_t epoch_ms, level at, std::string_view event,
                        std::initializer_list<log_field> fields) {
  std::string out;
  out.reserve(96 + fields.size() * 32);
  out += "{\"time\":\"";
  append_time(out, epoch_ms);
  out += "\",\"level\":\"";
  out += to_string(at);
  out += "\",\"event\":";
  append_value(out, event);
  for (const auto& item : fields) {
    out += ',';
    append_string(out, item.key);
    out += ':';
    std::visit([&out](auto value) { append_value(out, value); }, item.value);
  }
  out += '}';
  return out;
}

}  // namespace glados::telemetry
