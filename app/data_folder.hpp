// The folder of a node's own files.
#pragma once

#include <string>

namespace glados::app {

/// Held locked while the process lives: only one process may use a data folder, so whoever holds it
/// may take over from its own predecessor. Owned by the service.
class data_folder {
 public:
  /// Makes the folder if need be. Throws std::runtime_error with a sentence for the operator.
  explicit data_folder(const std::string& path);
  ~data_folder();
  data_folder(const data_folder&) = delete;
  data_folder& operator=(const data_folder&) = delete;

  /// A random name that the folder got when it was first used. Says nothing about the machine.
  const std::string& name() const { return name_; }

 private:
  int fd_ = -1;
  std::string name_;
};

}  // namespace glados::app
