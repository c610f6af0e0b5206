/* SPDX-License-Identifier: MIT */
/* heap_test.h: what the tests of heap/ have in common: cmocka, and numbers that repeat. */
#ifndef TESTS_HEAP_TEST_H
#define TESTS_HEAP_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof *(a))

#endif
