# SPDX-License-Identifier: MIT
"""A desktop's settings portal: answers Read, and tells changes that it reads from standard input:

    color-scheme 1
    contrast 0

It says "ready" once it has its name on the session bus."""

import os
import sys

from gi.repository import Gio, GLib

PATH = "/org/freedesktop/portal/desktop"
INTERFACE = "org.freedesktop.portal.Settings"
GROUP = "org.freedesktop.appearance"
XML = """<node><interface name="org.freedesktop.portal.Settings">
  <method name="Read">
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="v" direction="out"/>
  </method>
  <signal name="SettingChanged"><arg type="s"/><arg type="s"/><arg type="v"/></signal>
</interface></node>"""

values = {"color-scheme": int(sys.argv[1]), "contrast": 0}
loop = GLib.MainLoop()


def answer(bus, sender, path, interface, method, parameters, invocation):
    group, key = parameters.unpack()
    if group != GROUP or key not in values:
        invocation.return_dbus_error("org.freedesktop.portal.Error.NotFound", "no such setting")
        return
    # As the real one: a variant in a variant.
    value = GLib.Variant("v", GLib.Variant("u", values[key]))
    invocation.return_value(GLib.Variant.new_tuple(GLib.Variant("v", value)))


def change(source, condition, bus):
    text = os.read(sys.stdin.fileno(), 4096).decode()
    if not text:
        loop.quit()
        return False
    for line in text.splitlines():
        key, value = line.split()
        values[key] = int(value)
        told = GLib.Variant("(ssv)", (GROUP, key, GLib.Variant("u", values[key])))
        bus.emit_signal(None, PATH, INTERFACE, "SettingChanged", told)
    return True


def own(bus, name):
    bus.register_object(PATH, Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0], answer, None, None)


def owned(bus, name):
    GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_IN | GLib.IO_HUP, change, bus)
    print("ready", flush=True)


Gio.bus_own_name(Gio.BusType.SESSION, "org.freedesktop.portal.Desktop", Gio.BusNameOwnerFlags.NONE,
                 own, owned, None)
loop.run()
