"""What holds for all tests."""

import signal

# A shell starts its background jobs with Ctrl-C ignored, and their children inherit that: the tests
# of interruptions would wait for one that never comes.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
