"""Measures what draft tokens gain where each answer comes from a fresh process, on this machine, in turns.

    python3 benchmarks/fresh_processes.py --questions prompts.jsonl [--wan rtt=80ms] [--rounds 3] [-- FLAGS]

Each question is answered by 'bookend generate' one token at a time and with the default draft tokens:
once with nothing remembered of costs and drafters ('cold'), and once with what that process left behind
('warm'). FLAGS go to all of them, such as --weights int8. Speeds are those of the answer, from the first
token to the last, without the start of the program. The order turns round by round.

The tables have the ratio of each way to sequential decoding: over all answers, the median and, in
brackets, the 95 % interval of a bootstrap over the questions; and for each answer of at least --least
tokens the median of the rounds, of which the lowest is shown. An answer that is not the one of
sequential decoding ends the program with 1.

Times mean little while the machine does anything else.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
WAYS = ("sequential", "cold", "warm")


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument(
        "--questions", type=pathlib.Path, required=True, help="JSON lines with 'prompt', or with 'turns'"
    )
    arguments.add_argument("--count", type=int, default=12, help="how many, spread over the file (%(default)s)")
    arguments.add_argument("--wan", default="rtt=80ms", help="the emulated link (%(default)s)")
    arguments.add_argument("--rounds", type=int, default=1, help="%(default)s")
    arguments.add_argument("--tokens", type=int, default=100, help="of an answer (%(default)s)")
    arguments.add_argument("--least", type=int, default=51, help="tokens of an answer looked at alone (%(default)s)")
    arguments.add_argument("flags", nargs="*", help="of 'bookend generate'")
    options = arguments.parse_args()
    entries = [json.loads(line) for line in options.questions.read_text().splitlines() if line.strip()]
    questions = [entry["prompt"] if "prompt" in entry else entry["turns"][0] for entry in entries]
    count = min(options.count, len(questions))
    questions = [questions[place * len(questions) // count] for place in range(count)]

    answers = [{way: [] for way in WAYS} for _ in questions]
    for number in range(options.rounds):
        for place, question in enumerate(questions):
            ask(question, number, answers[place], options)
            now = {way: answers[place][way][-1]["tokens_per_second"] for way in WAYS}
            print(f"round {number + 1}, question {place + 1}: "
                  + ", ".join(f"{way} {speed:.1f}" for way, speed in now.items()) + " tokens/s", file=sys.stderr)
    report(answers, options)


def ask(question, number, answers, options):
    """Adds an answer of each way, from processes that share nothing but what 'warm' is given."""
    with tempfile.TemporaryDirectory() as state:
        ways = {
            "sequential": lambda: generate(question, ["--decode", "sequential"], state, options),
            "drafted": lambda: [generate(question, [], state, options) for _ in ("cold", "warm")],
        }
        found = {way: ways[way]() for way in (ways if number % 2 == 0 else reversed(ways))}
    answers["sequential"].append(found["sequential"])
    answers["cold"].append(found["drafted"][0])
    answers["warm"].append(found["drafted"][1])


def generate(question, flags, state, options):
    run = subprocess.run(
        [ROOT / "bookend", "generate", "--json", "--wan", options.wan, "--max-tokens", str(options.tokens),
         *flags, *options.flags, "-"],
        input=question, capture_output=True, text=True, env=dict(os.environ, XDG_STATE_HOME=state),
    )
    if run.returncode != 0:
        sys.exit(f"{run.stderr[-2000:]}\nbookend generate has failed")
    return json.loads(run.stdout)


def report(answers, options):
    for number, answer in enumerate(answers):
        texts = {tuple(one["token_ids"]) for way in WAYS for one in answer[way]}
        if len(texts) > 1:
            near = sum(one["near_ties"] for way in WAYS for one in answer[way])
            sys.exit(f"question {number + 1}: answers differ (near ties: {near})")
    lengths = [answer["sequential"][0]["completion_tokens"] for answer in answers]
    print(f"{len(answers)} questions, {options.wan}, answers of {statistics.mean(lengths):.0f} tokens on average,"
          f" {options.rounds} rounds{', ' + ' '.join(options.flags) if options.flags else ''}\n")
    print("| | tokens per round trip | tokens/s, median | times sequential's, median | mean | over all time |"
          f" lowest of an answer of at least {options.least} tokens |")
    print("|---|---|---|---|---|---|---|")
    base = [statistics.median(speed(one) for one in answer["sequential"]) for answer in answers]
    for way in WAYS:
        speeds = [statistics.median(speed(one) for one in answer[way]) for answer in answers]
        ratios = [statistics.median(speed(ours) / speed(theirs)
                                    for ours, theirs in zip(answer[way], answer["sequential"])) for answer in answers]
        trips = statistics.mean(one["tokens_per_round_trip"] for answer in answers for one in answer[way])
        whole = sum(n / s for n, s in zip(lengths, base)) / sum(n / s for n, s in zip(lengths, speeds))
        low, high = interval(ratios)
        single = [ratio for ratio, length in zip(ratios, lengths) if length >= options.least]
        print(f"| {way} | {trips:.2f} | {statistics.median(speeds):.1f} | {statistics.median(ratios):.2f}"
              f" [{low:.2f}, {high:.2f}] | {statistics.mean(ratios):.2f} | {whole:.2f}"
              f" | {f'{min(single):.2f}' if single else ''} |")


def speed(answer):
    return answer["tokens_per_second"]


def interval(ratios):
    """The 95 % interval of the median, by a bootstrap."""
    draw = random.Random(1)
    medians = sorted(statistics.median(draw.choices(ratios, k=len(ratios))) for _ in range(2000))
    return medians[50], medians[1949]


if __name__ == "__main__":
    main()
