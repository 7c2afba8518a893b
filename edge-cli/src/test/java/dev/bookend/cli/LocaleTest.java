package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.cli.config.Flags;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/**
 * Where "I" becomes "ı" in small letters, and where numbers have other digits and points. {@code
 * main} itself leaves such a locale; what the flags are made of must not need that.
 */
class LocaleTest {
  private final Locale usual = Locale.getDefault();

  @BeforeEach
  @AfterEach
  void leave() {
    Locale.setDefault(usual);
  }

  private static ParseResult parse(Map<String, String> variables, String line) {
    CommandLine program = Main.commandLine(variables);
    ParseResult[] seen = new ParseResult[1];
    program.setExecutionStrategy(
        typed -> {
          seen[0] = ConfiguredFlags.of(typed, variables);
          return 0;
        });
    StringWriter err = new StringWriter();
    program.setErr(new PrintWriter(err));
    assertEquals(0, program.execute(line.split(" ")), err.toString());
    return seen[0].subcommand();
  }

  private static Object value(ParseResult parsed, String flag) {
    return parsed.commandSpec().findOption(flag).getValue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tr-TR", "lt-LT", "ar-EG-u-nu-arab"})
  void flagsAndVariablesAreReadAlikeEverywhere(String tag) {
    Locale.setDefault(Locale.forLanguageTag(tag));
    Map<String, String> none = Map.of();
    String plain = "SPECULATIVE";
    for (String word : new String[] {plain, "speculative", "Speculative"}) {
      assertEquals(
          "speculative",
          value(parse(none, "generate --decode " + word + " hi"), "--decode").toString());
    }
    for (String word : new String[] {"F16", "f16", "BF16", "bf16"}) {
      parse(none, "chat --weights " + word);
    }
    parse(none, "export --out o --backend ONNXRUNTIME --precision FP16 --int8-weights");
    parse(none, "attack --wire int8,fp16 --edge-lora random:2:0.5");
    parse(none, "plan --edge-memory 8GIB --cloud-memory 512MIB --bandwidth 20MBIT,100mbit");
    parse(none, "chat --wan rtt=80ms,up=20mbit,loss=1% --temperature 0.5");
    parse(none, "chat --cloud grpcs://INFO:8001");
    Map<String, String> variables =
        Map.of("BOOKEND_INSECURE", "TRUE", "BOOKEND_STRICT", "YES", "BOOKEND_SPLIT", "1:2");
    ParseResult configured = parse(variables, "chat");
    for (String flag : new String[] {"--insecure", "--strict"}) {
      assertEquals(true, value(configured, flag), flag);
    }
    assertEquals("1:2", value(configured, "--split").toString());
    assertTrue(Flags.of(Main.commandLine().getCommandSpec()).shared().containsKey("insecure"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tr-TR", "ar-EG-u-nu-arab"})
  void messagesHaveTheSameLettersAndDigits(String tag) {
    String[] lines = {
      "generate --split 1:2:3 hi",
      "generate --max-tokens 0 hi",
      "generate --decode MAGIC hi",
      "generate --temperature 101.5 hi",
      "doctor --cloud grpc://h --metrics-port 70000",
      "bench --rtt 20ms,40ms --project"
    };
    for (String line : lines) {
      String[] messages = new String[2];
      for (int i = 0; i < 2; i++) {
        Locale.setDefault(i == 0 ? Locale.ROOT : Locale.forLanguageTag(tag));
        StringWriter err = new StringWriter();
        CommandLine program = Main.commandLine(Map.of());
        program.setErr(new PrintWriter(err));
        assertEquals(2, program.execute(line.split(" ")));
        messages[i] = err.toString();
      }
      assertEquals(messages[0], messages[1]);
    }
  }
}
