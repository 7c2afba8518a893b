"""Compares answers over a slow link with those of llama.cpp's rpc-server, on this machine, in turns.

    python3 benchmarks/llama.cpp/over_a_link.py [--round-trips 0,20,80] [--rounds 3] [--questions FILE]

Both programs compute the sample model's first and last layers here and the 22 between them behind
the same emulated link, each in fresh processes, and answer the same questions with the greedy
choice: llama.cpp one token at a time and with its prompt lookup, Bookend one token at a time and
with its default draft tokens, its layers in FP32 and in INT8. llama.cpp is built as compare.py says. The
table has tokens/s of whole answers with their prompts, median of the rounds and, in brackets, the
lowest and the highest.

Times mean little while the machine does anything else.
"""

import argparse
import json
import pathlib
import socket
import statistics
import subprocess
import sys
import time

from compare import HERE, ROOT, Bookend, figures, llama, llama_python, sample

LAYERS = 22
QUESTIONS = ROOT / "evaluation/src/main/resources/dev/bookend/evaluation/bench/prompts.jsonl"


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--round-trips", default="0,20,80", help="milliseconds (%(default)s)")
    arguments.add_argument("--rounds", type=int, default=3, help="%(default)s")
    arguments.add_argument("--tokens", type=int, default=100, help="of an answer (%(default)s)")
    arguments.add_argument("--threads", type=int, default=2, help="of llama.cpp (%(default)s)")
    arguments.add_argument("--drafts", type=int, default=10, help="of prompt lookup (%(default)s)")
    arguments.add_argument(
        "--questions", type=pathlib.Path, default=QUESTIONS, help="JSON lines (those of 'bookend bench')"
    )
    arguments.add_argument("--count", type=int, default=8, help="how many of them, from all parts (%(default)s)")
    arguments.add_argument(
        "--work", type=pathlib.Path, default=HERE / "target", help="what is built (%(default)s)"
    )
    options = arguments.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    model = sample().resolve()
    python = llama_python(options.work)
    questions = [question(line) for line in options.questions.read_text().splitlines()]
    questions = [questions[place * len(questions) // options.count] for place in range(options.count)]
    prompts = json.loads(llama(python, "chat", model, json.dumps(questions)))
    ids = options.work / "prompts.json"
    ids.write_text(json.dumps(prompts))

    results = {}
    for number in range(options.rounds):
        for delay in (int(text) for text in options.round_trips.split(",")):
            runs = {
                "llama.cpp": lambda: measure_llama(python, model, ids, delay, 0, options),
                "llama.cpp, prompt lookup": lambda: measure_llama(
                    python, model, ids, delay, options.drafts, options
                ),
            }
            for weights in ("f32", "int8"):
                for how in ("sequential", "speculative"):
                    runs[f"bookend {weights}, {how}"] = (
                        lambda weights=weights, how=how: measure_bookend(
                            model, prompts, delay, weights, how, options
                        )
                    )
            for name in runs if number % 2 == 0 else reversed(runs):
                answers = runs[name]()
                speed = sum(tokens for tokens, _ in answers) / sum(seconds for _, seconds in answers)
                results.setdefault((delay, name), []).append(speed)
                print(f"round {number + 1}, {delay} ms, {name}: {speed:.1f} tokens/s", file=sys.stderr)
    report(results, len(prompts), options)


def question(line):
    entry = json.loads(line)
    return entry["prompt"] if "prompt" in entry else entry["turns"][0]


def measure_llama(python, model, ids, delay, drafts, options):
    """[tokens, seconds] of each answer."""
    port = free_port()
    server = subprocess.Popen(
        [python, HERE / "llama.py", "rpc", str(port), str(options.threads)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, server)
        with Link(port, delay) as link:
            found = llama(python, "answer", model, link.port, LAYERS, options.threads, drafts, ids, options.tokens)
        return json.loads(found)
    finally:
        server.kill()
        server.wait()


class Link:
    """Bookend's emulated link before a port."""

    def __init__(self, port, delay):
        self.process = subprocess.Popen(
            ["java", "-cp", ROOT / "edge-cli/target/bookend.jar", HERE / "Proxy.java", str(port), f"rtt={delay}ms"],
            stdout=subprocess.PIPE, text=True,
        )
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def measure_bookend(model, prompts, delay, weights, how, options):
    flags = ["--model", model, "--weights", weights, "--decode", how, "--split", "4:4", "--wan", f"rtt={delay}ms"]
    with Bookend(flags) as bookend:
        bookend.ask(prompts[0], 8)
        answers = [bookend.ask(prompt, options.tokens) for prompt in prompts]
    return [(tokens, last - start) for start, _, last, tokens in answers]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(port, process):
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.1)
    sys.exit("llama.cpp's rpc server has ended")


def report(results, prompts, options):
    print(f"{prompts} questions, answers of at most {options.tokens} tokens, {LAYERS} layers behind the link,"
          f" {options.rounds} rounds; tokens/s, median [lowest, highest]\n")
    delays = [int(text) for text in options.round_trips.split(",")]
    print("| | " + " | ".join(f"{delay} ms" for delay in delays) + " |")
    print("|---|" + "---|" * len(delays))
    for name in dict.fromkeys(name for _, name in results):
        print(f"| {name} | " + " | ".join(figures(results[delay, name]) for delay in delays) + " |")
    ratios = []
    for delay in delays:
        theirs = zip(*(speeds for (at, name), speeds in results.items() if at == delay and "llama" in name))
        ours = zip(*(speeds for (at, name), speeds in results.items() if at == delay and "bookend" in name))
        ratios.append(statistics.median(max(o) / max(t) for o, t in zip(ours, theirs)))
    print("| the best of ours / the best of theirs | " + " | ".join(f"{ratio:.2f}" for ratio in ratios) + " |")


if __name__ == "__main__":
    main()
