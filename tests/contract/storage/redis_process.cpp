#include "tests/contract/storage/redis_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace glados::storage::test {

redis_process::redis_process(std::vector<std::string> more_arguments)
    : more_(std::move(more_arguments)) {
  std::string pattern = (std::filesystem::temp_directory_path() / "glados-redis-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no folder for Redis");
  folder_ = pattern;
  start();
}

redis_process::~redis_process() {
  if (pid_ > 0)
    stop(SIGKILL);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void redis_process::start() {
  std::vector<std::string> words{
      "redis-server",   "--port", "0", "--unixsocket", socket(), "--dir",
      folder_.string(), "--save", "",  "--appendonly", "yes",    "--appendfsync",
      "always"};
  words.insert(words.end(), more_.begin(), more_.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0)
    throw std::runtime_error("cannot fork");
  if (pid_ > 0)
    return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(1);
  const int nowhere = open("/dev/null", O_RDWR);
  dup2(nowhere, STDIN_FILENO);
  dup2(nowhere, STDOUT_FILENO);
  execvp(argv[0], argv.data());
  _exit(127);
}

void redis_process::stop(int number) {
  signal(number);
  if (number == SIGKILL || number == SIGTERM)
    kill(pid_, SIGCONT);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
}

void redis_process::signal(int number) const { kill(pid_, number); }

}  // namespace glados::storage::test
