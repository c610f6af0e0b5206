/* SPDX-License-Identifier: MIT */
/*
 * <liballoc/snapshot.h>: the published format, version 2.
 *
 * A process on liballoc is watched through two kinds of files in a directory of its user,
 *
 *     /dev/shm/liballoc-UID/          mode 0700, owned by UID
 *     /dev/shm/liballoc-UID/bell      the doorbell: one per user, mapped by every process
 *     /dev/shm/liballoc-UID/PID.heap  the snapshots of one watched process
 *
 * A watcher claims a request in the bell, names its target there and rings. The target sees the
 * ring on its next slow path and starts to publish frames into PID.heap until the last request
 * for it goes stale. doc/snapshot-format.md gives every byte; this header is its source of truth.
 *
 * All integers are little-endian, naturally aligned, and every struct has a fixed size that is
 * the same for every compiler. No field is a pointer: there are addresses of the watched process
 * (numbers, not to be followed) and offsets from the start of a frame. No byte of user data is
 * ever published. A reader must treat every file as hostile: check each offset, count and size.
 */
#ifndef LIBALLOC_SNAPSHOT_H
#define LIBALLOC_SNAPSHOT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ALLOC_SNAPSHOT_VERSION 2u
#define ALLOC_BELL_VERSION     1u

/* Directory of the user with id UID: printf (buffer, ALLOC_SNAPSHOT_DIRECTORY_FORMAT, uid). */
#define ALLOC_SNAPSHOT_DIRECTORY_FORMAT "/dev/shm/liballoc-%u"
/* The doorbell in it. A new layout gets a new number, so that programs of both can run side by
 * side. */
#define ALLOC_SNAPSHOT_BELL_NAME "bell-1"
/* Name of a process's snapshot file inside that directory. */
#define ALLOC_SNAPSHOT_HEAP_NAME_FORMAT "%u.heap"

/* ------------------------------------------------------------------------------------------- */
/* The doorbell                                                                                  */
/* ------------------------------------------------------------------------------------------- */

#define ALLOC_BELL_MAGIC    "LALLOCBL"
#define ALLOC_BELL_BYTES    16384u
#define ALLOC_BELL_REQUESTS 127u

/* A request whose heartbeat is older than this is stale: the target ignores it, and any watcher
 * may claim it again. */
#define ALLOC_BELL_STALE_NS UINT64_C(3000000000)

/* Commands a watcher may give its target. */
enum alloc_command {
  ALLOC_COMMAND_NONE = 0,
  ALLOC_COMMAND_TRIM = 1, /* malloc_trim (0) */
  /* Starts a sampled profile, of the mean in command_argument, or stops it; an errno value. */
  ALLOC_COMMAND_PROFILE_START = 2,
  ALLOC_COMMAND_PROFILE_STOP = 3,
};

/*
 * One watcher's request. `watcher` is claimed by compare-and-swap from 0 (or from the watcher of a
 * stale request) to the watcher's own process id; all other fields belong to the claimer, and are
 * read by the target with relaxed loads. The target compares `target` with its process id and
 * `target_start` with field 22 of its /proc/self/stat, so a recycled process id is not watched.
 */
struct alloc_bell_request {
  uint32_t watcher;        /* process id of the watcher; 0: free */
  uint32_t target;         /* process id to watch; 0: none */
  uint64_t target_start;   /* start time of the target, clock ticks since boot; 0: any */
  uint64_t heartbeat_ns;   /* CLOCK_MONOTONIC, refreshed by the watcher at least once a second */
  uint32_t rate_mhz;       /* frames per 1000 s wanted: 10000 is 10 Hz; clamped to 100..60000 */
  uint32_t command;        /* enum alloc_command */
  uint32_t command_seq;    /* the command runs once each time this changes */
  uint32_t command_done;   /* written by the target: the last command_seq it carried out */
  uint64_t window_begin;   /* addresses whose bitmaps matter most when not all fit; */
  uint64_t window_end;     /* window_end 0: no preference */
  uint64_t command_result; /* written by the target: bytes given back by TRIM, an errno value */
  uint64_t command_argument;
  uint64_t reserved[7];
};

/* The whole doorbell file. A fresh file is all zero but for the first 16 bytes. */
struct alloc_bell {
  char magic[8];    /* ALLOC_BELL_MAGIC, no terminator */
  uint32_t version; /* ALLOC_BELL_VERSION */
  uint32_t bytes;   /* ALLOC_BELL_BYTES */
  uint32_t rings;   /* incremented after any request changed its target */
  uint32_t reserved0[27];
  struct alloc_bell_request request[ALLOC_BELL_REQUESTS];
};

/* ------------------------------------------------------------------------------------------- */
/* The snapshot file                                                                             */
/* ------------------------------------------------------------------------------------------- */

#define ALLOC_SNAPSHOT_MAGIC        "LALLOCSN"
#define ALLOC_SNAPSHOT_HEADER_BYTES 4096u
#define ALLOC_SNAPSHOT_BUFFERS      3u

/* State of a snapshot file. */
enum alloc_snapshot_state {
  ALLOC_SNAPSHOT_ACTIVE = 1,   /* frames are being published */
  ALLOC_SNAPSHOT_REPLACED = 2, /* a larger file took the same name: open it again */
  ALLOC_SNAPSHOT_ENDED = 3,    /* the process stopped publishing */
};

/*
 * First 4096 bytes of PID.heap (the rest of the page is zero). Frame number s (counting from 1)
 * is in buffer s % ALLOC_SNAPSHOT_BUFFERS, which starts at
 *     header_bytes + (s % ALLOC_SNAPSHOT_BUFFERS) * buffer_bytes.
 * A writer sets buffer_seq[b] to 0, writes the frame, sets buffer_seq[b] to s (release), then
 * latest_seq to s (release). A reader copies the frame out and accepts it only if buffer_seq[b]
 * was s both before and after. A saved frame (.heapsnap file) is this header, with latest_seq = s,
 * followed by buffers of which only b need be present.
 */
struct alloc_snapshot_header {
  char magic[8];          /* ALLOC_SNAPSHOT_MAGIC, no terminator */
  uint32_t version;       /* ALLOC_SNAPSHOT_VERSION */
  uint32_t header_bytes;  /* ALLOC_SNAPSHOT_HEADER_BYTES */
  uint32_t pid;           /* process id, in its own pid namespace */
  uint32_t uid;           /* effective user id */
  uint64_t process_start; /* field 22 of /proc/self/stat: clock ticks since boot */
  uint64_t created_ns;    /* CLOCK_REALTIME */
  uint32_t page_bytes;    /* 4096 */
  uint32_t slice_bytes;   /* 16384 */
  uint64_t arena_bytes;   /* 33554432 */
  uint64_t buffer_bytes;  /* capacity of each buffer, a multiple of page_bytes */
  uint32_t state;         /* enum alloc_snapshot_state */
  uint32_t rate_mhz;      /* frames per 1000 s being written now */
  uint64_t latest_seq;    /* number of the newest complete frame; 0: none yet */
  uint64_t buffer_seq[ALLOC_SNAPSHOT_BUFFERS]; /* 0 while a buffer is being written */
  char library_version[32];                    /* NUL-terminated */
  char program[256]; /* target of /proc/self/exe, NUL-terminated, cut if longer */
  char command[16];  /* name of the process (PR_GET_NAME of its main thread) */
};

/* Sections of a frame. */
enum alloc_section {
  ALLOC_SECTION_ARENAS = 0,      /* struct alloc_arena_record */
  ALLOC_SECTION_SPANS = 1,       /* struct alloc_span_record, grouped by arena, ascending address */
  ALLOC_SECTION_CACHES = 2,      /* struct alloc_cache_record */
  ALLOC_SECTION_REGIONS = 3,     /* struct alloc_region_record */
  ALLOC_SECTION_CLASSES = 4,     /* struct alloc_class_record, index = size class */
  ALLOC_SECTION_BITMAPS = 5,     /* uint64_t words */
  ALLOC_SECTION_STACKS = 6,      /* struct alloc_stack_record, ascending owner, then depth */
  ALLOC_SECTION_PROFILE = 7,     /* struct alloc_profile_record, at most one */
  ALLOC_SECTION_CALLS = 8,       /* struct alloc_call_record */
  ALLOC_SECTION_CALL_FRAMES = 9, /* struct alloc_call_frame_record, by call, innermost first */
  ALLOC_SECTION_SAMPLES = 10,    /* struct alloc_sample_record, in no order */
  ALLOC_SECTION_OBJECTS = 11,    /* struct alloc_object_record */
  ALLOC_SECTION_NAMES = 12,      /* char, names of objects one after another */
  ALLOC_SECTION_HITS = 13,       /* uint64_t, one for each cache record */
  ALLOC_SECTIONS = 14,
};

/* Tables that every frame has; `sections` says whether there are more. */
#define ALLOC_SECTIONS_LEAST 6u

/* Where a section lies in its frame. */
struct alloc_section_table {
  uint64_t offset;       /* from the start of the frame, a multiple of 8 */
  uint64_t count;        /* records */
  uint32_t record_bytes; /* sizeof of the record in this version */
  uint32_t reserved;
};

/* Flags of a frame. */
#define ALLOC_FRAME_PARTIAL_BITMAPS 1u /* some spans have no bitmaps: over the budget */
#define ALLOC_FRAME_TRUNCATED       2u /* records are missing: the buffer could not grow */

/*
 * Head of a frame. The totals are sums over the records of this same frame, and a reader may
 * check them. All are bytes of address space; how much of each is resident is for the kernel to
 * say (/proc/PID/pagemap).
 *
 *   arena_bytes   = mapped bytes of all arenas
 *                 = header_bytes + live + cached + transit + free + untouched + tail
 *                   + large_live + free_slices
 *   free_slices   = dirty + clean
 */
struct alloc_frame {
  uint64_t seq;          /* equals buffer_seq of its buffer */
  uint64_t bytes;        /* whole frame, all sections included; at most buffer_bytes */
  uint64_t monotonic_ns; /* when the copy was taken, CLOCK_MONOTONIC */
  uint64_t realtime_ns;  /* the same moment, CLOCK_REALTIME */
  uint64_t cost_ns;      /* CPU time the publisher spent on the frame before this one */
  uint32_t flags;        /* ALLOC_FRAME_* */
  uint32_t skipped;      /* cached or in-transit pointers that did not fit the copied bitmaps
                            because the heap moved on: 0 when the process is quiet */
  uint64_t total_arena_bytes;
  uint64_t total_header_bytes;    /* arena headers: descriptors, tags, bitmaps */
  uint64_t total_live_bytes;      /* blocks of size classes in the program's hands */
  uint64_t total_cached_bytes;    /* in thread caches */
  uint64_t total_transit_bytes;   /* freed by another thread, not yet collected by the owner */
  uint64_t total_free_bytes;      /* free in spans that are in use, handed out before */
  uint64_t total_untouched_bytes; /* free in spans that are in use, never handed out */
  uint64_t total_tail_bytes;      /* ends of spans too short for one more block */
  uint64_t total_large_bytes;     /* large spans in the program's hands, whole slices */
  uint64_t total_dirty_bytes;     /* free slices that may be resident */
  uint64_t total_clean_bytes;     /* free slices purged or never used: not resident */
  uint64_t total_region_bytes;    /* mmapped regions in the program's hands */
  uint64_t total_metadata_bytes;  /* mapped for thread caches, queues and tables, outside arenas */
  uint64_t total_purged_bytes;    /* of free and untouched bytes: in pages given back */
  uint64_t peak_live_bytes;       /* highest live + large + regions seen on slow paths */
  uint64_t sections;              /* tables that follow; 0: ALLOC_SECTIONS_LEAST */
  uint64_t total_spare_bytes;     /* mapped memory of freed regions, kept for the next ones */
  uint64_t failures;              /* allocations so far that found no memory */
  uint64_t reserved[2];
  struct alloc_section_table section[ALLOC_SECTIONS];
};

/* Words of a map of the slices of an arena. */
#define ALLOC_MAP_WORDS 32u

/* One arena. Bit i of the maps is slice i; slices from `slices` on do not exist. */
struct alloc_arena_record {
  uint64_t address;       /* base, a multiple of arena_bytes */
  uint32_t slices;        /* slices mapped: arena_bytes / slice_bytes, fewer under limits */
  uint32_t header_slices; /* the first of them hold the header */
  uint32_t first_span;    /* index of its first record in the spans section */
  uint32_t span_count;    /* records that follow, ascending slice */
  uint64_t free_map[ALLOC_MAP_WORDS];  /* 1: free */
  uint64_t dirty_map[ALLOC_MAP_WORDS]; /* 1: free and maybe resident; subset of free_map */
  uint64_t used_map[ALLOC_MAP_WORDS];  /* 1: has been handed out at least once */
};

/* Kinds of spans. */
enum alloc_span_kind {
  ALLOC_SPAN_SMALL = 1, /* blocks of one size class */
  ALLOC_SPAN_LARGE = 2, /* one block */
};

/*
 * One span. Block i is at  arena.address + slice * slice_bytes + i * block_bytes.
 * Bitmaps of a small span: `words` = (capacity + 63) / 64 words of plane A at bitmap_word, then as
 * many of plane B. Bit i of (A, B) tells the state of block i:
 *     A=1 B=0 live   A=0 B=1 cached   A=1 B=1 in transit   A=0 B=0 free (untouched if i >= touched)
 * Bits from capacity on are 0, and  live + cached + transit <= capacity  by count of these bits.
 */
#define ALLOC_NO_BITMAP UINT64_MAX
struct alloc_span_record {
  uint16_t slice;      /* first slice in its arena */
  uint16_t slices;     /* slices spanned */
  uint16_t size_class; /* index into the classes; 0 for a large span */
  uint16_t kind;       /* enum alloc_span_kind */
  uint32_t owner;      /* owner of a cache record; large: as of a region */
  uint32_t capacity;   /* blocks; 1 for a large span */
  uint32_t live;       /* blocks in the program's hands */
  uint32_t cached;     /* blocks in thread caches */
  uint32_t transit;    /* blocks in transit */
  uint32_t touched;    /* blocks below this index have been handed out at least once */
  uint32_t epoch;      /* changes whenever the span does */
  uint32_t reserved;
  uint64_t block_bytes;  /* of the class; of a large span: usable bytes of its block */
  uint64_t bitmap_word;  /* first word in the bitmaps section; ALLOC_NO_BITMAP: none */
  uint64_t purged_pages; /* bit i: page i of the span was given back (first 64 pages) */
};

/* States of a cache. */
enum alloc_cache_state {
  ALLOC_CACHE_OWNED = 1,    /* a thread uses it */
  ALLOC_CACHE_ORPHANED = 2, /* its thread exited; the next thread adopts it */
};

/* One thread cache with the spans it owns. */
struct alloc_cache_record {
  uint32_t owner;        /* number that spans name, from 1; stable for the cache's life */
  uint32_t thread;       /* kernel thread id; 0 when orphaned */
  uint32_t state;        /* enum alloc_cache_state */
  uint32_t spans;        /* spans owned */
  uint64_t cached_bytes; /* in this cache, by the bitmaps of this frame */
  uint64_t cached_blocks;
  uint64_t capacity_bytes; /* what it may hold at present */
  uint64_t transit_bytes;  /* queued for this owner or waiting in an outbox for it */
  uint64_t refills;        /* slow mallocs since the process started */
  uint64_t flushes;        /* slow frees since the process started */
  uint64_t active_ns;      /* CLOCK_MONOTONIC of its last slow path, to about 10 ms */
  char name[16];           /* thread name, NUL-terminated, empty when orphaned */
};

/* One mmapped region, or with usable_bytes 0 a spare: what is left of freed ones. */
struct alloc_region_record {
  uint64_t address;      /* of the mapping, a multiple of page_bytes */
  uint64_t mapped_bytes; /* a multiple of page_bytes */
  uint64_t block;        /* address malloc returned, inside the mapping */
  uint64_t usable_bytes; /* of the block; 0: a spare, and block is its address */
  uint32_t owner;        /* cache whose thread made it; 0: another thread has it now, a spare */
  uint32_t reserved;
};

/* States of a chunk. */
enum alloc_stack_state {
  ALLOC_STACK_OPEN = 1,    /* the next block comes from here */
  ALLOC_STACK_COVERED = 2, /* another chunk was opened on top of it */
  ALLOC_STACK_SPARE = 3,   /* empty, kept for the next time that the open one is full */
};

/* One chunk of the stack that a thread has by <liballoc/stack.h>. Its memory is that of a large
 * span or of a mmapped region, which is live as a whole. */
struct alloc_stack_record {
  uint64_t address;    /* of the chunk */
  uint64_t bytes;      /* of the chunk */
  uint64_t base;       /* address of its first block */
  uint64_t used_bytes; /* from base on: in the program's hands */
  uint32_t owner;      /* owner of the cache record of the thread */
  uint32_t depth;      /* chunks of the same stack below it */
  uint32_t state;      /* enum alloc_stack_state */
  uint32_t reserved;
};

/*
 * What sampled blocks stand for. A block of b bytes is sampled with the probability
 * p = 1 - exp (-b / mean_bytes) and stands for 1 / p blocks.
 */
struct alloc_profile_sums {
  uint64_t samples; /* sampled blocks */
  uint64_t blocks;  /* estimate */
  uint64_t bytes;   /* estimate, of usable bytes */
};

/* The sampled profile, if there ever was one. Sums of the calls are those of the profile, but for
 * the rounding of blocks. */
struct alloc_profile_record {
  uint64_t mean_bytes; /* between two sample points */
  uint64_t began_ns;   /* CLOCK_REALTIME */
  uint64_t ended_ns;   /* CLOCK_REALTIME; 0: it is running */
  uint64_t peak_ns;    /* CLOCK_REALTIME, when most was live; 0: never anything */
  uint64_t lost;       /* samples that there was no memory for */
  uint64_t reserved;
  struct alloc_profile_sums live;      /* allocated since it began and not freed yet */
  struct alloc_profile_sums allocated; /* since it began */
  struct alloc_profile_sums peak;      /* live when most was */
};

/* One call stack that has allocated. */
struct alloc_call_record {
  uint64_t first_frame; /* index of its innermost frame */
  uint32_t frames;
  uint32_t reserved;
  struct alloc_profile_sums live;
  struct alloc_profile_sums allocated;
  struct alloc_profile_sums peak; /* when most was live in all */
};

/* One frame of a call stack. */
struct alloc_call_frame_record {
  uint64_t address; /* return address */
  uint32_t object;  /* 1 + index of the object that it lies in; 0: of none that is known */
  uint32_t reserved;
};

/* One sampled block in the program's hands. */
struct alloc_sample_record {
  uint64_t address;
  uint64_t bytes; /* usable */
  uint32_t call;  /* index of the call stack */
  uint32_t reserved;
};

/* One object file, as it was loaded when a frame was found in it. */
struct alloc_object_record {
  uint64_t address; /* of its first byte */
  uint64_t bias;    /* addresses less those in the file */
  uint32_t name_offset;
  uint32_t name_bytes; /* 0: it is the program */
};

/* One size class; record 0 is unused and all zero. */
struct alloc_class_record {
  uint64_t block_bytes;
  uint32_t span_slices;   /* of its longest spans */
  uint32_t span_capacity; /* blocks of these */
};

#ifndef __cplusplus
_Static_assert(sizeof(struct alloc_bell_request) == 128, "request");
_Static_assert(sizeof(struct alloc_bell) == ALLOC_BELL_BYTES, "bell");
_Static_assert(sizeof(struct alloc_snapshot_header) == 408, "snapshot header");
_Static_assert(sizeof(struct alloc_section_table) == 24, "section table");
_Static_assert(sizeof(struct alloc_frame) == 544, "frame");
_Static_assert(sizeof(struct alloc_arena_record) == 792, "arena record");
_Static_assert(sizeof(struct alloc_span_record) == 64, "span record");
_Static_assert(sizeof(struct alloc_cache_record) == 88, "cache record");
_Static_assert(sizeof(struct alloc_region_record) == 40, "region record");
_Static_assert(sizeof(struct alloc_class_record) == 16, "class record");
_Static_assert(sizeof(struct alloc_stack_record) == 48, "stack record");
_Static_assert(sizeof(struct alloc_profile_record) == 120, "profile record");
_Static_assert(sizeof(struct alloc_call_record) == 88, "call record");
_Static_assert(sizeof(struct alloc_call_frame_record) == 16, "call frame record");
_Static_assert(sizeof(struct alloc_sample_record) == 24, "sample record");
_Static_assert(sizeof(struct alloc_object_record) == 24, "object record");
#endif

#ifdef __cplusplus
}
#endif

#endif
