#include "admin/secret_sink.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "crypto/digest.hpp"

namespace glados::admin {
namespace {

constexpr const char* secret_member = "client_secret";

std::string lines_of(const value& what) {
  facts out;
  for (const auto& name : what.names()) out.add(name, what.at(name).shown());
  return out.text();
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto put = ::write(file, text.data(), text.size());
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0)
      return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return ::fsync(file) == 0;
}

}  // namespace

secret_sink::secret_sink(session& of)
    : of_(of), path_(of.line().option("secret-file").value_or("")) {
  if (of.line().has("dry-run"))
    return;
  if (path_.empty()) {
    if (!of.io().out_terminal)
      throw stop(outcome::bad_line,
                 "the secret is shown once, and the output is no terminal: name a new file with "
                 "--secret-file");
    return;
  }
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file_ < 0)
    throw stop(outcome::bad_line, path_ + " cannot be made: " + std::strerror(errno));
}

secret_sink::~secret_sink() {
  if (file_ < 0)
    return;
  ::close(file_);
  if (!written_)
    ::unlink(path_.c_str());
}

void secret_sink::give(value what) {
  if (file_ >= 0) {
    auto text = what.json() + "\n";
    written_ = write_all(file_, text);
    crypto::cleanse(text);
    if (written_) {
      what.remove(secret_member);
      what.put("client_secret_file", path_);
    } else {
      of_.remark(path_ + " cannot be written: the secret is shown here, this once");
    }
  }
  of_.show(what, lines_of(what));
  if (!written_)
    of_.remark("the secret is not shown again");
}

}  // namespace glados::admin
