package dev.bookend.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.cli.config.Flags;
import dev.bookend.split.Split;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * What flags are that are not typed: the environment, profiles, the file; and what is wrong with
 * it.
 */
class ConfigTest {
  @TempDir private Path home;
  private Path file;
  private final Map<String, String> variables = new HashMap<>();
  private String out = "";
  private String err = "";

  @BeforeEach
  void setUp() throws Exception {
    variables.put("HOME", home.toString());
    file = home.resolve(".config/bookend/config.toml");
    Files.createDirectories(file.getParent());
  }

  private void configure(String... lines) throws Exception {
    Files.writeString(file, String.join("\n", lines) + "\n");
  }

  private int run(String... args) {
    StringWriter errors = new StringWriter();
    StringWriter help = new StringWriter();
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    CommandLine program = Main.commandLine(variables);
    program.setErr(new PrintWriter(errors));
    program.setOut(new PrintWriter(help));
    PrintStream before = System.out;
    System.setOut(new PrintStream(printed, true, UTF_8));
    try {
      return program.execute(args);
    } finally {
      System.setOut(before);
      out = help + printed.toString(UTF_8);
      err = errors.toString();
    }
  }

  /** What a command's flag is when the command runs. */
  private Object flag(String name, String... args) {
    CommandLine program = Main.commandLine(variables);
    List<Object> seen = new ArrayList<>();
    program.setExecutionStrategy(
        typed -> {
          ParseResult parsed = ConfiguredFlags.of(typed, variables);
          while (parsed.hasSubcommand()) {
            parsed = parsed.subcommand();
          }
          seen.add(parsed.commandSpec().findOption(name).getValue());
          return 0;
        });
    StringWriter errors = new StringWriter();
    program.setErr(new PrintWriter(errors));
    assertEquals(0, program.execute(args), errors.toString());
    return seen.get(0);
  }

  @Test
  void aTypedFlagGoesBeforeTheEnvironmentThatBeforeAProfileAndThatBeforeTheFile() throws Exception {
    configure("split = '1'", "[profiles.work]", "split = '2'", "[profiles.work.generate]", "");
    assertEquals(Split.parse("1"), flag("--split", "generate", "hi"));
    assertEquals(Split.parse("2"), flag("--split", "generate", "--profile", "work", "hi"));
    assertEquals(Split.parse("2"), flag("--split", "--profile=work", "generate", "hi"));
    variables.put("BOOKEND_PROFILE", "work");
    assertEquals(Split.parse("2"), flag("--split", "generate", "hi"));
    variables.put("BOOKEND_SPLIT", "3");
    assertEquals(Split.parse("3"), flag("--split", "generate", "hi"));
    assertEquals(Split.parse("4"), flag("--split", "generate", "--split=4", "hi"));
    variables.put("BOOKEND_SPLIT", "");
    assertEquals(Split.parse("2"), flag("--split", "generate", "hi"), "an empty variable is none");
    variables.remove("BOOKEND_PROFILE");
    configure("profile = 'work'", "split = '1'", "[profiles.work]", "split = '2'");
    assertEquals(Split.parse("2"), flag("--split", "generate", "hi"));
    configure("");
    assertEquals(Split.parse("4:4"), flag("--split", "generate", "hi"));
  }

  @Test
  void aCommandsOwnTableGoesBeforeTheTop() throws Exception {
    configure(
        "max-tokens = 10",
        "[chat]",
        "max-tokens = 20",
        "[bench]",
        "max-tokens = 30",
        "[profiles.p]",
        "max-tokens = 40",
        "[profiles.p.chat]",
        "max-tokens = 50");
    assertEquals(10, flag("--max-tokens", "generate", "hi"));
    assertEquals(20, flag("--max-tokens", "chat"));
    assertEquals(30, flag("--max-tokens", "bench"));
    assertEquals(100, flag("--max-tokens", "verify"), "a flag of its own, with another default");
    assertEquals(40, flag("--max-tokens", "generate", "--profile=p", "hi"));
    assertEquals(50, flag("--max-tokens", "chat", "--profile=p"));
    variables.put("BOOKEND_MAX_TOKENS", "60");
    assertEquals(60, flag("--max-tokens", "chat", "--profile=p"));
    variables.put("BOOKEND_CHAT_MAX_TOKENS", "70");
    assertEquals(70, flag("--max-tokens", "chat", "--profile=p"));
    assertEquals(60, flag("--max-tokens", "generate", "hi"));
  }

  @Test
  void valuesAreReadAsIfTheyHadBeenTyped() throws Exception {
    configure(
        "split = 2",
        "cloud = ['grpcs://a:1', 'grpcs://b:2']",
        "temperature = 0.5",
        "top-k = 7",
        "seed = 0x10",
        "history = true",
        "system = \"\"\"--be brief:\n100% ${sys:user.home} %n\"\"\"",
        "decode = 'Sequential'",
        "header = ['a=b c,d', 'e=f=g']",
        "[serve]",
        "api-key = ['x y', 'z,']",
        "allow-origin = '*'",
        "[plan]",
        "edge-memory = '8GB'",
        "[attack]",
        "depths = [2, 3]",
        "[model-pull]",
        "edge-only = true");
    assertEquals(Split.parse("2"), flag("--split", "chat"));
    assertEquals("grpcs://a:1,grpcs://b:2", flag("--cloud", "chat"));
    assertEquals(0.5, flag("--temperature", "chat"));
    assertEquals(7, flag("--top-k", "chat"));
    assertEquals(16L, flag("--seed", "chat"));
    assertEquals(true, flag("--history", "chat"));
    assertEquals("--be brief:\n100% ${sys:user.home} %n", flag("--system", "chat"));
    assertEquals("sequential", flag("--decode", "chat").toString());
    assertEquals(Map.of("a", "b c,d", "e", "f=g"), flag("--header", "chat"));
    assertEquals(List.of("x y", "z,"), flag("--api-key", "serve"));
    assertEquals(List.of("*"), flag("--allow-origin", "serve"));
    assertEquals(8_000_000_000L, flag("--edge-memory", "plan"));
    assertEquals(List.of(2, 3), flag("--depths", "attack"));
    assertEquals(true, flag("--edge-only", "model", "pull", "x"));
    assertEquals(Map.of("q", "r"), flag("--header", "chat", "--header", "q=r"), "in their place");
    configure("header = { a = 'b', 'x-y' = 'c' }");
    assertEquals(Map.of("a", "b", "x-y", "c"), flag("--header", "chat"));
    configure("header = []");
    assertEquals(Map.of(), flag("--header", "chat"));
    variables.put("BOOKEND_HEADER", "a=b c\nd=e");
    assertEquals(Map.of("a", "b c", "d", "e"), flag("--header", "chat"));
  }

  @Test
  void aSwitchThatIsOnCanBeTypedAndTurnedOff() throws Exception {
    configure("history = true");
    assertEquals(true, flag("--history", "chat", "--history"));
    assertEquals(false, flag("--history", "chat", "--history=false"));
    for (String no : new String[] {"0", "false", "No", "off"}) {
      variables.put("BOOKEND_HISTORY", no);
      assertEquals(false, flag("--history", "chat"), no);
    }
    variables.put("BOOKEND_STRICT", "1");
    assertEquals(true, flag("--strict", "chat"));
  }

  /** Picocli takes the opposite of a default for what a switch means, unless told otherwise. */
  @Test
  void everySwitchAndEveryRepeatedFlagCanBeConfigured() {
    Set<String> wrong = new HashSet<>();
    eachFlag(
        Main.commandLine().getCommandSpec(),
        flag -> {
          boolean isSwitch = flag.type() == boolean.class || flag.type() == Boolean.class;
          if (isSwitch && !flag.fallbackValue().equals("true")) {
            wrong.add(
                flag.command().qualifiedName() + " " + flag.longestName() + ": fallbackValue");
          }
          if (flag.isMultiValue() && !Set.of(",", Flags.SEPARATOR).contains(flag.splitRegex())) {
            wrong.add(flag.command().qualifiedName() + " " + flag.longestName() + ": split");
          }
        });
    assertEquals(Set.of(), wrong);
  }

  private static void eachFlag(CommandSpec command, java.util.function.Consumer<OptionSpec> look) {
    if (command.userObject() instanceof GenerateCompletion) {
      return;
    }
    command.options().stream()
        .filter(flag -> flag.longestName().startsWith("--"))
        .filter(flag -> !flag.usageHelp() && !flag.versionHelp())
        .forEach(look);
    command.subcommands().values().forEach(sub -> eachFlag(sub.getCommandSpec(), look));
  }

  /** [model.pull] could not stand beside model = "...". */
  @Test
  void noKeyIsATableAndNoVariableHasTwoMeanings() {
    Flags flags = Flags.of(Main.commandLine().getCommandSpec());
    Set<String> both = new HashSet<>(flags.shared().keySet());
    both.retainAll(flags.tables().keySet());
    assertEquals(Set.of(), both);
    List<String> names = new ArrayList<>(flags.shared().keySet());
    flags
        .tables()
        .forEach((table, own) -> own.keySet().forEach(key -> names.add(table + "-" + key)));
    names.addAll(
        List.of("token", "api-key", "classpath", "crash-report", "smollm2", "ssh", "config"));
    assertEquals(new HashSet<>(names).size(), names.size());
  }

  @Test
  void pathsBeginAtTheFileAndTheHome() throws Exception {
    Files.createDirectory(file.resolveSibling("models"));
    configure(
        "model = 'models'",
        "draft = 'suffix,model:./small'",
        "tls-ca = 'ca.pem'",
        "tls-cert = '~/cert.pem'",
        "header = ['a=@token', 'b=c']");
    String directory = file.getParent().toString();
    assertEquals(directory + "/models", flag("--model", "chat"));
    assertEquals("suffix,model:" + directory + "/./small", flag("--draft", "chat"));
    assertEquals(file.resolveSibling("ca.pem"), flag("--tls-ca", "chat"));
    assertEquals(home.resolve("cert.pem"), flag("--tls-cert", "chat"));
    assertEquals(
        Map.of("a", "@" + file.resolveSibling("token"), "b", "c"), flag("--header", "chat"));
    configure("model = 'owner/name'");
    assertEquals("owner/name", flag("--model", "chat"));
    variables.put("BOOKEND_TLS_CA", "ca.pem");
    assertEquals(Path.of("ca.pem"), flag("--tls-ca", "chat"), "of the working directory");
    variables.put("BOOKEND_MODEL", "~/m");
    assertEquals(home.resolve("m").toString(), flag("--model", "chat"));
  }

  @Test
  void theHomeIsPutInWhereTheShellLeavesIt() {
    assertEquals(home.resolve("ca.pem"), flag("--tls-ca", "chat", "--tls-ca=~/ca.pem"));
    assertEquals(Path.of("~ca.pem"), flag("--tls-ca", "chat", "--tls-ca=~ca.pem"));
    variables.put("BOOKEND_HEADER", "a=@~/token");
    assertEquals(Map.of("a", "@" + home.resolve("token")), flag("--header", "chat"));
    variables.remove("BOOKEND_HEADER");
    assertEquals(1, run("generate", "--model=~/none/model.gguf", "hi"));
    assertTrue(err.contains("'" + System.getenv("HOME") + "/none/model.gguf'"), err);
  }

  @Test
  void theFileIsWhereXdgOrTheVariableSays() throws Exception {
    run("config", "path");
    assertEquals(file + "\n", out);
    variables.put("XDG_CONFIG_HOME", "relative");
    run("config", "path");
    assertEquals(file + "\n", out, "XDG wants absolute paths");
    variables.put("XDG_CONFIG_HOME", home.resolve("xdg").toString());
    run("config", "path");
    assertEquals(home.resolve("xdg/bookend/config.toml") + "\n", out);
    assertEquals(Split.parse("4:4"), flag("--split", "chat"), "there is none");
    variables.put("BOOKEND_CONFIG", "~/other.toml");
    Files.writeString(home.resolve("other.toml"), "split = '3'");
    assertEquals(Split.parse("3"), flag("--split", "chat"));
  }

  @Test
  void aByteOrderMarkAndWindowsLineEndsAreNoMatter() throws Exception {
    Files.writeString(file, "\uFEFFsplit = '2'\r\n\r\n[chat]\r\nsystem = 'Grüße'\r\n");
    assertEquals(Split.parse("2"), flag("--split", "chat"));
    assertEquals("Grüße", flag("--system", "chat"));
    Files.writeString(file, "split = '2'\r\n[chat]\r\nsystm = 'x'\r\n");
    assertEquals(2, run("chat"));
    assertTrue(err.contains(file + ":3: "), err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "modle = 'x'|1: there is no 'modle'; did you mean 'model'?",
        "max_tokens = 1|1: there is no 'max_tokens'; did you mean 'max-tokens'?",
        "timeout = 1|1: there is no 'timeout'; did you mean 'cloud-timeout'?",
        "frobnicate = 1|1: there is no 'frobnicate'; 'bookend config' lists",
        "port = 1|1: 'port' is a flag of some commands; put it below [serve]",
        "load = 'x'|1: 'load' is a flag of some commands; put it below [chat]",
        "serve = 1|1: 'serve' is a command, whose flags stand below [serve]",
        "[serve]~prot = 1|2: 'serve' has no --prot; did you mean 'port'?",
        "[export]~out = 'x'|2: 'out' is given with each run, not here",
        "[sreve]~port = 1|1: there is no 'sreve'; did you mean 'serve'?",
        "[profiles.a]~prot = 1|2: there is no 'prot'",
        "[profiles.a]~port = 1|2: 'port' is a flag of some commands; put it below [profiles.a.serve]",
        "[profiles]~a = 1|2: a profile is a table",
        "profile = 'wrok'~[profiles.work]|1: there is no profile 'wrok' in",
        "split = 'x'|1: split: 'x' is not a split; write K or K:M",
        "split = true|1: split is text in quotes: split = ",
        "~split = 1979-05-27|2: split is text in quotes",
        "cloud = 'http://h'|1: cloud: 'http://h' is not an address",
        "wan = 'fast'|1: wan: 'fast' is not of the form",
        "draft = 'magic'|1: draft: 'magic' is no drafter",
        "device = 'tpu'|1: device: 'tpu' is not a device",
        "weights = 'f64'|1: weights: 'f64' is none of ",
        "history = 'true'|1: history is true or false, without quotes",
        "history = 1|1: history is true or false, without quotes",
        "temperature = '0.5'|1: temperature is a number, without quotes",
        "temperature = 'hot'|1: temperature: 'hot' is not a number",
        "temperature = -1|1: temperature -1.0 is not in 0 to 100",
        "temperature = [1]|1: temperature is a number",
        "top-p = 2|1: top-p 2.0 is not above 0",
        "max-tokens = 0|1: max-tokens: '0' is not a positive number",
        "max-tokens = 1.5|1: max-tokens: '1.5' is not a positive number",
        "cloud-timeout = -1|1: cloud-timeout: '-1' is not a number of seconds above 0",
        "header = 'x'|1: header: write NAME=VALUE, or NAME=@FILE",
        "[chat]~~split = 'x'|3: split: 'x' is not a split",
        "split = x|1: not TOML",
        "split =|1: not TOML",
        "split = 1~split = 2|2: not TOML: split previously defined at line 1",
        "split = '1|1: not TOML",
        "[profiles.work|1: not TOML"
      })
  void whatIsWrongIsToldWithItsLine(String lines, String message) throws Exception {
    configure(lines.split("~", -1));
    assertEquals(2, run("chat"), out);
    assertTrue(err.contains("bookend: " + file) && err.contains(":" + message), err);
    assertEquals(2, err.lines().count(), err);
    assertTrue(err.contains("Try 'bookend config check'."), err);
  }

  @Test
  void theCheckTellsAllThatIsWrongInAllProfilesAndTables() throws Exception {
    configure(
        "profile = 'wrok'",
        "modle = 'x'",
        "split = 'x'",
        "header = 's3CRET'",
        "[serve]",
        "port = 'x'",
        "prot = 1",
        "[bench]",
        "max-tokens = 0",
        "[profiles.work]",
        "temperature = 'hot'",
        "[profiles.other.chat]",
        "cloud = 'http://h'");
    assertEquals(1, run("config", "check"));
    assertEquals("", err);
    Set<Integer> lines =
        out.lines()
            .filter(line -> line.startsWith(file + ":"))
            .map(line -> Integer.parseInt(line.substring((file + ":").length()).split(":", 2)[0]))
            .collect(Collectors.toSet());
    assertEquals(Set.of(1, 2, 3, 4, 6, 7, 9, 11, 13), lines, out);
    configure("split = ", "[chat", "a == b");
    assertEquals(1, run("config", "check"));
    assertTrue(out.contains(":1: not TOML") && out.contains(":2: not TOML"), out);
  }

  /** What a command would refuse when it runs. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "bench|rtt = ['80ms', 'fast']|'fast' is not a number with a unit",
        "bench|splits = ['4', 'x']|'x' is not a split",
        "bench|drafters = 'suffix,magic'|'magic' is no drafter",
        "bench|prompts = '/no/such/file'|there is no file /no/such/file",
        "verify|prompts = '0'|there must be at least 1",
        "attack|wire = ['fp32', 'x']|x",
        "attack|edge-lora = 'random:0:1'|is not random:R:SIZE",
        "plan|rtt = '80'|'80' is not a time",
        "plan|bandwidth = '1mbit,2mbit,3mbit'|write UP or UP,DOWN",
        "plan|cloud-step = 'soon'|'soon' is not a number with a unit",
        "serve|port = 70000|'70000' is not a port",
        "serve|drain = -1|'-1' is not a whole number",
        "serve|queue = -1|'-1' is not a whole number",
        "serve|allow-origin = 'https://chat.example/'|is not an origin",
        "doctor|metrics-port = 70000|'70000' is not a port"
      })
  void theCheckRefusesWhatTheCommandWould(String command, String line, String message)
      throws Exception {
    configure("[" + command + "]", line);
    assertEquals(1, run("config", "check"), out);
    String key = line.split(" ", 2)[0];
    assertTrue(out.contains(file + ":2: " + key + ": ") && out.contains(message), out);
  }

  @Test
  void aFileThatCannotBeReadIsAnErrorAndNotNothing() throws Exception {
    for (String content : new String[] {"split = '\u00fc'", "split = 'x'"}) {
      Files.write(file, content.getBytes(content.contains("x") ? UTF_16 : ISO_8859_1));
      assertEquals(2, run("chat"));
      assertTrue(err.contains(file + ":1: the file is not UTF-8"), err);
      assertEquals(1, run("config", "check"));
    }
    Files.delete(file);
    Files.createDirectory(file);
    assertEquals(2, run("chat"));
    assertTrue(err.contains(file + ": cannot be read"), err);
    Files.delete(file);
    Files.createSymbolicLink(file, Path.of("nowhere"));
    assertEquals(2, run("chat"));
    assertTrue(err.contains(file + ": there is no such file"), err);
    variables.put("BOOKEND_CONFIG", home.resolve("none.toml").toString());
    assertEquals(2, run("chat"));
    assertTrue(err.contains("none.toml: there is no such file; BOOKEND_CONFIG names it"), err);
    variables.put("BOOKEND_CONFIG", "/dev/zero");
    if (Files.exists(Path.of("/dev/zero"))) {
      assertEquals(2, run("chat"));
      assertTrue(err.contains("larger than 1 MiB"), err);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"split = ", "modle = 'x'", "profile = 'none'", "split = 'x'"})
  void helpAndTheWayToTheFileWorkWhateverIsInIt(String line) throws Exception {
    configure(line);
    for (String args : new String[] {"chat --help", "--help", "help chat", "--version"}) {
      assertEquals(0, run(args.split(" ")), args + err);
      assertFalse(out.isEmpty(), args);
    }
    assertEquals(0, run("config", "path"));
    assertEquals(1, run("config", "init"), "it is there");
  }

  @Test
  void helpWithoutTheConfigurationSaysSo() throws Exception {
    configure("split = ");
    run("generate", "--help");
    assertTrue(err.contains("the defaults are not those configured: " + file + ":1: "), err);
    configure("split = '2:3'", "max-tokens = 77", "temperature = 'hot'");
    run("generate", "--help");
    assertTrue(out.contains("(default: 2:3)") && out.contains("(default: 77)"), out);
  }

  @Test
  void aProfileThatIsNotThereIsToldWithWhatThereIs() throws Exception {
    assertEquals(2, run("chat", "--profile", "work"));
    assertTrue(err.contains("Try 'bookend config init'."), err);
    assertFalse(err.contains("config check"), err); // which would find nothing
    configure("[profiles.work]", "[profiles.home]");
    assertEquals(2, run("chat", "--profile", "wrok"));
    assertTrue(err.contains("--profile: there is no profile 'wrok'"), err);
    assertTrue(err.contains("did you mean 'work'?"), err);
    variables.put("BOOKEND_PROFILE", "elsewhere");
    assertEquals(2, run("chat"));
    assertTrue(err.contains("BOOKEND_PROFILE: there is no profile 'elsewhere'"), err);
    assertTrue(err.contains("it has home, work"), err);
  }

  @ParameterizedTest
  @CsvSource({
    "BOOKEND_SPLIT,x,BOOKEND_SPLIT: split: 'x' is not a split",
    "BOOKEND_HISTORY,perhaps,BOOKEND_HISTORY: history: 'perhaps' is not a boolean",
    "BOOKEND_CHAT_TEMPERATURE,-1,BOOKEND_CHAT_TEMPERATURE: temperature -1.0 is not in",
  })
  void theEnvironmentIsCheckedToo(String name, String value, String message) {
    variables.put(name, value);
    assertEquals(2, run("chat"));
    assertTrue(err.contains(message), err);
    assertEquals(1, run("config", "check"));
    assertTrue(out.contains(message), out);
  }

  @Test
  void aVariableThatNobodyReadsIsTold() {
    variables.put("BOOKEND_MODLE", "x");
    variables.put("BOOKEND_SOMETHING_ELSE", "x");
    assertEquals(1, run("config", "check"));
    assertTrue(
        out.contains("BOOKEND_MODLE: there is no such variable; did you mean BOOKEND_MODEL?"));
    assertEquals(1, out.lines().count(), out);
  }

  @Test
  void laterFailuresSayWhereAFlagIsSet() throws Exception {
    configure("", "cloud = 'grpc://other:8001'");
    assertEquals(2, run("generate", "hi"));
    assertTrue(err.contains("(cloud is set in " + file + ":2)"), err);
    configure("", "", "tls-cert = 'c.pem'");
    assertEquals(2, run("generate", "--cloud=embedded", "hi"));
    assertTrue(err.contains("go together (tls-cert is set in " + file + ":3)"), err);
  }

  @Test
  void whatIsConfiguredForOtherRunsIsNoContradiction() throws Exception {
    configure("top-p = 0.9", "seed = 3", "system = 'Be brief.'", "wan = 'rtt=1ms'", "split = '1'");
    for (String line :
        new String[] {
          "generate --raw --model no-such hi", "chat --model no-such --temperature 0"
        }) {
      assertEquals(1, run(line.split(" ")), err);
      assertTrue(err.contains("no model 'no-such'"), err);
    }
    assertEquals(3, run("doctor", "--cloud", "grpc://127.0.0.1:1", "--probe"), err);
    assertEquals(2, run("generate", "--top-k", "3", "hi"));
    assertTrue(err.contains("have no meaning without a --temperature"), err);
  }

  @Test
  void theListSaysWhereEachValueComesFromAndNoSecret() throws Exception {
    configure(
        "model = 'owner/name'",
        "header = ['authorization=Bearer s3CRET', 'b=@token']",
        "[serve]",
        "api-key = ['s3CRET']",
        "port = 8080",
        "[profiles.work]",
        "cloud = 'grpcs://gpu:8001'",
        "[profiles.other]",
        "split = '9'");
    variables.put("BOOKEND_TEMPERATURE", "0.5");
    assertEquals(0, run("config", "--profile", "work"));
    Map<String, String> rows =
        out.lines()
            .map(line -> line.split(" {2,}", 2))
            .filter(row -> row.length == 2)
            .collect(Collectors.toMap(row -> row[0], row -> row[1].replaceAll(" {2,}", " ")));
    assertEquals("owner/name config.toml:1", rows.get("model"));
    assertEquals("grpcs://gpu:8001 config.toml:7, profile work", rows.get("cloud"));
    assertEquals("0.5 BOOKEND_TEMPERATURE", rows.get("temperature"));
    assertEquals("4:4 default", rows.get("split"));
    assertEquals("– default", rows.get("wan"));
    assertEquals("8080 config.toml:5", rows.get("serve.port"));
    assertEquals(
        "authorization=…, b=@" + file.resolveSibling("token") + " config.toml:2",
        rows.get("header"));
    assertTrue(out.contains("file: " + file) && out.contains("profile: work, from --profile"), out);
    assertFalse(out.contains("s3CRET"), out);
    String text = out;
    run("config", "list", "--profile", "work");
    assertEquals(text, out);
    assertEquals(0, run("config", "list", "serve", "--json", "--profile", "work"));
    assertFalse(out.contains("s3CRET"), out);
    JsonObject json = JsonParser.parseString(out).getAsJsonObject();
    assertEquals("work", json.get("profile").getAsString());
    Map<String, JsonObject> values = new HashMap<>();
    for (JsonElement value : json.getAsJsonArray("values")) {
      values.put(value.getAsJsonObject().get("key").getAsString(), value.getAsJsonObject());
    }
    assertEquals("file", values.get("serve.port").get("source").getAsString());
    assertEquals(5, values.get("serve.port").get("line").getAsInt());
    assertEquals("profile", values.get("serve.cloud").get("source").getAsString());
    assertEquals("default", values.get("serve.host").get("source").getAsString());
    assertTrue(values.get("serve.wan").get("value").isJsonNull());
    assertFalse(values.containsKey("serve.temperature"));
    assertEquals(2, run("config", "list", "nothing"));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void theCheckFindsMissingFilesAndSecretsThatOthersCanRead() throws Exception {
    configure("tls-ca = 'none.pem'", "model = './none'", "header = ['a=@token', 'b=c']");
    Files.writeString(file.resolveSibling("token"), "x");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertEquals(1, run("config", "check"));
    assertTrue(out.contains(file + ":1: tls-ca: there is no file"), out);
    assertTrue(out.contains(file + ":2: model: there is no file"), out);
    assertTrue(out.contains(file + ":3: header: others can read this file"), out);
    assertTrue(out.contains(file + ":3: header: others can read " + file.getParent()), out);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Files.setPosixFilePermissions(
        file.resolveSibling("token"), PosixFilePermissions.fromString("rw-------"));
    assertEquals(1, run("config", "check", "--json"));
    JsonObject json = JsonParser.parseString(out).getAsJsonObject();
    assertEquals(2, json.getAsJsonArray("problems").size());
    configure("split = '2'");
    assertEquals(0, run("config", "check"));
    assertTrue(out.contains("nothing wrong"), out);
  }

  @Test
  void theExampleIsRightInEachLine() throws Exception {
    assertEquals(0, run("config", "init"));
    assertEquals(file + "\n", out);
    assertEquals(0, run("config", "check"), out);
    if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }
    assertEquals(1, run("config", "init"));
    assertTrue(err.contains("is there already"), err);
    String all =
        Pattern.compile("(?m)^#(\\S+ =|\\[)").matcher(Files.readString(file)).replaceAll("$1");
    Files.writeString(file, all.replace("\"FILE\"", "\"config.toml\""));
    run("config", "check");
    assertEquals(
        List.of("there is no file"),
        out.lines().map(line -> line.replaceAll(".*(there is no file).*", "$1")).toList(),
        "only the token is not there: " + out);
    assertEquals(
        new HashSet<>(Flags.of(Main.commandLine().getCommandSpec()).shared().keySet()),
        all.lines()
            .takeWhile(line -> !line.equals("[serve]"))
            .filter(line -> line.matches("[a-z-]+ = .*"))
            .map(line -> line.replaceFirst(" =.*", ""))
            .filter(key -> !key.equals("profile"))
            .collect(Collectors.toSet()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "api-key = s3CRET",
        "[serve]~api-key = s3CRET",
        "[serve]~api-key = 's3CRET",
        "[serve]~api-key = {s3CRET = 1}",
        "header = s3CRET",
        "header = 's3CRET'",
        "header = ['a=s3CRET",
        "header = {a = s3CRET}",
        "header = {a = ['s3CRET']}",
        "system = s3CRET",
        "header = ['a=b'] s3CRET"
      })
  void noErrorShowsASecret(String lines) throws Exception {
    configure(lines.split("~", -1));
    assertEquals(2, run("serve"));
    assertFalse(err.contains("s3CRET"), err);
    run("config", "check");
    assertFalse(out.contains("s3CRET"), out);
  }
}
