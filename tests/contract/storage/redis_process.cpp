#include "tests/contract/storage/redis_process.hpp"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <stdexcept>

namespace glados::storage::test {

namespace {

std::string text_of(const redisReply& value) {
  if (value.type == REDIS_REPLY_INTEGER)
    return std::to_string(value.integer);
  if (value.type == REDIS_REPLY_ERROR)
    return "-" + std::string(value.str, value.len);
  if (value.type == REDIS_REPLY_STRING || value.type == REDIS_REPLY_STATUS)
    return {value.str, value.len};
  std::string out;
  for (std::size_t i = 0; value.type == REDIS_REPLY_ARRAY && i < value.elements; ++i)
    out += text_of(*value.element[i]) + "\n";
  return out;
}

}  // namespace

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

std::string redis_process::ask(const std::vector<std::string>& words) const {
  const std::unique_ptr<redisContext, void (*)(redisContext*)> link(
      redisConnectUnixWithTimeout(socket().c_str(), {5, 0}), redisFree);
  if (!link || link->err != 0)
    throw std::runtime_error("no connection to Redis");
  redisSetTimeout(link.get(), {5, 0});
  std::vector<const char*> text;
  std::vector<std::size_t> size;
  for (const std::string& word : words) {
    text.push_back(word.data());
    size.push_back(word.size());
  }
  const std::unique_ptr<redisReply, void (*)(void*)> answer(
      static_cast<redisReply*>(
          redisCommandArgv(link.get(), static_cast<int>(words.size()), text.data(), size.data())),
      freeReplyObject);
  if (!answer)
    throw std::runtime_error("no answer of Redis");
  return text_of(*answer);
}

void redis_process::wait_until(const std::vector<std::string>& words,
                               const std::function<bool(const std::string&)>& enough) const {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  std::string seen;
  for (;;) {
    try {
      seen = ask(words);
      if (enough(seen))
        return;
    } catch (const std::runtime_error& why) {
      seen = why.what();
    }
    if (std::chrono::steady_clock::now() > limit)
      throw std::runtime_error(words[0] + ": still \"" + seen + "\"");
    poll(nullptr, 0, 10);
  }
}

bool followed(const std::string& replication) {
  return replication.find("state=online") != std::string::npos &&
         replication.find("state=online,offset=0,") == std::string::npos;
}

}  // namespace glados::storage::test
