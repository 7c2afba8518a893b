package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Wrong usage: one clear line and the documented exit code, before any model is loaded. */
class UsageTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    CommandLine commandLine = Main.commandLine(System.getenv(), args);
    commandLine.setOut(new PrintWriter(out));
    commandLine.setErr(new PrintWriter(err));
    return commandLine.execute(args);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "|a command is missing",
        "generat hi|there is no command 'generat'; did you mean 'generate'?",
        "nope|there is no command 'nope'",
        "help nope|there is no command 'nope'",
        "help modle pull|there is no command 'modle'; did you mean 'model'?",
        "help model pll|there is no command 'model pll'; did you mean 'model pull'?",
        "help generate hi|'generate' has no commands of its own",
        "completion tcsh|SHELL: 'tcsh' is none of bash, zsh and fish",
        "generate --frob hi|Unknown option: '--frob'",
        "generate --maxtokens 3 hi|Unknown option: '--maxtokens'; did you mean '--max-tokens'?",
        "generate hi there|a prompt is one argument; put quotes around a text of several words",
        "generate tell me a story|put quotes around a text of several words",
        "--model smollm2|flags come behind a command: 'bookend chat --model ...'",
        "--frob|Unknown option: '--frob'",
        "chat hello|there is one argument too many",
        "model shwo|there is no command 'model shwo'; did you mean 'model show'?",
        "history foo|there is no command 'history foo'",
        "generate --split x hi|--split: 'x' is not a split; write K or K:M",
        "generate --split 1:2:3 hi|--split: '1:2:3' is not a split",
        "generate --split -1 hi|--split: '-1' is not a split",
        "generate --cloud http://host hi|--cloud: 'http://host' is not an address",
        "generate --cloud grpc://a,b hi|--cloud: 'b' is not an address",
        "generate --tls-cert c.pem hi|--tls-cert and --tls-key go together",
        "generate --header Accept=x hi|--header: a header cannot be named 'Accept'",
        "generate --header a hi|--header: write NAME=VALUE, or NAME=@FILE",
        "generate --header a=@/no/such/file hi|--header: cannot read /no/such/file",
        "generate --wan rtt=80 hi|--wan: '80' is not a time",
        "generate --wan fast hi|--wan: 'fast' is not of the form key=value",
        "generate --max-tokens 0 hi|'0' is not a positive number",
        "generate --max-tokens many hi|'many' is not a positive number",
        "generate --decode magic hi|--decode: 'magic' is none of sequential and speculative",
        "generate --draft magic hi|--draft: 'magic' is no drafter",
        "generate --draft suffix, hi|--draft: '' is no drafter",
        "chat --draft ngram:8|--draft: 'ngram:8' is no drafter; N is one of 3 to 7",
        "generate --temperature -1 hi|temperature -1.0 is not in 0 to 100",
        "generate --temperature 1 --top-p 2 hi|top-p 2.0 is not above 0 and at most 1",
        "generate --temperature 1 --top-k 0 hi|'0' is not a positive number",
        "generate --seed 3 hi|have no meaning without a --temperature above 0",
        "generate --device tpu hi|--device: 'tpu' is not a device",
        "generate --weights f64 hi|--weights: 'f64' is none of ",
        "generate --raw --system s hi|--system has no meaning with --raw",
        "generate --model|Missing required parameter",
        "export|Missing required option: '--out=DIR'",
        "export --out o --backend magic|--backend: 'magic' is none of ",
        "export --out o --precision fp8|'fp8' is none of fp32, fp16 and int8",
        "export --out o --weights bf16|'bf16' is none of fp32, fp16 and int8",
        "export --out o --weights int8 --backend tensorrt|integer layers run on CPUs",
        "export --out o --split x|--split: 'x' is not a split; write K or K:M",
        "export --out o --max-context 0|'0' is not a positive number",
        "export --out o --max-sessions many|'many' is not a positive number",
        "export --out o --stages 0|'0' is not a positive number",
        "export --out o --name a/b|--name: 'a/b' is not a valid model name",
        "doctor|--cloud: give the address of the server to look at",
        "doctor --cloud grpc://h --metrics-port 70000|--metrics-port: '70000' is not a port",
        "doctor --cloud grpc://h --wan rtt=1ms|--wan: it is the real link",
        "doctor --cloud grpc://h --split x|--split: 'x' is not a split",
        "model|a command is missing behind 'model': pull, list, show, cp or rm",
        "model pull --split 2 o/n|--split: only --edge-only fetches some of the layers",
        "model pull --edge-only --split x o/n|--split: 'x' is not a split",
        "model list --split -1|--split: '-1' is not a split",
        "plan --split x|--split: 'x' is not a split",
        "plan --rtt 80|--rtt: '80' is not a time",
        "plan --bandwidth fast|--bandwidth: 'fast' is not a number with a unit",
        "plan --bandwidth 1mbit,2mbit,3mbit|--bandwidth: write UP or UP,DOWN",
        "plan --edge-memory much|'much' is not a size; write e.g. 8GB or 24GiB",
        "plan --edge-memory 8|'8' is not a size; write e.g. 8GB or 24GiB",
        "plan --accepted 20|--accepted: a number from 1 to 1 + --draft-tokens",
        "plan --cloud-step soon|--cloud-step: 'soon' is not",
        "plan --precision fp8|'fp8' is none of fp32, fp16 and int8",
        "standin|a command is missing behind 'standin': ",
        "standin train --tokens 0|'0' is not a positive number",
        "standin train --text /no/such/file|--text: cannot read /no/such/file: there is no such file or directory",
        "standin train --split x|--split: 'x' is not a split",
        "bench --drafters magic|--drafters: 'magic' is no drafter",
        "bench --drafters suffix+magic|--drafters: 'magic' is no drafter",
        "bench --draft-tokens 0|'0' is not a positive number",
        "bench --guesses many|'many' is not a positive number",
        "bench --prompts /no/such/file|--prompts: there is no file /no/such/file",
        "bench --prompts 0|--prompts: there must be at least 1 of each category",
        "bench --max-tokens 0|'0' is not a positive number",
        "bench --rtt 20|--rtt: '20' is not a time",
        "bench --splits 4:4,x|--splits: 'x' is not a split",
        "bench --rtt 20ms,40ms --project|--project: give three or more round trips with --rtt",
        "bench --drafters suffix,none|--drafters: 'none' is sequential decoding",
        "bench --out ../pom.xml|--out: ../pom.xml is a file",
        "verify --drafters magic|--drafters: 'magic' is no drafter",
        "verify --prompts /no/such/file|--prompts: there is no file /no/such/file",
        "verify --cloud http://host|--cloud: 'http://host' is not an address",
        "eval|Missing required parameter: 'FILE'",
        "eval /no/such/file|there is no file /no/such/file",
        "eval ../pom.xml|../pom.xml line 1: not a JSON object of this form",
        "eval --window 0 f|'0' is not a positive number",
        "attack --depths 0|'0' is not a positive number",
        "attack --depths 2,x|'x' is not a positive number",
        "attack --wire int3|--wire: 'int3' is not a wire type; write fp32, fp16, int8, int4 or noise=S",
        "attack --wire fp32,noise=0|--wire: 'noise=0' is not a wire type",
        "attack --perceptron-pairs 0|'0' is not a positive number",
        "attack --seeds none|'none' is not a positive number",
        "attack --corpus /no/such/file|--corpus: there is no file /no/such/file",
        "attack --documents 0|'0' is not a positive number",
        "model cp no-such-model|Missing required parameter",
        "config list nope|there is no command 'nope' with flags to configure; 'bookend help'",
        "generate --cloud foo hi|write grpcs://HOST:PORT, ssh://HOST, grpc://HOST:PORT or embedded",
        "model rm|Missing required parameter"
      })
  void saysWhatIsWrongInOneLineAndExitsWith2(String line, String message) {
    int code = run(line == null ? new String[0] : line.split(" "));
    assertTrue(err.toString().contains(message), err.toString());
    assertTrue(err.toString().lines().count() <= 2, err.toString());
    assertTrue(err.toString().contains("\nTry 'bookend"), err.toString());
    assertFalse(err.toString().contains("\tat "), err.toString());
    assertEquals(2, code);
    assertEquals("", out.toString());
  }

  /** A word that is misplaced may be a piece of a prompt, or a secret. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3CRET",
        "generate hi s3CRET",
        "chat s3CRET",
        "doctor s3CRET",
        "generate --headre=x=s3CRET hi",
        "generate --headre x=s3CRET hi",
        "generate --header s3CRET hi",
        "generate --header s3CRET== hi",
        "generate --header authorization: s3CRET hi",
        "generate --header a=s3CRET\u0007 hi",
        "generate --cloud grpcs://me:s3CRET@host hi",
        "generate --cloud grpcs://me:p@s3CRET@host:port hi",
        "generate --cloud ssh://me:s3CRET@host hi",
        "generate --cloud ssh://me:s3CRET@host:port hi",
        "doctor --cloud https://s3CRET@host"
      })
  void whatMayBeASecretIsNotShown(String line) {
    assertEquals(2, run(line.split(" ")), err.toString());
    assertFalse(err.toString().contains("s3CRET"), err.toString());
  }

  @Test
  void anEmptyPromptIsWrongUsage() {
    assertEquals(2, run("generate", " "));
    assertTrue(err.toString().contains("the prompt is empty"), err.toString());
  }

  /** Picocli would read arguments from a file of that name. */
  @Test
  void aPromptMayBeginWithAnAtSign(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "--frob");
    assertEquals(1, run("generate", "--model", "no-such-model", "@" + file), err.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "no-such-model,no model 'no-such-model'",
    "/no/such/file.gguf,/no/such/file.gguf",
  })
  void anUnknownModelIsAFailure(String model, String message) {
    assertEquals(1, run("generate", "--model", model, "hi"));
    assertTrue(err.toString().contains(message), err.toString());
    assertEquals(1, err.toString().lines().count(), err.toString());
  }

  @Test
  void aStackTraceIsShownOnRequestOnly() {
    run("generate", "--verbose", "--model", "no-such-model", "hi");
    assertTrue(err.toString().contains("\tat "), err.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "--help",
    "generate --help",
    "chat --help",
    "export --help",
    "doctor --help",
    "model --help",
    "standin train --help",
    "bench --help",
    "verify --help",
    "attack --help",
    "help generate",
    "help model pull",
    "help"
  })
  void helpIsOnStandardOutput(String line) {
    assertEquals(0, run(line.split(" ")));
    assertTrue(out.toString().contains("Usage: bookend"), out.toString());
    assertEquals("", err.toString());
  }

  @Test
  void theHelpOfACommandOfTwoWordsIsItsOwn() {
    assertEquals(0, run("help", "model", "pull"), err.toString());
    assertTrue(out.toString().startsWith("Usage: bookend model pull"), out.toString());
    assertTrue(out.toString().contains("--edge-only"), out.toString());
  }

  @Test
  void completionIsCalledByEitherNameAndShownByOne() {
    assertEquals(0, run("generate-completion", "fish"), err.toString());
    String former = out.toString();
    out.getBuffer().setLength(0);
    assertEquals(0, run("completion", "fish"), err.toString());
    assertEquals(former, out.toString());
    out.getBuffer().setLength(0);
    run("help");
    assertTrue(out.toString().contains("\n  completion "), out.toString());
    assertFalse(out.toString().contains("generate-completion"), out.toString());
  }

  @Test
  void aModelThatIsNotHereCannotBeCopiedAndTheListSaysWhatIs() {
    assertEquals(1, run("model", "cp", "no-such-model", "x"));
    assertTrue(err.toString().contains("'bookend model list'"), err.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"generate --help", "chat --help"})
  void helpNamesTheDraftersOnTheClassPath(String line) {
    run(line.split(" "));
    String help = out.toString().replaceAll("\\s+", " ");
    assertTrue(
        help.contains(
            "eagle:HEAD, lookahead, model:NAME, ngram, ngram:N, recycling, retrieval, standin, suffix"),
        help);
  }

  @Test
  void completionKnowsTheDraftersOnTheClassPath() {
    run("completion");
    for (String flag : new String[] {"--draft", "--drafters"}) {
      assertTrue(
          out.toString()
              .lines()
              .anyMatch(line -> line.endsWith(flag + " values") && line.contains("\"retrieval\"")),
          flag);
    }
  }

  @Test
  void helpNamesTheExitCodes() {
    run("--help");
    for (String code : new String[] {"0", "1", "2", "3", "4", "5", "6", "130"}) {
      assertTrue(out.toString().contains("  " + code + " "), code);
    }
  }

  @Test
  void onlyTheCommandThatIsAskedForIsLookedAtUnlessItLooksAtOthers(@TempDir Path home) {
    Map<String, String> variables = Map.of("HOME", home.toString());
    Map<String, CommandLine> all = Main.commandLine(variables).getSubcommands();
    Set<String> whole =
        Set.of(
            "config",
            "help",
            "completion",
            "generate-completion",
            "man-pages",
            "generate-man-pages");
    assertTrue(all.keySet().containsAll(whole));
    all.forEach(
        (name, command) -> {
          CommandLine part = Main.commandLine(variables, name);
          assertEquals(
              whole.contains(name) ? all.keySet() : Set.of(name), part.getSubcommands().keySet());
          assertEquals(usage(command), usage(part.getSubcommands().get(name)));
        });
    for (String word : List.of("--help", "generat", "--profile")) {
      assertEquals(all.size(), Main.commandLine(variables, word).getSubcommands().size());
    }
    Map<String, String> configured = Map.of("HOME", home.toString(), "BOOKEND_SPLIT", "2:2");
    assertEquals(all.size(), Main.commandLine(configured, "generate").getSubcommands().size());
    assertEquals(
        all.size(), Main.commandLine(variables, "generate", "--profile=a").getSubcommands().size());
  }

  private static String usage(CommandLine command) {
    return command.getUsageMessage()
        + command.getSubcommands().values().stream()
            .map(UsageTest::usage)
            .collect(Collectors.joining());
  }
}
