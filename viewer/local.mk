# SPDX-License-Identifier: MIT
# alloc-inspect and alloc-viewer with their libraries.

# The model: reads and validates snapshots. GLib only.
noinst_LTLIBRARIES += viewer/libhvmodel.la
viewer_libhvmodel_la_CFLAGS = $(AM_CFLAGS) $(MODEL_CFLAGS) $(DWARF_CFLAGS) $(ALLOC_PROGRAM_CFLAGS)
viewer_libhvmodel_la_LIBADD = $(MODEL_LIBS) $(DWARF_LIBS) -lm
viewer_libhvmodel_la_SOURCES = \
	viewer/model/activity.c viewer/model/activity.h \
	viewer/model/bell.c viewer/model/bell.h \
	viewer/model/bulk.c viewer/model/bulk.h \
	viewer/model/class_sums.c viewer/model/class_sums.h \
	viewer/model/codec.c viewer/model/codec.h \
	viewer/model/compare.c viewer/model/compare.h \
	viewer/model/cost.c viewer/model/cost.h \
	viewer/model/data_table.c viewer/model/data_table.h \
	viewer/model/description.c viewer/model/description.h \
	viewer/model/data_files.c viewer/model/data_files.h \
	viewer/model/directory.c viewer/model/directory.h \
	viewer/model/error.c viewer/model/error.h \
	viewer/model/event.c viewer/model/event.h \
	viewer/model/facts.c viewer/model/facts.h \
	viewer/model/file.c viewer/model/file.h \
	viewer/model/flame.c viewer/model/flame.h \
	viewer/model/folds.c viewer/model/folds.h \
	viewer/model/frame.c viewer/model/frame.h viewer/model/frame_private.h \
	viewer/model/frame_blocks.c \
	viewer/model/frame_check.c \
	viewer/model/frame_pack.c \
	viewer/model/go_on.h \
	viewer/model/growth.c viewer/model/growth.h \
	viewer/model/highlight.c viewer/model/highlight.h \
	viewer/model/history.c viewer/model/history.h \
	viewer/model/hit.c viewer/model/hit.h \
	viewer/model/holders.c viewer/model/holders.h \
	viewer/model/json_parts.c viewer/model/json_parts.h \
	viewer/model/layout.c viewer/model/layout.h viewer/model/layout_private.h \
	viewer/model/layout_fit.c \
	viewer/model/layout_rects.c \
	viewer/model/layout_steps.c \
	viewer/model/leak_sites.c viewer/model/leak_sites.h \
	viewer/model/ledger.c viewer/model/ledger.h \
	viewer/model/list.c viewer/model/list.h viewer/model/list_columns.c \
	viewer/model/lens.c viewer/model/lens.h viewer/model/lens_colour.c viewer/model/lens_private.h \
	viewer/model/mappings.c viewer/model/mappings.h \
	viewer/model/order.c viewer/model/order.h \
	viewer/model/pace.h \
	viewer/model/pages.c viewer/model/pages.h \
	viewer/model/palette.c viewer/model/palette.h \
	viewer/model/past.c viewer/model/past.h \
	viewer/model/pprof.c \
	viewer/model/process.c viewer/model/process.h \
	viewer/model/processes.c viewer/model/processes.h \
	viewer/model/profile.c viewer/model/profile.h \
	viewer/model/pyramid.c viewer/model/pyramid.h viewer/model/pyramid_private.h \
	viewer/model/query.c viewer/model/query.h \
	viewer/model/reasons.c viewer/model/reasons.h \
	viewer/model/reasons_text.c viewer/model/reasons_private.h \
	viewer/model/recorder.c \
	viewer/model/recording.c viewer/model/recording.h viewer/model/recording_private.h \
	viewer/model/region_pages.c viewer/model/region_pages.h \
	viewer/model/release.c viewer/model/release.h \
	viewer/model/residency.c viewer/model/residency.h viewer/model/residency_private.h \
	viewer/model/sample.c viewer/model/sample.h \
	viewer/model/smaps.c viewer/model/smaps.h \
	viewer/model/input.c viewer/model/input.h \
	viewer/model/snapshot_file.c viewer/model/snapshot_file.h \
	viewer/model/source.c viewer/model/source.h \
	viewer/model/state.c viewer/model/state.h \
	viewer/model/symbols.c viewer/model/symbols.h \
	viewer/model/trace.c viewer/model/trace.h \
	viewer/model/trim.c viewer/model/trim.h \
	viewer/model/units.c viewer/model/units.h

# The render core: a model as pixels, SVG or PDF. cairo and pango, no GTK.
noinst_LTLIBRARIES += viewer/libhvrender.la
viewer_libhvrender_la_CFLAGS = $(AM_CFLAGS) $(RENDER_CFLAGS) $(MODEL_CFLAGS) $(ALLOC_PROGRAM_CFLAGS)
viewer_libhvrender_la_LIBADD = $(RENDER_LIBS)
viewer_libhvrender_la_SOURCES = \
	viewer/render/cells.h \
	viewer/render/change.c viewer/render/change.h \
	viewer/render/charts.c viewer/render/charts.h \
	viewer/render/cue.c viewer/render/cue.h \
	viewer/render/dim.c viewer/render/dim.h \
	viewer/render/flame.c viewer/render/flame.h \
	viewer/render/labels.c \
	viewer/render/lanes.c viewer/render/lanes.h \
	viewer/render/ledger_segments.c viewer/render/ledger_segments.h \
	viewer/render/legend.c viewer/render/legend.h \
	viewer/render/report.c viewer/render/report.h viewer/render/report_private.h \
	viewer/render/report_ledger.c \
	viewer/render/report_map.c viewer/render/report_map.h \
	viewer/render/report_parts.c \
	viewer/render/strip.c viewer/render/strip.h \
	viewer/render/text.c viewer/render/text.h \
	viewer/render/tile.c viewer/render/tile.h \
	viewer/render/walk.c viewer/render/walk.h

# alloc-inspect: the same model and drawing in a terminal.
bin_PROGRAMS += alloc-inspect
alloc_inspect_CFLAGS = $(AM_CFLAGS) $(RENDER_CFLAGS) $(MODEL_CFLAGS) $(ALLOC_PROGRAM_CFLAGS)
alloc_inspect_LDADD = viewer/libhvrender.la viewer/libhvmodel.la $(RENDER_LIBS) $(MODEL_LIBS)
alloc_inspect_SOURCES = \
	viewer/cli/diff.c \
	viewer/cli/inspect.c viewer/cli/inspect.h \
	viewer/cli/json.c \
	viewer/cli/leaks.c \
	viewer/cli/ledger.c \
	viewer/cli/list.c \
	viewer/cli/main.c \
	viewer/cli/profile.c \
	viewer/cli/map.c \
	viewer/cli/mappings.c \
	viewer/cli/reasons.c \
	viewer/cli/release.c \
	viewer/cli/record.c \
	viewer/cli/save.c \
	viewer/cli/table_text.c \
	viewer/cli/tables.c \
	viewer/cli/where.c

# ---------------------------------------------------------------------------------------------
# alloc-viewer: GTK 4. Its objects are a library so that tests can link them. GTK's headers are
# system headers here, since some of them do not stand our warnings.

hv_resource_files = \
	viewer/data/org.liballoc.Viewer-symbolic.svg \
	viewer/data/org.liballoc.Viewer.svg \
	viewer/data/style.css \
	viewer/data/ui/heap_page.ui \
	viewer/data/ui/heap_side.ui \
	viewer/data/ui/help-overlay.ui \
	viewer/data/ui/process_page.ui \
	viewer/data/ui/window.ui \
	viewer/data/viewer.gresource.xml
EXTRA_DIST += $(hv_resource_files)

if VIEWER
VIEWER_UI_CFLAGS = $(AM_CFLAGS) $(ALLOC_PROGRAM_CFLAGS) $(VIEWER_CFLAGS:-I%=-isystem%) \
	$(MODEL_CFLAGS:-I%=-isystem%) \
	-DGDK_VERSION_MIN_REQUIRED=GDK_VERSION_4_8 -DGDK_VERSION_MAX_ALLOWED=GDK_VERSION_4_8 \
	-DGLIB_VERSION_MIN_REQUIRED=GLIB_VERSION_2_74 -DGLIB_VERSION_MAX_ALLOWED=GLIB_VERSION_2_74

noinst_LTLIBRARIES += viewer/libhvui.la
viewer_libhvui_la_CFLAGS = $(VIEWER_UI_CFLAGS)
viewer_libhvui_la_LIBADD = viewer/libhvrender.la viewer/libhvmodel.la $(VIEWER_LIBS) -lm
viewer_libhvui_la_SOURCES = \
	viewer/ui/appearance.c \
	viewer/ui/appearance.h \
	viewer/ui/application.c \
	viewer/ui/application.h \
	viewer/ui/compare_page.c \
	viewer/ui/compare_page.h \
	viewer/ui/details.c \
	viewer/ui/details.h \
	viewer/ui/explanation.c \
	viewer/ui/explanation.h \
	viewer/ui/feed.c \
	viewer/ui/feed.h \
	viewer/ui/follower.c \
	viewer/ui/follower.h \
	viewer/ui/frame_line.c \
	viewer/ui/frame_line.h \
	viewer/ui/fill_bar.c \
	viewer/ui/fill_bar.h \
	viewer/ui/flame_area.c \
	viewer/ui/flame_area.h \
	viewer/ui/frame_memory.c \
	viewer/ui/frame_memory.h \
	viewer/ui/heap_map.c \
	viewer/ui/heap_map.h \
	viewer/ui/heap_map_fade.c \
	viewer/ui/heap_map_focus.c \
	viewer/ui/heap_map_folds.c \
	viewer/ui/heap_map_input.c \
	viewer/ui/heap_map_input.h \
	viewer/ui/heap_map_picture.c \
	viewer/ui/heap_map_private.h \
	viewer/ui/heap_map_scene.c \
	viewer/ui/heap_map_view.c \
	viewer/ui/heap_page.c \
	viewer/ui/heap_page.h \
	viewer/ui/heap_side.c \
	viewer/ui/heap_side.h \
	viewer/ui/heap_side_links.c \
	viewer/ui/heap_side_list.c \
	viewer/ui/heap_side_private.h \
	viewer/ui/heap_side_query.c \
	viewer/ui/heap_tables.c \
	viewer/ui/heap_tables.h \
	viewer/ui/holders_label.c \
	viewer/ui/holders_label.h \
	viewer/ui/label.c \
	viewer/ui/label.h \
	viewer/ui/legend.c \
	viewer/ui/legend.h \
	viewer/ui/list_filler.c \
	viewer/ui/list_filler.h \
	viewer/ui/list_orders.c \
	viewer/ui/list_orders.h \
	viewer/ui/listing.c \
	viewer/ui/listing.h \
	viewer/ui/row_slices.c \
	viewer/ui/row_slices.h \
	viewer/ui/ledger_bar.c \
	viewer/ui/ledger_bar.h \
	viewer/ui/ledger_strip.c \
	viewer/ui/ledger_strip.h \
	viewer/ui/lost_focus.c \
	viewer/ui/lost_focus.h \
	viewer/ui/mappings_view.c \
	viewer/ui/mappings_view.h \
	viewer/ui/marks.c \
	viewer/ui/marks.h \
	viewer/ui/minimap.c \
	viewer/ui/minimap.h \
	viewer/ui/moment.c \
	viewer/ui/moment.h \
	viewer/ui/names.c \
	viewer/ui/names.h \
	viewer/ui/process_page.c \
	viewer/ui/process_page.h \
	viewer/ui/profile_page.c \
	viewer/ui/profile_page.h \
	viewer/ui/reasons_box.c \
	viewer/ui/reasons_box.h \
	viewer/ui/release_view.c \
	viewer/ui/release_view.h \
	viewer/ui/row.c \
	viewer/ui/row.h \
	viewer/ui/scroller.c \
	viewer/ui/scroller.h \
	viewer/ui/settings.c \
	viewer/ui/settings.h \
	viewer/ui/shortcuts.c \
	viewer/ui/shortcuts.h \
	viewer/ui/side_pages.c \
	viewer/ui/side_pages.h \
	viewer/ui/stack_lanes.c \
	viewer/ui/stack_lanes.h \
	viewer/ui/steady_label.c \
	viewer/ui/steady_label.h \
	viewer/ui/swatch.c \
	viewer/ui/swatch.h \
	viewer/ui/table.c \
	viewer/ui/table.h \
	viewer/ui/table_cell.c \
	viewer/ui/table_cell.h \
	viewer/ui/table_column.c \
	viewer/ui/table_column.h \
	viewer/ui/table_order.c \
	viewer/ui/table_order.h \
	viewer/ui/target.c \
	viewer/ui/target.h \
	viewer/ui/tile_set.c \
	viewer/ui/timeline.c \
	viewer/ui/timeline.h \
	viewer/ui/timeline_key.c \
	viewer/ui/timeline_key.h \
	viewer/ui/tile_set.h \
	viewer/ui/tile_worker.c \
	viewer/ui/tile_worker.h \
	viewer/ui/tip.c \
	viewer/ui/tip.h \
	viewer/ui/watch.c \
	viewer/ui/watch.h \
	viewer/ui/window.c \
	viewer/ui/window.h \
	viewer/ui/window_actions.c \
	viewer/ui/window_actions.h \
	viewer/ui/window_export.c \
	viewer/ui/window_export.h \
	viewer/ui/window_job.c \
	viewer/ui/window_job.h \
	viewer/ui/window_list.c \
	viewer/ui/window_list.h \
	viewer/ui/wrap_layout.c \
	viewer/ui/wrap_layout.h
nodist_viewer_libhvui_la_SOURCES = viewer/ui/resources.c viewer/ui/resources.h

bin_PROGRAMS += alloc-viewer
alloc_viewer_SOURCES = viewer/ui/main.c
alloc_viewer_CFLAGS = $(VIEWER_UI_CFLAGS)
alloc_viewer_CPPFLAGS = $(AM_CPPFLAGS) -DALLOC_LOCALEDIR='"$(localedir)"'
alloc_viewer_LDADD = viewer/libhvui.la

# Templates, style and icon, compiled in.
hv_compile_resources = $(AM_V_GEN)$(MKDIR_P) viewer/ui && \
	$(GLIB_COMPILE_RESOURCES) --sourcedir=$(srcdir)/viewer/data --c-name hv --manual-register \
	--internal --target=$@ $(srcdir)/viewer/data/viewer.gresource.xml
viewer/ui/resources.c: $(hv_resource_files)
	$(hv_compile_resources) --generate-source
viewer/ui/resources.h: $(hv_resource_files)
	$(hv_compile_resources) --generate-header
BUILT_SOURCES += viewer/ui/resources.h
CLEANFILES += viewer/ui/resources.c viewer/ui/resources.h

desktopdir = $(datadir)/applications
dist_desktop_DATA = viewer/data/org.liballoc.Viewer.desktop
metainfodir = $(datadir)/metainfo
dist_metainfo_DATA = viewer/data/org.liballoc.Viewer.metainfo.xml
mimedir = $(datadir)/mime/packages
dist_mime_DATA = viewer/data/org.liballoc.Viewer.xml
scalableicondir = $(datadir)/icons/hicolor/scalable/apps
dist_scalableicon_DATA = viewer/data/org.liballoc.Viewer.svg

# The schema of the settings; compiled here for tests, and by `make install` where nobody packages.
gsettingsschemadir = $(datadir)/glib-2.0/schemas
dist_gsettingsschema_DATA = viewer/data/org.liballoc.Viewer.gschema.xml
viewer/data/gschemas.compiled: viewer/data/org.liballoc.Viewer.gschema.xml
	$(AM_V_GEN)$(MKDIR_P) viewer/data && \
	$(GLIB_COMPILE_SCHEMAS) --strict --targetdir=viewer/data $(srcdir)/viewer/data
noinst_DATA += viewer/data/gschemas.compiled
CLEANFILES += viewer/data/gschemas.compiled
compile_installed_schemas = \
	test -n "$(DESTDIR)" || ! test -d "$(gsettingsschemadir)" || \
	$(GLIB_COMPILE_SCHEMAS) "$(gsettingsschemadir)"
# So do the lists of file types and of what opens them, where a desktop has its tools.
update_installed_types = \
	test -n "$(DESTDIR)" || { \
	  ! test -d "$(mimedir)" || ! command -v update-mime-database >/dev/null || \
	    update-mime-database "$(datadir)/mime"; \
	  ! test -d "$(desktopdir)" || ! command -v update-desktop-database >/dev/null || \
	    update-desktop-database -q "$(desktopdir)"; \
	}
install-data-hook:
	$(compile_installed_schemas)
	$(update_installed_types)
uninstall-hook:
	$(compile_installed_schemas)
	$(update_installed_types)

symbolicicondir = $(datadir)/icons/hicolor/symbolic/apps
dist_symbolicicon_DATA = viewer/data/org.liballoc.Viewer-symbolic.svg
endif

# ---------------------------------------------------------------------------------------------
# Translations: one catalog for each language of po/LINGUAS. They are built where they would be
# found, so that TEXTDOMAINDIR=viewer/po shows them without an installation.

EXTRA_DIST += viewer/po/LINGUAS viewer/po/extract.sh $(HV_LANGUAGES:%=viewer/po/%.po)

if TRANSLATIONS
hv_catalogs = $(HV_LANGUAGES:%=viewer/po/%/LC_MESSAGES/liballoc.mo)
viewer/po/%/LC_MESSAGES/liballoc.mo: viewer/po/%.po
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(MSGFMT) --check -o $@ $<
noinst_DATA += $(hv_catalogs)
CLEANFILES += $(hv_catalogs)

install-data-local: $(hv_catalogs)
	for language in $(HV_LANGUAGES); do \
	  folder="$(DESTDIR)$(localedir)/$$language/LC_MESSAGES"; \
	  $(MKDIR_P) "$$folder" && \
	  $(INSTALL_DATA) viewer/po/$$language/LC_MESSAGES/liballoc.mo "$$folder/liballoc.mo" || exit 1; \
	done
uninstall-local:
	for language in $(HV_LANGUAGES); do \
	  rm -f "$(DESTDIR)$(localedir)/$$language/LC_MESSAGES/liballoc.mo"; \
	done
endif

# For translators: brings the .po files up to date with the sources.
update-po:
	XGETTEXT='$(XGETTEXT)' $(SHELL) $(srcdir)/viewer/po/extract.sh $(srcdir) viewer/po/liballoc.pot
	for language in $(HV_LANGUAGES); do \
	  file="$(srcdir)/viewer/po/$$language.po"; \
	  if test -f "$$file"; then \
	    $(MSGMERGE) --quiet --no-wrap --add-location=file --backup=none --update "$$file" viewer/po/liballoc.pot; \
	  else \
	    msginit --no-translator --no-wrap --locale=$$language -i viewer/po/liballoc.pot -o "$$file"; \
	  fi || exit 1; \
	done
CLEANFILES += viewer/po/liballoc.pot
