// SPDX-License-Identifier: MIT
// Deletes that tell a wrong size or alignment, and free_sized likewise; for tests/bugs/sized.sh.
// "sized NAME" makes one mistake, "sized right" none.
#include <cstdlib>
#include <cstring>
#include <new>

extern "C" void free_sized(void *, std::size_t);
extern "C" void free_aligned_sized(void *, std::size_t, std::size_t);

struct Base {
  char text[24];
};

struct Derived : Base {
  char more[100];
};

struct alignas(64) Aligned {
  char text[64];
};

template <class T> static T *hidden(T *pointer) {
  __asm__ volatile("" : "+r"(pointer) : : "memory");
  return pointer;
}

int main(int argc, char *argv[]) {
  const char *name = argc > 1 ? argv[1] : "";

  if (!std::strcmp(name, "base")) {
    delete hidden(static_cast<Base *>(new Derived)); // no virtual destructor
  } else if (!std::strcmp(name, "array")) {
    ::operator delete[](hidden(::operator new[](10 * sizeof(Base))), sizeof(Base));
  } else if (!std::strcmp(name, "large")) {
    ::operator delete(hidden(::operator new(300000)), std::size_t(200000));
  } else if (!std::strcmp(name, "alignment")) {
    ::operator delete(hidden(::operator new(64, std::align_val_t(64))), std::size_t(64),
                      std::align_val_t(128));
  } else if (!std::strcmp(name, "aligned")) {
    ::operator delete(hidden(::operator new(64, std::align_val_t(64))), std::size_t(65),
                      std::align_val_t(64));
  } else if (!std::strcmp(name, "free_sized")) {
    free_sized(hidden(std::malloc(40)), 41);
  } else if (!std::strcmp(name, "free_aligned_sized")) {
    free_aligned_sized(hidden(std::aligned_alloc(128, 256)), 128, 128);
  } else {
    for (int i = 0; i < 1000; i++) {
      delete hidden(new Base);
      delete hidden(new Derived);
      delete hidden(new Aligned);
      delete[] hidden(new char[i]);
      delete hidden(static_cast<Base *>(nullptr));
      ::operator delete(hidden(::operator new(40 * i)), std::size_t(40 * i));
      free_sized(hidden(std::malloc(40)), 40);
      free_sized(nullptr, 40);
      free_aligned_sized(hidden(std::aligned_alloc(128, 256)), 128, 256);
    }
  }
}
