/* SPDX-License-Identifier: MIT */
/*
 * What tests of windows in process do again and again: begin, wait, find a widget, open a heap.
 * Main thread only.
 */
#pragma once

#include "tests/viewer/synthetic.h"
#include "viewer/ui/application.h"
#include "viewer/ui/table.h"
#include "viewer/ui/window.h"

G_BEGIN_DECLS

/* Begins a test program: GTK, and an application that is no other's, with which come the templates
 * of widgets. Returns: (transfer full) */
HvApplication *ui_application(int *argc, char ***argv);

/* Runs the main loop for @ms milliseconds. */
void ui_idle(guint ms);

/* Until the window's action "status" says @wanted; fails after 20 seconds. */
void ui_wait_for_status(HvWindow *window, const char *wanted);

/* Whether @widget is what is @wanted. */
typedef gboolean (*UiMatch)(GtkWidget *widget, gconstpointer wanted);

/* The first widget in @widget, itself included, that matches. Returns: (transfer none) (nullable)
 */
GtkWidget *ui_find_if(GtkWidget *widget, UiMatch matches, gconstpointer wanted);

/* The first widget of @type in @widget, itself included. Returns: (transfer none) (nullable) */
GtkWidget *ui_find(GtkWidget *widget, GType type);

/* The first button or label in @widget, itself included, with that text. Returns: (transfer none)
 * (nullable) */
GtkWidget *ui_find_text(GtkWidget *widget, const char *text);

/* The table of that name in @widget. Returns: (transfer none) (nullable) */
HvTable *ui_find_table(GtkWidget *widget, const char *name);

/* What the message bar says. Returns: (transfer none) */
const char *ui_said(HvWindow *window);

/* Activates an action of the window that takes a text, or nothing: NULL. */
void ui_activate(HvWindow *window, const char *action, const char *text);

/* What the window's action "exported" says. Returns: (transfer full) */
char *ui_exported(HvWindow *window);

/* The pointer comes into @widget. */
void ui_enter(GtkWidget *widget);

/* What Alt and a digit do in @widget or below it; FALSE: it has no such shortcut, or it refused. */
gboolean ui_press_alt(GtkWidget *widget, guint digit);

/* Opens @frame, saved as a file that is gone then, and waits until it is on screen. */
void ui_open_frame(HvWindow *window, HvFrame *frame);

/* The same of a heap of @kind. */
void ui_open_heap(HvWindow *window, SyntheticKind kind);

G_END_DECLS
