// SPDX-License-Identifier: MIT
//
// objects: C++ and its containers, through operator new and sized delete. An index of words:
// strings shorter and longer than what fits inside them, a tree and a hash table of vectors,
// rebuilt, copied and dropped, as programs that leave memory to the standard library do.
#include "tests/bench/work.h"

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct Place {
  std::string document;
  unsigned line;
};

using Index = std::unordered_map<std::string, std::vector<Place>>;

std::string word(struct random &random) {
  std::string text = "w" + std::to_string(random_below(&random, 20000));
  if (random_below(&random, 4) == 0)
    text += "-a-suffix-that-needs-memory";
  return text;
}

std::unique_ptr<Index> index_make(struct random &random, unsigned words) {
  auto index = std::make_unique<Index>();
  for (unsigned i = 0; i < words; i++)
    (*index)[word(random)].push_back({"document-number-" + std::to_string(i / 100), i % 100});
  return index;
}

} // namespace

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, nullptr);
  struct random random = work_random(1);
  size_t places = 0;
  for (size_t round = work_amount(&work, 16); round > 0; round--) {
    const std::unique_ptr<Index> index = index_make(random, 100000);
    std::map<std::string, size_t> sorted;
    for (const auto &entry : *index)
      sorted[entry.first] += entry.second.size();
    const Index copy = *index;
    for (const auto &entry : sorted)
      places += entry.second + copy.at(entry.first).size();
  }
  if (places == 0)
    work_fail("The index is empty: the workload is broken.");
  return 0;
}
