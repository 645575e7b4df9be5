// GET results of a part (api.md section 8): one line for each line of the part, in its order. The
// results lie by shard; they are put in order and written in slices, with other requests in
// between.
#include <algorithm>

#include "http/bulk_steps.hpp"
#include "http/handle_admin.hpp"

namespace glados::http {
namespace {

constexpr std::size_t rows_a_slice = 256;

struct placed_result {
  storage::row_result row;
  shard_id shard = 0;
  std::uint8_t index_version = 0;
};

/// One answer in the making. Shared by its steps.
class results_page : public std::enable_shared_from_this<results_page> {
 public:
  explicit results_page(call_ptr of) : of_(std::move(of)) {}

  /// False: what is stored cannot be read.
  bool add(shard_id shard, std::string_view stored) {
    const auto read = storage::decode_results(stored);
    if (!read)
      return false;
    for (const auto& row : read->rows) rows_.push_back({row, shard, read->index_version});
    return true;
  }

  void write() {
    if (next_ == 0)
      std::sort(rows_.begin(), rows_.end(),
                [](const auto& a, const auto& b) { return a.row.line < b.row.line; });
    const auto& keys = of_->service.ports().keys;
    for (std::size_t i = 0; i < rows_a_slice && next_ < rows_.size(); ++i, ++next_)
      append_result(text_, rows_[next_].row, rows_[next_].shard, rows_[next_].index_version, keys);
    if (next_ < rows_.size())
      return later(of_, [self = shared_from_this()] { self->write(); });
    response reply;
    reply.content_type = "application/x-ndjson";
    reply.body = std::move(text_);
    of_->answer(std::move(reply));
  }

 private:
  const call_ptr of_;
  std::vector<placed_result> rows_;
  std::size_t next_ = 0;
  std::string text_;
};

void show(const call_ptr& made, const storage::part_results& found) {
  if (!found.done)
    return made->refuse(errc::conflict, {.detail = "the part is not finished: send it again"});
  const auto page = std::make_shared<results_page>(made);
  bool fine = found.rejects.empty() || page->add(0, found.rejects);
  for (const auto& [shard, stored] : found.shares) fine = fine && page->add(shard, stored);
  if (!fine)
    return made->refuse(errc::internal);
  page->write();
}

}  // namespace

void handle_get_bulk_results(const call_ptr& made) {
  const auto job = job_in_path(*made);
  if (!job)
    return;
  const auto part = parse_part(query_value(made->query, "part").value_or(""));
  if (!part)
    return refuse_member(made, "/part", "the number of a part");
  ask_desk_or_refuse(made, actors::find_results{*job, *part},
                     [made](const actors::bulk_answer& got) { show(made, got.results); });
}

}  // namespace glados::http
