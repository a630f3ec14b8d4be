"""Signals to `exec` at a terminal: Ctrl-C, then one of another process. Prints how many of them the command got after each, and
the status of `exec`; once with the terminal as standard input, once with a pipe. Its words are those of `exec` up to `--`."""

import os
import pty
import signal
import sys

COMMAND = """
import signal, socket, sys
told, tell = socket.socketpair()
tell.setblocking(False)
signal.set_wakeup_fd(tell.fileno())
for number in (signal.SIGINT, signal.SIGUSR1, signal.SIGTERM):
    signal.signal(number, lambda *_: None)
print("ready", flush=True)
interrupts = 0
while True:
    for number in told.recv(64):
        if number == signal.SIGINT:
            interrupts += 1
            print(f"interrupted {interrupts};", flush=True)
        elif number == signal.SIGUSR1:
            print(f"interrupts={interrupts}.", flush=True)
        elif number == signal.SIGTERM:
            sys.exit(7)
"""


def read_until(terminal, text):
    said = ""
    while text not in said:
        said += os.read(terminal, 1024).decode()
    return said


def run(words, by_pipe):
    reading, writing = os.pipe()
    child, terminal = pty.fork()
    if child == 0:
        os.close(writing)
        if by_pipe:
            os.dup2(reading, 0)
        os.execv(words[0], [*words, "--", sys.executable, "-c", COMMAND])
    read_until(terminal, "ready")
    counts = []
    sent = (lambda: os.write(terminal, b"\x03"), lambda: os.kill(child, signal.SIGINT))
    for count, send in enumerate(sent, 1):
        send()
        # Of signals that come together the last one is handled first.
        read_until(terminal, f"interrupted {count};")
        os.kill(child, signal.SIGUSR1)
        said = read_until(terminal, ".")
        counts.append(said.split("interrupts=")[1].split(".")[0])
    os.kill(child, signal.SIGTERM)
    _, status = os.waitpid(child, 0)
    os.close(writing)
    return f"{' '.join(counts)} {os.waitstatus_to_exitcode(status)}"


# A signal that never comes is no reason to wait for ever.
signal.alarm(60)
for by_pipe in (False, True):
    print(run(sys.argv[1:], by_pipe))
