// SPDX-License-Identifier: MIT
// A C++ module of a C program, which has no C++ library but this one's: operator new fails and
// throws here as in any C++ program, though liballoc was bound before there was anything to throw
// with.
#include <cstdint>
#include <new>

extern "C" int module_try();

extern "C" int module_try() {
  volatile std::size_t too_much = SIZE_MAX - 100;
  int caught = 0;

  try {
    ::operator delete(::operator new(too_much));
  } catch (const std::bad_alloc &) {
    caught |= 1;
  }
  std::set_new_handler([] { throw 42; });
  try {
    if (::operator new(too_much, std::nothrow) == nullptr)
      caught |= 2;
    ::operator delete(::operator new(too_much));
  } catch (int) {
    caught |= 4;
  }
  std::set_new_handler(nullptr);
  int *block = new int(5);
  if (*block == 5)
    caught |= 8;
  delete block;
  return caught;
}
