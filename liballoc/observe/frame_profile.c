/* SPDX-License-Identifier: MIT */
#include "debug/profile.h"
#include "observe/work.h"

static uint64_t whole_blocks(const struct profile_sums *sums) {
  return (sums->blocks_1024 + 512) / 1024;
}

static struct alloc_profile_sums sums_of(const struct profile_sums *sums) {
  return (struct alloc_profile_sums){sums->samples, whole_blocks(sums), sums->bytes};
}

void profile_count(struct room *room) {
  lock_take(&profile.lock);
  room->profiles = profile.mean_bytes != 0;
  room->calls = profile.call_count;
  room->frames = profile.frame_count;
  room->objects = profile.object_count;
  room->names = profile.name_bytes;
  room->samples = profile.live.samples;
  lock_drop(&profile.lock);
}

/* ---- with the profile's lock held ---- */

static void objects_copy(struct work *work) {
  size_t name = 0;

  for (struct profile_object *object = profile.objects; object; object = peek(&object->next)) {
    work->object[object->number - 1] = (struct alloc_object_record){
        .address = (uintptr_t)object->begin,
        .bias = object->bias,
        .name_offset = (uint32_t)name,
        .name_bytes = object->name_bytes,
    };
    for (uint32_t i = 0; i < object->name_bytes; i++)
      work->name[name++] = object->name[i];
  }
  work->object_count = profile.object_count;
  work->name_count = name;
}

/* Calls that have allocated nothing since this profile began are left out. */
static void calls_copy(struct work *work) {
  for (struct profile_call *call = profile.calls; call; call = call->next) {
    if (call->allocated.samples == 0)
      continue;
    call->index = (uint32_t)work->call_count;
    work->call[work->call_count++] = (struct alloc_call_record){
        .first_frame = work->frame_count,
        .frames = call->count,
        .live = sums_of(&call->live),
        .allocated = sums_of(&call->allocated),
        .peak = sums_of(profile_peak_of(call)),
    };
    for (uint32_t i = 0; i < call->count; i++)
      work->call_frame[work->frame_count++] = (struct alloc_call_frame_record){
          (uintptr_t)call->frame[i].address, call->frame[i].object, 0};
  }
}

static void samples_copy(struct work *work) {
  for (unsigned i = 0; i < PROFILE_CHAINS; i++)
    for (struct profile_sample *sample = profile.chain[i]; sample; sample = sample->next)
      work->sample[work->sample_count++] =
          (struct alloc_sample_record){sample->address, sample->bytes, sample->call->index, 0};
}

void profile_write(struct work *work) {
  const struct room *room = &work->room;

  lock_take(&profile.lock);
  if (!profile.mean_bytes || !room->profiles) {
    work->too_small |= profile.mean_bytes != 0;
  } else if (profile.call_count > room->calls || profile.frame_count > room->frames ||
             profile.object_count > room->objects || profile.name_bytes > room->names ||
             profile.live.samples > room->samples) {
    work->too_small = true;
  } else {
    *work->profile = (struct alloc_profile_record){
        .mean_bytes = profile.mean_bytes,
        .began_ns = profile.began_ns,
        .ended_ns = peek(&profile.ended_ns),
        .peak_ns = profile.peak_ns,
        .lost = profile.lost,
        .live = sums_of(&profile.live),
        .allocated = sums_of(&profile.allocated),
        .peak = sums_of(&profile.peak),
    };
    work->profile_count = 1;
    objects_copy(work);
    calls_copy(work);
    samples_copy(work);
  }
  lock_drop(&profile.lock);
}
