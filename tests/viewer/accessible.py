# SPDX-License-Identifier: MIT
"""Walks the accessibility tree of alloc-viewer as a screen reader does.

    accessible.py --names NAME...     waits until something is called by each of the names; status 1: no
    accessible.py                     does what the lines of its standard input say (accessible.sh)

    walk                              counts the controls, and tells each that has no name or no role
    describe NAME<tab>PATTERN         waits until what has that name has a description that matches
    keyboard PATTERN                  waits until what has the keyboard matches, and remembers it
    passed PATTERN                    the same, and does not remember it
    opened NAME                       waits until the keyboard is in what is called NAME and is over the
                                      window, and walks that
    closed                            waits until the keyboard is back where it was remembered

What has the keyboard is told as the way to it: "frame 'Heap Viewer' > ... > push button 'Trim Now'".
Each line is answered by what was found, and a last line, "= good" or "= bad".
"""
import faulthandler
import re
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

# What a user can press, type into, choose from or point at. List items and cells read out what
# they hold.
CONTROLS = {
    Atspi.Role.PUSH_BUTTON,
    Atspi.Role.TOGGLE_BUTTON,
    Atspi.Role.CHECK_BOX,
    Atspi.Role.RADIO_BUTTON,
    Atspi.Role.COMBO_BOX,
    Atspi.Role.ENTRY,
    Atspi.Role.SLIDER,
    Atspi.Role.SPIN_BUTTON,
    Atspi.Role.LINK,
    Atspi.Role.MENU_ITEM,
    Atspi.Role.CHECK_MENU_ITEM,
    Atspi.Role.RADIO_MENU_ITEM,
    Atspi.Role.LIST,
    Atspi.Role.LIST_BOX,
    Atspi.Role.TABLE,
    Atspi.Role.TREE_TABLE,
    Atspi.Role.IMAGE,
}

# What is no role: nobody would be told what it is.
NO_ROLES = {Atspi.Role.INVALID, Atspi.Role.UNKNOWN, Atspi.Role.FILLER, Atspi.Role.EXTENDED}

# What is over a window, or is one.
OVER = {
    Atspi.Role.DIALOG,
    Atspi.Role.ALERT,
    Atspi.Role.FILE_CHOOSER,
    Atspi.Role.MENU,
    Atspi.Role.POPUP_MENU,
    Atspi.Role.LIST,
    Atspi.Role.WINDOW,
    Atspi.Role.FRAME,
}

ROWS = {Atspi.Role.LIST_ITEM, Atspi.Role.TABLE_ROW, Atspi.Role.TREE_ITEM}
FEW_ROWS = 4


def ask(connection, owner, path, interface, method):
    """What a method without arguments answers."""
    return connection.call_sync(owner, path, interface, method, None, None, 0, -1).unpack()[0]


def bus():
    """A connection to the accessibility bus, without libatspi."""
    session = Gio.bus_get_sync(Gio.BusType.SESSION)
    address = ask(session, "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")
    flags = Gio.DBusConnectionFlags
    return Gio.DBusConnection.new_for_address_sync(
        address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION
    )


def whole(connection, owner):
    """Whether this application has put all its objects on the bus, not only its name."""
    try:
        introspectable = "org.freedesktop.DBus.Introspectable"
        xml = ask(connection, owner, "/org/a11y/atspi/cache", introspectable, "Introspect")
    except GLib.Error:
        return False
    return "org.a11y.atspi.Cache" in xml


def wait_until_whole():
    """GTK 4.8 is on the bus a moment before its cache is; libatspi ends, asked in between."""
    connection = bus()
    for _ in range(150):
        try:
            root, interface = "/org/a11y/atspi/accessible/root", "org.a11y.atspi.Accessible"
            applications = ask(connection, "org.a11y.atspi.Registry", root, interface, "GetChildren")
            if applications and all(whole(connection, owner) for owner, _path in applications):
                return
        except GLib.Error:
            pass  # the registry is not there yet
        time.sleep(0.1)
    sys.exit("no application is on the accessibility bus with all its objects")


def application(name):
    """The application of this name on the accessibility bus; waits for it."""
    wait_until_whole()
    for _ in range(150):
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(index)
            if child is not None and child.get_name() == name:
                # Asking again takes less time than following all that changes.
                child.set_cache_mask(Atspi.Cache(Atspi.Cache.DEFAULT & ~Atspi.Cache.CHILDREN))
                return child
        time.sleep(0.1)
    sys.exit(f"{name} is not on the accessibility bus")


def children(node):
    for index in range(node.get_child_count()):
        try:
            child = node.get_child_at_index(index)
        except GLib.Error:
            continue  # it went meanwhile
        if child is not None:
            yield child


def few_children(node):
    """All children, but only the first rows of lists, which have up to 1,000 that are all alike."""
    for index, child in enumerate(children(node)):
        if index >= FEW_ROWS and child.get_role() in ROWS:
            return
        yield child


def own_name(node):
    """The name that somebody gave it: GTK 4.8 falls back on the name of the class."""
    name = node.get_name().strip()
    return "" if re.fullmatch(r"(Gtk|Hv)[A-Z]\w*", name) else " ".join(name.split())


def has_state(node, state):
    return node.get_state_set().contains(state)


def name_of(node):
    """The name of a control, or of what it holds: a button with a label inside."""
    if own_name(node):
        return own_name(node)
    for child in children(node):
        name = own_name(child) if child.get_role() == Atspi.Role.LABEL else name_of(child)
        if name:
            return name
    return ""


def check(node, path, nameless):
    """Counts the controls below node; parts of a control that has a name belong to it."""
    seen = 0
    for child in few_children(node):
        below = path + [child.get_role_name()]
        if child.get_role() in NO_ROLES and has_state(child, Atspi.StateType.FOCUSABLE):
            nameless.append(" > ".join(below) + f" {child.get_name()!r}, which has no role")
        if child.get_role() not in CONTROLS:
            seen += check(child, below, nameless)
            continue
        seen += 1
        if not name_of(child):
            # An icon beside text is decoration; one that can be pressed or pointed at is a control.
            if child.get_role() != Atspi.Role.IMAGE or own_name(node):
                nameless.append(" > ".join(below) + f" {child.get_name()!r}")
    return seen


def walk(node):
    for child in few_children(node):
        yield child
        yield from walk(child)


def find(root, name):
    for node in walk(root):
        if node.get_name() == name:
            return node
    return None


def rest(seconds):
    """Sleeps, and hears meanwhile what has changed: what libatspi keeps of the tree follows from that."""
    context = GLib.MainContext.default()
    end = time.monotonic() + seconds
    while True:
        while context.iteration(False):
            pass
        if time.monotonic() >= end:
            return
        time.sleep(0.02)


def wait_description(root, name, pattern):
    text = node = None
    for _ in range(100):
        try:
            node = node or find(root, name)
            if node is not None:
                node.clear_cache()
                text = node.get_description()
        except GLib.Error:
            node = None  # it went just now
        if text is not None and re.search(pattern, text):
            print(f"{name}: {text}")
            return True
        rest(0.1)
    print(f"the description of {name} is {text!r}, not {pattern}")
    return False


def wait_names(root, wanted):
    missing = set(wanted)
    for _ in range(10):
        try:
            missing -= {node.get_name() for node in walk(root)}
        except GLib.Error:
            pass  # it changes just now
        if not missing:
            return True
        rest(0.1)
    print("nothing is called " + ", ".join(sorted(missing)))
    return False


def check_names(root, least=1):
    # A page that changes under a walk is walked again.
    for attempt in range(5):
        nameless = []
        try:
            seen = check(root, [], nameless)
            break
        except GLib.Error as problem:
            if attempt == 4:
                print(f"the tree cannot be walked: {problem}")
                return False
            rest(0.5)
    print(f"{seen} controls")
    for path in nameless:
        print(f"no name: {path}")
    return seen >= least and not nameless


class Keyboard:
    """Follows the keyboard by the events that a screen reader hears."""

    def __init__(self, root):
        self.root = root
        self.node = None
        self.remembered = None
        self.remembered_node = None
        self.listener = None

    def heard(self, event):
        if event.detail1:
            self.node = event.source
        elif event.source == self.node:
            self.node = None

    def look(self):
        """Where it is by the tree: not everything is heard."""
        focused = (node for node in walk(self.root) if has_state(node, Atspi.StateType.FOCUSED))
        self.node = next(focused, None)

    def way(self):
        """From the application down to what has the keyboard; empty: nothing has it."""
        nodes = []
        node = self.node
        while node is not None and node.get_role() != Atspi.Role.APPLICATION:
            nodes.insert(0, node)
            node = node.get_parent()
        return nodes

    def wait(self, good, wanted):
        """Waits until good, which is asked with the way; None: it does not come to that."""
        nodes = []
        if self.listener is None:
            self.listener = Atspi.EventListener.new(self.heard)
            self.listener.register("object:state-changed:focused")
            self.look()
        look = time.monotonic() + 1
        end = time.monotonic() + 30
        while time.monotonic() < end:
            rest(0.02)
            try:
                nodes = self.way()
                found = good(nodes)
                if found:
                    return found
                if self.node is None and time.monotonic() > look:
                    self.look()
                    look = time.monotonic() + 1
            except GLib.Error:
                pass  # it went just now
        print(f"the keyboard is not {wanted}, but at {told(nodes)!r}")
        return None

    def passed(self, pattern):
        def matches(nodes):
            return told(nodes) if re.search(pattern, told(nodes)) else None

        found = self.wait(matches, f"at {pattern}")
        if found:
            print(found)
        return found

    def at(self, pattern):
        self.remembered = self.passed(pattern)
        self.remembered_node = self.node
        return self.remembered is not None

    def opened(self, name):
        def over(nodes):
            named = (node for node in nodes if node.get_role() in OVER and own_name(node) == name)
            return next(named, None)

        node = self.wait(over, f"in {name}")
        if node is None:
            return False
        print(told(self.way()))
        return check_names(node, 0)  # an explanation is only read

    def closed(self):
        def is_back(nodes):
            if told(nodes) == self.remembered:
                return True
            # Nothing is heard when a window comes back to the front.
            self.remembered_node.clear_cache()
            return has_state(self.remembered_node, Atspi.StateType.FOCUSED)

        if not self.wait(is_back, f"back at {self.remembered!r}"):
            return False
        self.node = self.remembered_node
        return True


def told(nodes):
    return " > ".join(f"{node.get_role_name()} {own_name(node)!r}" for node in nodes)


def main():
    faulthandler.enable()
    Atspi.set_timeout(10000, 15000)
    root = application("alloc-viewer")
    if len(sys.argv) > 2 and sys.argv[1] == "--names":
        sys.exit(0 if wait_names(root, sys.argv[2:]) else 1)
    keyboard = Keyboard(root)
    questions = {
        "walk": lambda rest: check_names(root),
        "describe": lambda rest: wait_description(root, *rest.split("\t")),
        "keyboard": keyboard.at,
        "passed": keyboard.passed,
        "opened": keyboard.opened,
        "closed": lambda rest: keyboard.closed(),
    }
    for line in sys.stdin:
        word, _, rest = line.rstrip("\n").partition(" ")
        print("= good" if questions[word](rest) else "= bad", flush=True)


main()
