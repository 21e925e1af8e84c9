#include "tests/rot/sample.h"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <utility>

#include "journal/bytes.h"
#include "tools/testing/forwarding_store.h"

namespace reprise::rot {
namespace {

using namespace std::chrono_literals;

/// What the maker of the sample sees of its store while an engine owns it.
struct Book {
  bool recording = false;    ///< Every state from now on is kept.
  bool anchor_held = false;  ///< The anchor is not renewed any more: a kill comes before that.
  std::vector<State> states;
  Contents current;
  journal::Store* store = nullptr;
};

/// Writes into a book what the store holds after every change.
class BookedStore final : public testing::ForwardingStore {
 public:
  BookedStore(std::unique_ptr<journal::Store> disk, std::string path, std::shared_ptr<Book> book)
      : ForwardingStore(std::move(disk)), path_(std::move(path)), book_(std::move(book)) {
    book_->store = &inner();
  }

  Result<void> append(std::span<journal::ShardAppend> group, bool sync) override {
    auto done = inner().append(group, sync);
    if (done) note();
    return done;
  }
  Result<void> trim(ShardId shard, Position keep_from) override {
    auto done = inner().trim(shard, keep_from);
    if (done) note();
    return done;
  }
  Result<void> renew_anchor() override {
    return book_->anchor_held ? Result<void>() : inner().renew_anchor();
  }
  Result<void> close() override {
    book_->current = read_all(inner()).contents;
    return inner().close();
  }

 private:
  void note() {
    if (!book_->recording) return;
    State state;
    state.contents = read_all(inner()).contents;
    for (const auto& file : std::filesystem::directory_iterator(path_ + "/db")) {
      if (file.path().extension() == ".log" && file.file_size() > 0) {
        state.write_ahead_size = file.file_size();
      }
    }
    book_->states.push_back(std::move(state));
  }

  std::string path_;
  std::shared_ptr<Book> book_;
};

class Maker {
 public:
  Maker(std::uint64_t seed, std::string path)
      : seed_(seed), path_(std::move(path)), host_(seed, seed % 4 == 3) {}

  Sample make(Form form) {
    Sample sample;
    sample.seed = seed_;
    sample.form = form;
    live([&](const Engine& engine) {
      host_.start_twenty(engine);
      host_.start(engine, 9);
      host_.start_large(engine);
      snapshot(engine);
    });
    sample.older.push_back({test::tree_of(path_), book_->current});
    live([&](const Engine& engine) {
      host_.signal_some(engine);
      host_.start(engine, 7);
      host_.start_large(engine);
      snapshot(engine);
      host_.start(engine, 2);
    });
    sample.older.push_back({test::tree_of(path_), book_->current});
    live([&](const Engine& engine) {
      book_->recording = true;
      host_.signal_some(engine);
      host_.start(engine, 5);
      host_.start_large(engine);
      if (seed_ % 2 == 0) snapshot(engine);
      book_->store->renew_anchor().value();
      book_->anchor_held = form == Form::killed;
      sample.older.push_back({test::tree_of(path_), book_->states.back().contents});
      sample.claimed = host_.ask_all(engine);
      host_.start(engine, 3);
      host_.start_large(engine);
      host_.signal_some(engine);
      sample.told = host_.ask_all(engine);
      if (form == Form::killed) finish(sample, book_->states.back().contents);
    });
    if (form == Form::orderly) finish(sample, book_->current);
    return sample;
  }

 private:
  template <class Do>
  void live(Do what) {
    ++lives_;
    book_ = std::make_shared<Book>();
    auto store =
        journal::open_rocks_store({.path = path_, .shards = shards(), .store_id = {seed_, 7}});
    auto booked = std::make_unique<BookedStore>(std::move(store).value(), path_, book_);
    auto engine = open_engine(std::move(booked), seed_ * 8 + lives_, clock_).value();
    what(engine);
    engine.shutdown(1h).value();
  }

  [[nodiscard]] std::uint16_t shards() const { return static_cast<std::uint16_t>(1 + seed_ % 3); }

  void snapshot(const Engine& engine) {
    engine.snapshot();
    host_.settle(engine);
  }

  /// The store is in the form that is wanted; `all` is what it has acknowledged.
  void finish(Sample& sample, Contents all) {
    sample.tree = test::tree_of(path_);
    for (const auto& name : test::names_in(sample.tree, "", ".log")) {
      if (!sample.tree.at(name).empty()) sample.write_ahead = name;
    }
    if (sample.form == Form::killed) {
      const auto claims = claims_of(sample.tree.at("anchor"));
      for (auto& state : book_->states) {
        bool claimed = true;
        for (std::size_t shard = 0; shard < claims.size(); ++shard) {
          claimed = claimed && state.contents.shards[shard].last >= claims[shard];
        }
        if (claimed) sample.states.push_back(std::move(state));
      }
    } else {
      sample.states.push_back({std::move(all), 0});
    }
    if (sample.states.empty()) throw std::runtime_error("the anchor claims what was not written");
  }

  std::uint64_t seed_;
  std::string path_;
  Host host_;
  std::shared_ptr<runtime::SimulatedClock> clock_ = std::make_shared<runtime::SimulatedClock>();
  std::shared_ptr<Book> book_;
  std::uint64_t lives_ = 0;
};

}  // namespace

std::string_view name(Form form) { return form == Form::orderly ? "orderly" : "killed"; }

std::vector<Position> claims_of(std::string_view anchor) {
  const std::size_t size = anchor.size() / 2;
  const auto generation = [&](std::size_t slot) {
    return journal::load_le<std::uint64_t>(anchor, slot * size + 16);
  };
  const std::size_t slot = generation(1) > generation(0) ? size : 0;
  std::vector<Position> claims(journal::load_le<std::uint16_t>(anchor, slot + 64));
  for (std::size_t shard = 0; shard < claims.size(); ++shard) {
    claims[shard] = journal::load_le<std::uint64_t>(anchor, slot + 80 + 28 * shard);
  }
  return claims;
}

Sample make_sample(std::uint64_t seed, Form form, const std::string& folder) {
  return Maker(seed, folder + "/store").make(form);
}

}  // namespace reprise::rot
