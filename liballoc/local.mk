# SPDX-License-Identifier: MIT
# The allocator: liballoc/libheap.la is all of it, for unit tests of its parts; liballoc.la is the same
# behind the export list. It is compiled for itself, because libtool makes a convenience library of
# position-independent objects only, and those of liballoc.a are for programs, static ones too.

noinst_LTLIBRARIES += liballoc/libheap.la
liballoc_libheap_la_CFLAGS = $(AM_CFLAGS) $(ALLOC_HEAP_CFLAGS)
liballoc_libheap_la_LIBTOOLFLAGS = --tag=disable-static
liballoc_libheap_la_SOURCES = \
	liballoc/debug/backtrace.c \
	liballoc/debug/backtrace.h \
	liballoc/debug/blocks.c \
	liballoc/debug/blocks.h \
	liballoc/debug/check.c \
	liballoc/debug/check.h \
	liballoc/debug/environment.c \
	liballoc/debug/environment.h \
	liballoc/debug/fence.c \
	liballoc/debug/fence.h \
	liballoc/debug/guard.c \
	liballoc/debug/guard.h \
	liballoc/debug/file_name.c \
	liballoc/debug/file_name.h \
	liballoc/debug/leaks.c \
	liballoc/debug/leaks.h \
	liballoc/debug/maps.c \
	liballoc/debug/maps.h \
	liballoc/debug/mcheck.c \
	liballoc/debug/mcheck.h \
	liballoc/debug/mtrace.c \
	liballoc/debug/mtrace.h \
	liballoc/debug/origin.c \
	liballoc/debug/origin.h \
	liballoc/debug/output.c \
	liballoc/debug/output.h \
	liballoc/debug/place.c \
	liballoc/debug/place.h \
	liballoc/debug/profile.c \
	liballoc/debug/profile.h \
	liballoc/debug/profile_file.c \
	liballoc/debug/profile_file.h \
	liballoc/debug/ranges.c \
	liballoc/debug/ranges.h \
	liballoc/debug/record.c \
	liballoc/debug/record.h \
	liballoc/debug/scan.c \
	liballoc/debug/scan.h \
	liballoc/debug/sort.c \
	liballoc/debug/sort.h \
	liballoc/debug/sampled.c \
	liballoc/debug/sampled.h \
	liballoc/debug/stacks.c \
	liballoc/debug/stacks.h \
	liballoc/debug/stop.c \
	liballoc/debug/stop.h \
	liballoc/debug/trace.c \
	liballoc/debug/trace.h \
	liballoc/debug/trace_file.c \
	liballoc/debug/trace_file.h \
	liballoc/front/cxx.c \
	liballoc/front/cxx.h \
	liballoc/front/fast.c \
	liballoc/front/foreign.c \
	liballoc/front/foreign.h \
	liballoc/front/libc.c \
	liballoc/front/libc.h \
	liballoc/front/modules.c \
	liballoc/front/names.h \
	liballoc/front/options.c \
	liballoc/front/options.h \
	liballoc/front/slow.c \
	liballoc/front/slow.h \
	liballoc/front/start.c \
	liballoc/front/start.h \
	liballoc/front/static_libc.c \
	liballoc/heap/arena.c \
	liballoc/heap/arena.h \
	liballoc/heap/base.h \
	liballoc/heap/cache.c \
	liballoc/heap/cache.h \
	liballoc/heap/cache_check.c \
	liballoc/heap/describe.c \
	liballoc/heap/describe.h \
	liballoc/heap/large.c \
	liballoc/heap/large.h \
	liballoc/heap/lock.c \
	liballoc/heap/lock.h \
	liballoc/heap/message.c \
	liballoc/heap/message.h \
	liballoc/heap/meta.c \
	liballoc/heap/meta.h \
	liballoc/heap/meter.c \
	liballoc/heap/meter.h \
	liballoc/heap/os.c \
	liballoc/heap/os.h \
	liballoc/heap/owner.c \
	liballoc/heap/partial.c \
	liballoc/heap/partial.h \
	liballoc/heap/poll.c \
	liballoc/heap/poll.h \
	liballoc/heap/purge.c \
	liballoc/heap/purge.h \
	liballoc/heap/random.c \
	liballoc/heap/random.h \
	liballoc/heap/region.c \
	liballoc/heap/region.h \
	liballoc/heap/spare.c \
	liballoc/heap/spare.h \
	liballoc/heap/remote.c \
	liballoc/heap/size_class.c \
	liballoc/heap/size_class.h \
	liballoc/heap/slices.c \
	liballoc/heap/slices.h \
	liballoc/heap/span.c \
	liballoc/heap/span.h \
	liballoc/heap/zero.c \
	liballoc/heap/zero.h \
	liballoc/observe/bell.c \
	liballoc/observe/bell.h \
	liballoc/observe/clock.h \
	liballoc/observe/directory.c \
	liballoc/observe/directory.h \
	liballoc/observe/frame.c \
	liballoc/observe/frame.h \
	liballoc/observe/frame_blocks.c \
	liballoc/observe/frame_caches.c \
	liballoc/observe/frame_profile.c \
	liballoc/observe/frame_regions.c \
	liballoc/observe/frame_spans.c \
	liballoc/observe/frame_stacks.c \
	liballoc/observe/leftovers.c \
	liballoc/observe/leftovers.h \
	liballoc/observe/mallinfo.c \
	liballoc/observe/mallinfo.h \
	liballoc/observe/observe.c \
	liballoc/observe/observe.h \
	liballoc/observe/publisher.c \
	liballoc/observe/publisher.h \
	liballoc/observe/segment.c \
	liballoc/observe/segment.h \
	liballoc/observe/self.c \
	liballoc/observe/self.h \
	liballoc/observe/statistics.c \
	liballoc/observe/statistics.h \
	liballoc/observe/table.c \
	liballoc/observe/table.h \
	liballoc/observe/text.c \
	liballoc/observe/text.h \
	liballoc/observe/work.h \
	liballoc/stack/checked.c \
	liballoc/stack/chunk.c \
	liballoc/stack/chunk.h \
	liballoc/stack/stack.c \
	liballoc/stack/stack.h

lib_LTLIBRARIES += liballoc/liballoc.la
liballoc_liballoc_la_SOURCES = $(liballoc_libheap_la_SOURCES)
liballoc_liballoc_la_CFLAGS = $(AM_CFLAGS) $(ALLOC_HEAP_CFLAGS)
liballoc_liballoc_la_LDFLAGS = $(AM_LDFLAGS) $(ALLOC_HEAP_LDFLAGS) -version-info 0:0:0 \
	-export-symbols liballoc/liballoc.sym -pthread
EXTRA_liballoc_liballoc_la_DEPENDENCIES = liballoc/liballoc.sym

# The linker's export list is the first column of the documented one.
liballoc/liballoc.sym: doc/symbols.txt
	$(AM_V_GEN)$(MKDIR_P) liballoc && \
	$(AWK) '/^[A-Za-z_]/ { print $$1 }' $(srcdir)/doc/symbols.txt > $@.tmp && mv $@.tmp $@
CLEANFILES += liballoc/liballoc.sym

# What is hidden in the library gets a prefix in the archive.
EXTRA_DIST += liballoc/hide_names.sh
install-exec-hook:
	test ! -e '$(DESTDIR)$(libdir)/liballoc.a' || \
	  READELF='$(READELF)' OBJCOPY='$(OBJCOPY)' $(SHELL) $(srcdir)/liballoc/hide_names.sh '$(DESTDIR)$(libdir)/liballoc.a'

pkginclude_HEADERS = \
	liballoc/include/liballoc/alloc.h \
	liballoc/include/liballoc/snapshot.h \
	liballoc/include/liballoc/stack.h

pkgconfig_DATA = liballoc/liballoc.pc

# alloc-run runs before anything is preloaded and links nothing but libc.
bin_PROGRAMS += alloc-run
alloc_run_SOURCES = liballoc/run/program.c liballoc/run/program.h liballoc/run/run.c
alloc_run_CPPFLAGS = $(AM_CPPFLAGS) -DALLOC_BINDIR='"$(bindir)"' -DALLOC_LIBDIR='"$(libdir)"'
alloc_run_CFLAGS = $(AM_CFLAGS) $(ALLOC_PROGRAM_CFLAGS)
