// Where a fresh secret goes: the terminal, or a new file of mode 0600. Settled before the call that
// makes it, so that none is made that nobody sees.
#pragma once

#include <string>

#include "admin/session.hpp"

namespace glados::admin {

class secret_sink {
 public:
  /// With --secret-file a new file is made now; without it the output has to be a terminal. Else
  /// the command ends (bad line).
  explicit secret_sink(session& of);
  secret_sink(const secret_sink&) = delete;
  secret_sink& operator=(const secret_sink&) = delete;
  ~secret_sink();  ///< a file that stayed empty is removed

  /// Shows `what`, whose member `client_secret` is secret: in the file all of it, on the terminal
  /// what is not secret; without a file all of it on the terminal.
  void give(value what);

 private:
  session& of_;
  std::string path_;
  int file_ = -1;
  bool written_ = false;
};

}  // namespace glados::admin
