"""gdb over a recorded run of Reprise: the workflow's real frames, forwards and backwards.

Loaded by `YOUR_PROGRAM debug --gdb FILE`. In a gdb of your own: `source tools/gdb/reprise.py`.

  reprise-next [N]     on by so many events (1)
  reprise-back [N]     back by so many: the replay begins again, and ends up the same
  reprise-goto SEQ     before event SEQ
  reprise-why          why the next event happens
  reprise-stack        the workflow and its helpers, those that are suspended too
  reprise-locals       the workflow's variables there
  reprise TEXT         any look of the debugger: events, print waits, print charge, ask total
"""

import gdb

STOPPED = "reprise_debug_stopped"


def is_alive():
    return gdb.selected_inferior().pid != 0


def require_alive():
    if not is_alive():
        raise gdb.GdbError("nothing is replayed: `reprise-goto 1` begins")


def tell(command):
    """What the program's own session answers."""
    require_alive()
    before = gdb.selected_frame()
    text = '"' + command.replace("\\", "\\\\").replace('"', '\\"') + '"'
    told = gdb.parse_and_eval(f"((const char*(*)(const char*))reprise_debug_tell)({text})")
    text = told.string(errors="replace")
    if before.is_valid():
        before.select()  # A call selects the newest one.
    return text


def stopped_frame():
    frame = gdb.newest_frame()
    while frame is not None:
        if frame.name() == STOPPED:
            return frame
        frame = frame.older()
    return None


def place():
    """The event before which it stands, or that it has taken last; None: nothing is replayed."""
    if not is_alive():
        return None
    event = int(gdb.parse_and_eval("*(unsigned long*)&reprise_debug_next"))
    return event or None


def is_workflow(frame):
    """Whether a coroutine of the user's runs there: the engine has none."""
    return frame.type() != gdb.INLINE_FRAME and promise_of(frame) is not None


def workflow_frame():
    """The innermost coroutine of the user's own below the stop, or None."""
    frame = stopped_frame()
    while frame is not None:
        if is_workflow(frame):
            return frame
        frame = frame.older()
    return None


def show_place():
    print(tell(""), end="")
    select_workflow()


def select_workflow():
    """What is asked next is asked of the workflow's own frame, where one runs."""
    frame = workflow_frame()
    if frame is not None:
        frame.select()
        gdb.execute(f"frame level {frame.level()}", to_string=True)  # And `list` tells its lines.


def run_to(target):
    if stopped_frame() is None:
        return
    gdb.execute(f"set var *(unsigned long*)&reprise_debug_target = {target}", to_string=True)
    gdb.execute("continue", to_string=True)


class Stop(gdb.Breakpoint):
    """Where the replay says that it stands; nothing is printed of it."""

    def __init__(self):
        super().__init__(STOPPED, internal=True)
        self.silent = True


stop = None


def begin():
    """From event 1 on, in a process of its own."""
    global stop
    gdb.execute("set confirm off")
    gdb.execute("set breakpoint pending on")
    if stop is None:
        stop = Stop()
    gdb.execute("run", to_string=True)
    if is_alive() and stopped_frame() is None:
        print("stopped before the replay was where it should be; `continue` goes on")


def go(target):
    target = max(target, 1)
    here = place()
    if here is None or target < here or stopped_frame() is None:
        begin()
        here = place()
    if here is not None and target > here:
        run_to(target)
    if not is_alive():
        print("the replay has ended")
        return
    frame = stopped_frame()
    if frame is None:
        return
    at = stopped_at(frame)
    if at < target and workflow_frame() is None:
        # Where code and history part the code is left; the place before it is in its frame.
        begin()
        if at > 1:
            run_to(at)
    sync()
    show_place()


def sync():
    """The event it stands before may be nearer than was asked: the end, or a mismatch."""
    at = stopped_at(stopped_frame())
    gdb.execute(f"set var *(unsigned long*)&reprise_debug_target = {at}", to_string=True)


def stopped_at(frame):
    selected = gdb.selected_frame()
    frame.select()
    try:
        return int(gdb.parse_and_eval("next"))
    except gdb.error:  # Compiled without variables: by the convention of calls.
        architecture = frame.architecture().name()
        register = "$x0" if architecture.startswith("aarch64") else "$rdi"
        return int(gdb.parse_and_eval(register))
    finally:
        selected.select()


def command(name, run):
    """A command of gdb's; what `help` says of it is read when its class is made."""
    def invoke(_self, argument, _from_tty):
        run(argument.strip())

    def begin_command(self):
        gdb.Command.__init__(self, name, gdb.COMMAND_RUNNING)

    type(name, (gdb.Command,), {"__doc__": run.__doc__, "__init__": begin_command,
                                "invoke": invoke})()


def number(argument, default):
    if not argument:
        return default
    try:
        return int(argument)
    except ValueError as error:
        raise gdb.GdbError(f"{argument!r} is no number of events") from error


def next_event(argument):
    """On by so many events (1)."""
    here = place()
    go(1 if here is None else here + number(argument, 1))


def back_event(argument):
    """Back by so many events (1): the replay begins again, and comes to the same."""
    here = place()
    go(1 if here is None else here - number(argument, 1))


def goto_event(argument):
    """Before event SEQ."""
    if not argument:
        raise gdb.GdbError("say to which event: reprise-goto 41")
    go(number(argument, 1))


def why(_argument):
    """Why the next event happens."""
    print(tell("why"), end="")


def look(argument):
    """Any look of the debugger: events, print waits, print charge, ask total."""
    print(tell(argument), end="")


def local_values(_argument):
    """The variables of the workflow's frame: parameters too, without the coroutine's own."""
    require_alive()
    frame = gdb.selected_frame()
    if frame.name() == STOPPED:
        raise gdb.GdbError("no workflow code runs here; reprise-goto an event before")
    try:
        names, block = set(), frame.block()
    except RuntimeError as error:
        raise gdb.GdbError("this frame has no debug information: compile with -g") from error
    line = frame.find_sal().line
    while block is not None:
        for symbol in block:
            # What is declared below has no value yet.
            known = symbol.is_argument or symbol.is_variable and symbol.line < line
            if known and symbol.name not in names and not symbol.name.startswith("__"):
                names.add(symbol.name)
                print(f"{symbol.name} = {symbol.value(frame).format_string(max_elements=50)}")
        if block.function is not None:
            return
        block = block.superblock


# The chain of coroutines.

def promise_of(frame):
    """The promise of the coroutine that runs in `frame`, as detail::PromiseBase, or None."""
    base = gdb.lookup_type("reprise::detail::PromiseBase")
    selected = gdb.selected_frame()
    frame.select()
    try:
        for name in ("__promise", "frame_ptr->_Coro_promise"):
            try:
                value = gdb.parse_and_eval(name)
            except gdb.error:
                continue
            if value.is_optimized_out:
                continue
            if value.type.code == gdb.TYPE_CODE_PTR:
                value = value.dereference()
            return value.cast(base)
        return None
    except gdb.error:
        return None
    finally:
        selected.select()


def function_at(address):
    """The function that a suspended coroutine goes on in, and its first line."""
    block = gdb.block_for_pc(address)
    while block is not None and block.function is None:
        block = block.superblock
    sal = gdb.find_pc_line(address)
    where = f"{sal.symtab.filename}:{sal.line}" if sal.symtab else "?"
    return (block.function.name if block else "?"), where


def promise_at(handle):
    """Of a suspended coroutine: the promise stands behind the two functions of its frame."""
    address = int(handle) + 2 * gdb.lookup_type("unsigned long").sizeof
    base = gdb.lookup_type("reprise::detail::PromiseBase")
    return gdb.Value(address).cast(base.pointer()).dereference()


def function_of(handle):
    resume = handle.cast(gdb.lookup_type("unsigned long").pointer()).dereference()
    return function_at(int(resume))


def parked():
    """The coroutine that waits for the next event, where none is on the stack; or None."""
    try:
        decider = gdb.parse_and_eval("*(void**)&reprise_debug_decider")
        decider = decider.cast(gdb.lookup_type("reprise::replay::CoroutineDecider").pointer())
        handle = decider["handle_"]["_M_fr_ptr"]
        return handle if int(handle) != 0 else None
    except gdb.error:  # The library has no debug information.
        return None


def suspended(promise):
    """Those that wait for the coroutine of `promise`, innermost first: name, and where it waits."""
    for _ in range(1000):
        handle = promise["continuation_"]["_M_fr_ptr"]
        if int(handle) == 0:
            return
        site = promise["awaited_at_"]
        name, _ = function_of(handle)
        line = int(site["line"])
        yield name, f"{site['file'].string()}:{line}" if line else "?"
        promise = promise_at(handle)


def stack(_argument):
    """The workflow and its helpers, innermost first; those that are suspended too."""
    require_alive()
    frame = stopped_frame() or gdb.newest_frame()
    count = 0
    promise = None
    while frame is not None:
        if is_workflow(frame):
            sal = frame.find_sal()
            print(f"#{count}  {frame.name()}  at {sal.symtab.filename}:{sal.line}")
            count += 1
            promise = promise_of(frame)
        frame = frame.older()
    if promise is None:
        handle = parked()
        if handle is not None:
            name, where = function_of(handle)
            print(f"#{count}  {name}  of {where}  (waits)")
            count += 1
            promise = promise_at(handle)
    if promise is not None:
        for name, where in suspended(promise):
            print(f"#{count}  {name}  at {where}  (suspended)")
            count += 1
    if count == 0:
        print("no workflow code is here: not started, ended, or compiled without -g")


# What values look like.

class ContextPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return "the run's context"


class PayloadPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return f"{self.value['encoding']} {self.value['bytes']}"


class ErrorPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return f"error {self.value['code_']} {self.value['message_']}"


class ResultPrinter:
    """A value, or the error in its place."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        fields = [field.name for field in self.value.type.fields()]
        if "error_" in fields:  # Of nothing: the error, if there is one.
            return f"result {self.value['error_']}"
        return f"result {self.value['state_']}"


class OperationPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        handle = self.value["handle_"]
        op, site = int(handle["op_"]), handle["site_"]
        if op == 0:
            return "no operation"
        return f"operation {op} of {site['file'].string()}:{int(site['line'])}"


def printers():
    import gdb.printing
    all_of_them = gdb.printing.RegexpCollectionPrettyPrinter("reprise")
    all_of_them.add_printer("Context", "^reprise::Context$", ContextPrinter)
    all_of_them.add_printer("Payload", "^reprise::Payload$", PayloadPrinter)
    all_of_them.add_printer("Error", "^reprise::Error$", ErrorPrinter)
    all_of_them.add_printer("Result", "^reprise::Result<.*>$", ResultPrinter)
    all_of_them.add_printer("Operation", "^reprise::BasicOperation<.*>$", OperationPrinter)
    gdb.printing.register_pretty_printer(None, all_of_them, replace=True)


command("reprise-next", next_event)
command("reprise-back", back_event)
command("reprise-goto", goto_event)
command("reprise-why", why)
command("reprise-stack", stack)
command("reprise-locals", local_values)
command("reprise", look)
printers()
gdb.execute("set pagination off")
