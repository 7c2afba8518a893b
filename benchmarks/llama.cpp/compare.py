"""Compares the speed of a whole model with llama.cpp's, on this machine, in turns.

    python3 benchmarks/llama.cpp/compare.py [--model FILE.gguf] [--threads 1,2] [--rounds 5]

It fetches llama.cpp as the source package llama-cpp-python, builds it for this processor (minutes,
the first time; needs a C++ compiler), lets it write the model as F32 and as Q8_0, and then measures
both programs in fresh processes, one after the other, round by round: tokens/s of a prompt of about
1,000 tokens, and of the tokens after it, one at a time. Bookend runs as its users run it: the server
with the embedded cloud and sequential decoding, asked over its API, after a first answer that lets
Java warm up. The table has medians and, in brackets, the lowest and the highest.

Times mean little while the machine does anything else.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
import urllib.request
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGE = "llama-cpp-python==0.3.36"
# Only the library: its programs and picture models are not needed.
CMAKE = (
    "-DGGML_NATIVE=ON -DGGML_RPC=ON -DLLAVA_BUILD=OFF -DMTMD_BUILD=OFF"
    " -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_COMMON=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAMA_CURL=OFF"
)
SAMPLE = pathlib.Path("~/.cache/bookend/models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf").expanduser()
PAIRS = (("F32", "f32"), ("Q8_0", "int8"))  # llama.cpp's type, and Bookend's beside it


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--model", type=pathlib.Path, help="a GGUF file (the sample model)")
    arguments.add_argument("--threads", default="1,2", help="numbers of threads (%(default)s)")
    arguments.add_argument("--rounds", type=int, default=5, help="%(default)s")
    arguments.add_argument("--prompt-tokens", type=int, default=1000, help="%(default)s")
    arguments.add_argument("--tokens", type=int, default=64, help="after the prompt (%(default)s)")
    arguments.add_argument(
        "--work", type=pathlib.Path, default=HERE / "target", help="what is built (%(default)s)"
    )
    options = arguments.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    model = (options.model or sample()).resolve()
    python = llama_python(options.work)
    ids = json.loads(llama(python, "tokenize", model, options.prompt_tokens))
    files = {kind: converted(python, model, kind, options.work) for kind, _ in PAIRS}

    results = {}
    for number in range(options.rounds):
        for threads in (int(text) for text in options.threads.split(",")):
            for kind, weights in PAIRS:
                runs = [
                    (f"llama.cpp {kind}", lambda: measure_llama(python, files[kind], threads, ids, options)),
                    (f"bookend {weights}", lambda: measure_bookend(model, weights, threads, ids, options)),
                ]
                for name, run in runs if number % 2 == 0 else reversed(runs):
                    speeds = run()
                    results.setdefault((threads, name), []).append(speeds)
                    print(f"round {number + 1}, {threads} thread(s), {name}: "
                          f"prompt {speeds[0]:.0f}, then {speeds[1]:.1f} tokens/s", file=sys.stderr)
    report(results, model, len(ids), options)


def sample():
    if not SAMPLE.exists():
        subprocess.run([ROOT / "bookend", "model", "pull", "smollm2"], check=True)
    return SAMPLE


def llama_python(work):
    """The Python of an environment with llama.cpp, built here."""
    directory = work / "venv"
    python = directory / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = directory / "built.txt"
    wanted = f"{PACKAGE} {CMAKE}"
    if not done.exists() or done.read_text() != wanted:
        print(f"building {PACKAGE} (once) ...", file=sys.stderr)
        venv.create(directory, with_pip=True, clear=True)
        environment = dict(os.environ, CMAKE_ARGS=CMAKE)
        subprocess.run(
            [python, "-m", "pip", "install", "-q", "--no-cache-dir", "--no-binary", "llama-cpp-python", PACKAGE],
            check=True, env=environment,
        )
        done.write_text(wanted)
    return python


def llama(python, command, *parameters):
    """What a command of llama.py beside this file prints."""
    run = subprocess.run(
        [python, HERE / "llama.py", command, *map(str, parameters)], capture_output=True, text=True
    )
    if run.returncode != 0:
        sys.exit(f"{run.stderr[-2000:]}\nllama.py {command} has failed")
    return run.stdout


def converted(python, model, kind, work):
    file = work / f"{model.stem}.{kind}.gguf"
    if not file.exists():
        partial = file.with_suffix(".part")
        llama(python, "convert", model, partial, kind)
        partial.replace(file)
    return file


def measure_llama(python, file, threads, ids, options):
    ids_file = options.work / "prompt.json"
    ids_file.write_text(json.dumps(ids))
    return json.loads(llama(python, "measure", file, threads, ids_file, options.tokens))


def measure_bookend(model, weights, threads, ids, options):
    flags = ["--model", model, "--weights", weights, "--decode", "sequential"]
    with Bookend(flags, dict(os.environ, OMP_NUM_THREADS=str(threads))) as bookend:
        bookend.ask(ids[::-1][:64], options.tokens)
        start, first, last, tokens = bookend.ask(ids, options.tokens)
    return len(ids) / (first - start), (tokens - 1) / (last - first)


class Bookend:
    """The server, started with some flags and ended behind a with statement."""

    def __init__(self, flags, environment=None):
        self.process = subprocess.Popen(
            [ROOT / "bookend", "serve", *flags, "--port", "0", "--no-api-key", "--quiet"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment,
        )
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            address = re.search(r"http://[\d.:]+", line)
            if address:
                self.address = address.group()
                break
        else:
            sys.exit("the server did not start:\n" + "".join(lines))
        with urllib.request.urlopen(self.address + "/v1/models") as answer:
            self.model = json.load(answer)["data"][0]["id"]

    def ask(self, ids, tokens):
        """The times of the request, of the first and of the last token, and how many tokens came."""
        body = {"model": self.model, "prompt": ids, "max_tokens": tokens, "temperature": 0,
                "stream": True, "stream_options": {"include_usage": True}}
        request = urllib.request.Request(
            self.address + "/v1/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        start = time.monotonic()
        first = last = None
        with urllib.request.urlopen(request) as answer:
            for line in answer:
                if not line.startswith(b"data: {"):
                    continue
                piece = json.loads(line[6:])
                if piece.get("choices"):
                    last = time.monotonic()
                    first = first or last
                usage = piece.get("usage")
        return start, first, last, usage["completion_tokens"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def report(results, model, prompt, options):
    print(f"{model.name}, prompt of {prompt} tokens, then {options.tokens} one at a time,"
          f" {options.rounds} rounds; tokens/s, median [lowest, highest]\n")
    print("| threads | | prompt | after it | Bookend / llama.cpp, prompt | after it |")
    print("|---|---|---|---|---|---|")
    for threads in (int(text) for text in options.threads.split(",")):
        for kind, weights in PAIRS:
            theirs = list(zip(*results[threads, f"llama.cpp {kind}"]))
            ours = list(zip(*results[threads, f"bookend {weights}"]))
            ratios = [statistics.median(o / t for o, t in zip(mine, other))
                      for mine, other in zip(ours, theirs)]
            print(f"| {threads} | llama.cpp {kind} | {figures(theirs[0])} | {figures(theirs[1])} | | |")
            print(f"| {threads} | bookend {weights} | {figures(ours[0])} | {figures(ours[1])}"
                  f" | {ratios[0]:.2f} | {ratios[1]:.2f} |")


def figures(speeds):
    return f"{statistics.median(speeds):.1f} [{min(speeds):.1f}, {max(speeds):.1f}]"


if __name__ == "__main__":
    main()
