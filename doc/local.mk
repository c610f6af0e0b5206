# SPDX-License-Identifier: MIT
# Manual pages and documents.

EXTRA_DIST += doc/symbols.txt doc/examples/busy-database.sh doc/images/bench.svg doc/images/report.png doc/images/scopes.svg \
	doc/images/viewer.png doc/images/viewer-classes.png doc/images/viewer-profile.png doc/images/viewer-release.png

example_files = \
	doc/examples/calloc.c doc/examples/calloc.expected \
	doc/examples/free.c doc/examples/free.expected \
	doc/examples/look.h \
	doc/examples/mallinfo.c \
	doc/examples/malloc.c doc/examples/malloc.expected \
	doc/examples/mallopt.c doc/examples/mallopt.expected \
	doc/examples/mcheck.c doc/examples/mcheck.expected \
	doc/examples/mtrace.c doc/examples/mtrace.expected \
	doc/examples/posix_memalign.c doc/examples/posix_memalign.expected \
	doc/examples/realloc.c doc/examples/realloc.expected \
	doc/examples/scope.c doc/examples/scope.expected
EXTRA_DIST += $(example_files)

tutorial_files = \
	doc/tutorial/README.md \
	doc/tutorial/calloc.png \
	doc/tutorial/free-after.png \
	doc/tutorial/free-before.png \
	doc/tutorial/mallinfo.png \
	doc/tutorial/malloc.png \
	doc/tutorial/mallopt.png \
	doc/tutorial/mcheck.png \
	doc/tutorial/mtrace.png \
	doc/tutorial/pictures.sh \
	doc/tutorial/posix_memalign.png \
	doc/tutorial/realloc.png \
	doc/tutorial/scope.png
EXTRA_DIST += $(tutorial_files)

dist_doc_DATA += doc/architecture.md doc/performance.md doc/recording-format.md \
	doc/reliability.md doc/snapshot-format.md doc/user-guide.md

dist_man_MANS += doc/alloc-inspect.1 doc/alloc-run.1 doc/liballoc.7
if VIEWER
dist_man_MANS += doc/alloc-viewer.1
endif
