"""Runs a command at a terminal: waits for a text, types an answer, again; prints what was shown.

argv: seconds, folder, then pairs of text and answer, `--`, and the command."""
import os, pty, select, sys, time

seconds, folder = int(sys.argv[1]), sys.argv[2]
split = sys.argv.index("--")
pairs, command = sys.argv[3:split], sys.argv[split + 1 :]
steps = list(zip(pairs[::2], pairs[1::2]))
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(folder)
    os.environ.update(TERM="xterm", HOME=folder)
    os.execv(command[0], command)
shown, seen, end = b"", 0, time.time() + seconds
while time.time() < end:
    if select.select([terminal], [], [], 0.2)[0]:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    if steps and steps[0][0].encode() in shown[seen:]:
        # The program must be listening before its terminal is typed at.
        time.sleep(0.2)
        seen = len(shown)
        os.write(terminal, (steps.pop(0)[1] + "\r").encode())
else:
    os.kill(pid, 9)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(shown)
sys.exit(status if 0 <= status < 126 else 125)
