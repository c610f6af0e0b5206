/* SPDX-License-Identifier: MIT */
/* See frame_memory.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/frame_memory.h"

#include <malloc.h>

#if defined(GDK_WINDOWING_X11)
#include <cairo-xlib.h>
#include <gdk/x11/gdkx.h>
#endif

/* A picture of a 4K screen has 31.6 MiB; the newest glibc knows no larger blocks than these. */
#define HEAP_BLOCK_MAX (32 << 20)
#define HEAP_KEPT_MAX  (64 << 20)

void hv_frame_memory_keep_heap(void) {
  /* What is refused costs time, nothing else. */
  mallopt(M_MMAP_THRESHOLD, HEAP_BLOCK_MAX);
  mallopt(M_TRIM_THRESHOLD, HEAP_KEPT_MAX);
}

void hv_frame_memory_give_back(void) {
  malloc_trim(0);
}

#if defined(GDK_WINDOWING_X11) && CAIRO_HAS_XLIB_SURFACE

typedef struct {
  cairo_surface_t *held; /* never drawn to; NULL: nothing to keep */
  int width_px;
  int height_px;
} Memory;

static void memory_drop(Memory *memory) {
  g_clear_pointer(&memory->held, cairo_surface_destroy);
  memory->width_px = memory->height_px = 0;
}

static void memory_free(gpointer data) {
  memory_drop(data);
  g_free(data);
}

/* cairo makes pools for several pictures of the size that was first asked for, and finds them by
 * the display: what any surface of the window asks for comes from the pool of the held one. */
static void memory_take(Memory *memory, GdkSurface *surface, int width_px, int height_px) {
  GdkDisplay *display = gdk_surface_get_display(surface);
  Screen *screen = gdk_x11_display_get_xscreen(display);
  cairo_surface_t *window = cairo_xlib_surface_create(
      gdk_x11_display_get_xdisplay(display), gdk_x11_surface_get_xid(surface),
      DefaultVisualOfScreen(screen), width_px, height_px);

  memory_drop(memory);
  memory->held =
      cairo_surface_create_similar_image(window, CAIRO_FORMAT_ARGB32, width_px, height_px);
  memory->width_px = width_px;
  memory->height_px = height_px;
  cairo_surface_destroy(window);
}

static void memory_fit(GtkWidget *window) {
  Memory *memory = g_object_get_data(G_OBJECT(window), "hv-frame-memory");
  GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(window));
  int width_px, height_px;

  if (surface == NULL || !GDK_IS_X11_SURFACE(surface) ||
      !GSK_IS_CAIRO_RENDERER(gtk_native_get_renderer(GTK_NATIVE(window))))
    return;
  width_px = gdk_surface_get_width(surface) * gdk_surface_get_scale_factor(surface);
  height_px = gdk_surface_get_height(surface) * gdk_surface_get_scale_factor(surface);
  if (width_px > memory->width_px || height_px > memory->height_px)
    memory_take(memory, surface, MAX(width_px, memory->width_px),
                MAX(height_px, memory->height_px));
}

static void window_realized(GtkWidget *window) {
  GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(window));

  g_signal_connect_object(surface, "layout", G_CALLBACK(memory_fit), window,
                          G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  memory_fit(window);
}

static void window_unrealized(GtkWidget *window) {
  memory_drop(g_object_get_data(G_OBJECT(window), "hv-frame-memory"));
}

void hv_frame_memory_keep(GtkWindow *window) {
  g_return_if_fail(GTK_IS_WINDOW(window));
  g_object_set_data_full(G_OBJECT(window), "hv-frame-memory", g_new0(Memory, 1), memory_free);
  g_signal_connect(window, "realize", G_CALLBACK(window_realized), NULL);
  g_signal_connect(window, "unrealize", G_CALLBACK(window_unrealized), NULL);
}

#else

void hv_frame_memory_keep(GtkWindow *window) {
  g_return_if_fail(GTK_IS_WINDOW(window));
}

#endif
