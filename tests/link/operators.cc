// SPDX-License-Identifier: MIT
// The C++ side: all 20 operators in pairs, the new_handler loop, failures, and thread_local objects
// whose destructors allocate and free after the thread's function has returned.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

extern "C" const char *alloc_version() __attribute__((weak));

static void expect(bool condition, const char *what) {
  if (!condition) {
    std::printf("FAILED %s\n", what);
    std::exit(1);
  }
}

static bool aligned(void *block, std::size_t alignment) {
  return block != nullptr && reinterpret_cast<std::uintptr_t>(block) % alignment == 0;
}

static void pairs() {
  const std::align_val_t page{4096};
  for (std::size_t bytes : {std::size_t(0), std::size_t(1), std::size_t(100), std::size_t(70000),
                            std::size_t(9000000)}) {
    void *block;
    expect(aligned(block = ::operator new(bytes), 16), "new");
    std::memset(block, 1, bytes);
    ::operator delete(block);
    expect(aligned(block = ::operator new[](bytes), 16), "new[]");
    ::operator delete[](block);
    expect(aligned(block = ::operator new(bytes), 16), "new");
    ::operator delete(block, bytes);
    expect(aligned(block = ::operator new[](bytes), 16), "new[]");
    ::operator delete[](block, bytes);
    expect(aligned(block = ::operator new(bytes, std::nothrow), 16), "new nothrow");
    ::operator delete(block, std::nothrow);
    expect(aligned(block = ::operator new[](bytes, std::nothrow), 16), "new[] nothrow");
    ::operator delete[](block, std::nothrow);
    expect(aligned(block = ::operator new(bytes, page), 4096), "new aligned");
    std::memset(block, 2, bytes);
    ::operator delete(block, page);
    expect(aligned(block = ::operator new[](bytes, page), 4096), "new[] aligned");
    ::operator delete[](block, page);
    expect(aligned(block = ::operator new(bytes, page), 4096), "new aligned");
    ::operator delete(block, bytes, page);
    expect(aligned(block = ::operator new[](bytes, page), 4096), "new[] aligned");
    ::operator delete[](block, bytes, page);
    expect(aligned(block = ::operator new(bytes, page, std::nothrow), 4096), "new aligned nothrow");
    ::operator delete(block, page, std::nothrow);
    expect(aligned(block = ::operator new[](bytes, page, std::nothrow), 4096),
           "new[] aligned nothrow");
    ::operator delete[](block, page, std::nothrow);
  }
  std::puts("pairs");
}

static int handler_calls;

static std::size_t mapped() {
  std::size_t pages = 0;
  std::FILE *file = std::fopen("/proc/self/statm", "re");
  expect(file != nullptr && std::fscanf(file, "%zu", &pages) == 1, "statm");
  std::fclose(file);
  return pages * 4096;
}

// Under a limit, the block that the handler gives back is what the next attempt gets.
static void handler_makes_room() {
  const std::size_t reserve_bytes = std::size_t(96) << 20;
  static void *reserve;
  struct rlimit before, limit;
  expect(getrlimit(RLIMIT_AS, &before) == 0, "getrlimit");
  for (int form = 0; form < 4; form++) {
    handler_calls = 0;
    reserve = std::malloc(reserve_bytes);
    limit = before;
    limit.rlim_cur = mapped() + (std::size_t(32) << 20);
    expect(reserve != nullptr && setrlimit(RLIMIT_AS, &limit) == 0, "setrlimit");
    std::set_new_handler([] {
      handler_calls++;
      if (handler_calls == 2) {
        std::free(reserve);
        reserve = nullptr;
      }
      expect(handler_calls < 10, "room that was made is used");
    });
    const std::align_val_t page{4096};
    void *block = form == 0   ? ::operator new(reserve_bytes)
                  : form == 1 ? ::operator new[](reserve_bytes, std::nothrow)
                  : form == 2 ? ::operator new(reserve_bytes, page)
                              : ::operator new[](reserve_bytes, page, std::nothrow);
    expect(block != nullptr && handler_calls == 2, "new_handler that makes room");
    std::free(block);
    std::set_new_handler(nullptr);
    expect(setrlimit(RLIMIT_AS, &before) == 0, "setrlimit back");
  }
}

static void failures() {
  // Volatile, so that the compiler does not see sizes that it knows to be impossible.
  volatile std::size_t too_much = SIZE_MAX - 100;
  bool thrown = false;
  try {
    ::operator delete(::operator new(too_much));
  } catch (const std::bad_alloc &) {
    thrown = true;
  }
  expect(thrown, "bad_alloc");
  thrown = false;
  try {
    ::operator delete (::operator new (too_much, std::align_val_t{64}), std::align_val_t{64});
  } catch (const std::bad_alloc &) {
    thrown = true;
  }
  expect(thrown, "bad_alloc, aligned");
  expect(::operator new(too_much, std::nothrow) == nullptr, "nothrow");
  expect(::operator new[](too_much, std::align_val_t{64}, std::nothrow) == nullptr,
         "aligned nothrow");

  // Rounding up to the alignment must not wrap; GCC 12's own operator does.
  volatile std::size_t most = SIZE_MAX;
  expect(::operator new (most, std::align_val_t{4096}, std::nothrow) == nullptr,
         "aligned overflow");
  expect(::operator new[](most, std::align_val_t{64}, std::nothrow) == nullptr,
         "aligned overflow, array");

  // The handler is called until it gives up, by each of the forms.
  auto handler = [] {
    if (++handler_calls % 3 == 0)
      throw std::bad_alloc();
  };
  std::set_new_handler(handler);
  thrown = false;
  try {
    ::operator delete(::operator new(too_much));
  } catch (const std::bad_alloc &) {
    thrown = true;
  }
  expect(thrown && handler_calls == 3, "new_handler");
  expect(::operator new(too_much, std::nothrow) == nullptr &&handler_calls == 6,
         "new_handler, nothrow");
  // Whatever it throws, the nothrow forms return, and the others pass it on.
  std::set_new_handler([] { throw 42; });
  expect(::operator new(too_much, std::nothrow) == nullptr, "int thrown, nothrow");
  expect(::operator new (too_much, std::align_val_t{64}, std::nothrow) == nullptr,
         "int thrown, aligned nothrow");
  int caught = 0;
  try {
    ::operator delete(::operator new(too_much));
  } catch (int number) {
    caught = number;
  }
  expect(caught == 42, "int thrown");

  // The handler is asked for anew each time.
  static void *room;
  static volatile std::size_t wanted;
  wanted = too_much;
  std::set_new_handler([] {
    room = &room;
    wanted = 100;
    std::set_new_handler(nullptr);
  });
  thrown = false;
  try {
    ::operator delete(::operator new(wanted));
  } catch (const std::bad_alloc &) {
    thrown = true;
  }
  expect(thrown && room != nullptr, "new_handler that removes itself");
  expect(std::get_new_handler() == nullptr, "no new_handler");
  handler_makes_room();
  std::puts("failures");
}

struct Keeper {
  std::vector<std::string> words;
  ~Keeper() {
    words.push_back(std::string(1000, 'z'));
    std::string copy;
    for (const std::string &word : words)
      copy += word;
    expect(copy.size() == 1000 + 300 * 40, "thread_local content");
  }
};

static thread_local Keeper keeper;

static void fill() {
  for (int i = 0; i < 300; i++)
    keeper.words.emplace_back(40, char('a' + i % 26));
}

int main() {
  expect(alloc_version != nullptr, "this process does not run on liballoc");
  pairs();
  failures();
  for (int round = 0; round < 10; round++) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; i++)
      threads.emplace_back(fill);
    for (std::thread &thread : threads)
      thread.join();
  }
  fill();
  std::puts("thread_local");
  std::fflush(stdout);
}
