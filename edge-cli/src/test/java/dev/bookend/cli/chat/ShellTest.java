package dev.bookend.cli.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.Completion;
import dev.bookend.Prompt;
import dev.bookend.conversation.ConversationStore;
import dev.bookend.model.template.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The shell and its commands on a small model, with what it shows as plain text. */
@Timeout(120)
class ShellTest {
  private static final ShellFixture SHELL = new ShellFixture();

  @TempDir private Path directory;

  @AfterAll
  static void close() {
    SHELL.close();
  }

  @BeforeEach
  void begin() {
    SHELL.type("/clear", "/system off", "/set temperature 0");
  }

  @Test
  void whoTypesExitWantsToLeave() {
    for (String word : List.of("exit", "quit")) {
      try (ShellFixture other = new ShellFixture()) {
        other.type(word, "/help");
        assertTrue(other.chat().hasLeft(), word);
      }
    }
  }

  private static Completion last() {
    return SHELL.chat().last().orElseThrow().completion();
  }

  private static List<Role> roles() {
    return SHELL.chat().conversation().messages().stream().map(message -> message.role()).toList();
  }

  /** How many tokens of a prompt that has to be run again: those behind what both have. */
  private static int common(List<Integer> cached, List<Integer> prompt) {
    int same = 0;
    while (same < cached.size()
        && same < prompt.size()
        && cached.get(same).equals(prompt.get(same))) {
      same++;
    }
    return Math.min(same, prompt.size() - 1); // the last is run in any case, for what comes after
  }

  private static List<Integer> cachedAfter(Completion completion) {
    List<Integer> all = new java.util.ArrayList<>(completion.promptTokens());
    all.addAll(completion.tokens());
    return all.subList(0, all.size() - 1); // no token has followed the last
  }

  @Test
  void theCacheOfTheWholeConversationIsUsedAgain() {
    SHELL.type("How long is the Nile?");
    Completion first = last();
    SHELL.type("And the Rhine?");
    Completion second = last();
    assertTrue(second.cachedPromptTokens() >= first.promptTokens().size(), "the prompt");
    assertEquals(
        common(cachedAfter(first), second.promptTokens()), second.cachedPromptTokens(), "all");

    SHELL.type("/retry");
    Completion retried = last();
    assertEquals(second.promptTokens(), retried.promptTokens());
    assertEquals(second.promptTokens().size() - 1, retried.cachedPromptTokens());
    assertEquals(second.tokens(), retried.tokens());

    SHELL.type("/undo", "And the Danube?");
    Completion other = last();
    assertEquals(common(cachedAfter(retried), other.promptTokens()), other.cachedPromptTokens());
    assertTrue(other.cachedPromptTokens() > first.promptTokens().size());

    SHELL.type("/edit And the Danube, in miles?");
    Completion edited = last();
    assertEquals(common(cachedAfter(other), edited.promptTokens()), edited.cachedPromptTokens());
    assertTrue(edited.cachedPromptTokens() > first.promptTokens().size());
    assertEquals(List.of(Role.USER, Role.ASSISTANT, Role.USER, Role.ASSISTANT), roles());
  }

  @Test
  void anExchangeIsTakenBackWhole() {
    SHELL.type("one", "two", "/undo");
    assertEquals("one", SHELL.chat().conversation().question().orElseThrow());
    SHELL.type("/undo", "/undo");
    assertTrue(SHELL.remarks().contains("nothing to take back"), SHELL.remarks());
  }

  @Test
  void whatACommandDoesNotTakeIsRefused() throws Exception {
    SHELL.type("/set top_k 4294967297");
    assertTrue(SHELL.remarks().contains("'4294967297' is too large"), SHELL.remarks());
    SHELL.type("one", "/undo 3");
    assertTrue(SHELL.remarks().contains("/undo takes nothing behind it"), SHELL.remarks());
    assertEquals("one", SHELL.chat().conversation().question().orElseThrow());
    Path pipe = directory.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    for (String endless : List.of("/dev/zero", pipe.toString())) {
      SHELL.type("/file " + endless);
      assertTrue(SHELL.remarks().contains(endless + " is a device or a pipe"), SHELL.remarks());
      SHELL.type("/load " + endless);
      assertTrue(SHELL.remarks().contains(endless + " is not a file"), SHELL.remarks());
    }
  }

  @Test
  void aSavedConversationComesBackWithAWarningIfTheModelIsAnother() throws Exception {
    ConversationStore store = new ConversationStore(directory);
    SHELL.type("/system Be brief.", "How long is the Nile?");
    Path file = directory.resolve("nile.json");
    SHELL.type("/export " + file);
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    int[] before =
        SHELL
            .chat()
            .model()
            .bookend()
            .tokens(new Prompt.Chat(SHELL.chat().conversation().messages()));
    assertEquals(List.of("nile"), store.names());

    SHELL.type("/clear", "/system off", "/load " + file);
    assertFalse(SHELL.remarks().contains("another model"), SHELL.remarks());
    assertEquals("Be brief.", SHELL.chat().conversation().system().orElseThrow());
    int[] after =
        SHELL
            .chat()
            .model()
            .bookend()
            .tokens(new Prompt.Chat(SHELL.chat().conversation().messages()));
    assertEquals(java.util.Arrays.toString(before), java.util.Arrays.toString(after));

    Files.writeString(
        file,
        Files.readString(file).replaceAll("\"fingerprint\": \"[^\"]+", "\"fingerprint\": \"x"));
    SHELL.type("/load " + file);
    assertTrue(SHELL.remarks().contains("held with other weights of small"), SHELL.remarks());
  }

  @Test
  void onlyPeopleAreShownWhatIsLoaded() throws Exception {
    Path file = directory.resolve("two words.json");
    SHELL.type("\"\"\"How long", "is the Nile?\"\"\"", "/export \"" + file + "\"");
    String shown = SHELL.type("/clear", "/load '" + file + "'");
    assertTrue(shown.contains("> How long\n> is the Nile?"), shown);
    try (ShellFixture piped = new ShellFixture(false)) {
      assertEquals("", piped.type("/load " + file));
      assertTrue(piped.remarks().contains("loaded: 2 messages"), piped.remarks());
    }
  }

  @Test
  void anAnswerIsHeldToASchemaUntilItMayBeAnyTextAgain() throws Exception {
    Path schema = directory.resolve("schema.json");
    Files.writeString(schema, "{\"enum\": [\"yes\", \"no\"]}");
    SHELL.type("/set format " + schema, "Is the Nile long?");
    assertTrue(Set.of("\"yes\"", "\"no\"").contains(last().text()), last().text());
    SHELL.type("/set format text", "Is the Nile long?");
    assertFalse(Set.of("\"yes\"", "\"no\"").contains(last().text()), last().text());
    SHELL.type("/set format /no/such/file");
    assertTrue(SHELL.remarks().contains("there is no file /no/such/file"), SHELL.remarks());
    Files.writeString(schema, "{");
    SHELL.type("/set format " + schema);
    assertTrue(SHELL.remarks().contains(schema + ": the schema is not JSON"), SHELL.remarks());
  }

  @Test
  void whatCannotBeLoadedIsSaid() {
    Path file = directory.resolve("talk.md");
    SHELL.type("How long is the Nile?", "/export " + file, "/load " + file);
    assertTrue(SHELL.remarks().contains(file + " is for reading"), SHELL.remarks());
  }

  @Test
  void theExportIsToBeReadAndDoesNotReplaceAFile() throws Exception {
    Path file = directory.resolve("talk.md");
    SHELL.type("How long is the Nile?", "/export " + file);
    String text = Files.readString(file);
    assertTrue(text.contains("## You\n\nHow long is the Nile?"), text);
    assertTrue(text.contains("## Model\n"), text);
    SHELL.type("/export " + file);
    assertTrue(SHELL.remarks().contains("is there already"), SHELL.remarks());
    SHELL.type("/export " + directory.resolve("x.html"));
    assertTrue(SHELL.remarks().contains(".md or .json"), SHELL.remarks());
  }

  @Test
  void aFileGoesWithTheNextMessage() throws Exception {
    Path file = directory.resolve("two words.txt");
    Files.writeString(file, "\uFEFFfirst line\r\nsecond line\r\n");
    SHELL.type("/file \"" + file + "\"", "What does it say?");
    String question = SHELL.chat().conversation().question().orElseThrow();
    assertEquals(
        "two words.txt:\n```\nfirst line\nsecond line\n```\n\nWhat does it say?", question);
    SHELL.type("/clear", "/file " + file, "hm", "/file " + directory);
    assertTrue(SHELL.remarks().contains("is a directory"), SHELL.remarks());
    Files.write(file, new byte[] {'G', 'r', (byte) 0xFC});
    SHELL.type("/file " + file);
    assertTrue(SHELL.remarks().contains("not text in UTF-8"), SHELL.remarks());
  }

  @Test
  void bothWaysOfDecodingAreComparedAndFoundIdentical() {
    String shown = SHELL.type("/compare How long is the Nile?");
    assertTrue(shown.contains("identical: all 12 tokens"), shown + SHELL.remarks());
    assertTrue(SHELL.chat().conversation().isEmpty());
  }

  @Test
  void theAttackReadsTheConversation() {
    SHELL.type("My name is Ada.");
    String shown = SHELL.type("/attack");
    assertTrue(shown.contains("My name is Ada."), shown + SHELL.remarks());
    assertTrue(shown.contains("(100.0 %)"), shown);
    assertTrue(SHELL.remarks().contains("does not hide"), SHELL.remarks());
  }

  @Test
  void aNewSplitModelOrLinkKeepsTheConversation() {
    SHELL.type("How long is the Nile?");
    List<Integer> tokens = last().tokens();
    SHELL.type("/split 2:1", "/retry");
    assertEquals("2:1", SHELL.chat().model().split().options().split().toString());
    assertEquals(tokens, last().tokens());
    SHELL.type("/wan rtt=1ms", "/wan rtt=2ms", "/wan off", "/draft ngram", "/retry");
    assertEquals(tokens, last().tokens());
    SHELL.type("/draft off", "/retry");
    assertEquals(tokens, last().tokens());
    assertEquals(1, last().metrics().counts().tokensPerRoundTrip());

    SHELL.type("/split 2:2");
    assertTrue(SHELL.remarks().contains("leaves no middle layer"), SHELL.remarks());
    SHELL.type("/model nosuch");
    assertTrue(SHELL.remarks().contains("there is no model nosuch"), SHELL.remarks());
    SHELL.type("/retry"); // the old one is open again
    assertEquals(tokens, last().tokens());
    SHELL.type("/model small2", "/retry");
    assertNotEquals(tokens, last().tokens());
    SHELL.type("/model small", "/split 1:1", "/draft usual");
    assertEquals("1:1", SHELL.chat().model().split().options().split().toString());
  }

  @Test
  void settingsAreCheckedAndUsed() {
    SHELL.type("/set temperature 1.5", "/set seed 3", "/set max_tokens 5", "hello");
    assertEquals(5, last().tokens().size());
    List<Integer> drawn = last().tokens();
    SHELL.type("/retry");
    assertEquals(drawn, last().tokens());
    for (String wrong :
        List.of("temperature -1", "top-p 2", "max_tokens 0", "seed x", "view x", "status x")) {
      SHELL.type("/set " + wrong);
      assertTrue(SHELL.remarks().contains("bookend: "), wrong + SHELL.remarks());
    }
    SHELL.type("/set nosuch 1");
    assertTrue(SHELL.remarks().contains("no setting nosuch"), SHELL.remarks());
    SHELL.type("/set max_tokens 12", "/set seed any");
  }

  @Test
  void theCostOfAnAnswerIsExplained() {
    SHELL.type("How long is the Nile?");
    String why = SHELL.type("/why");
    assertTrue(why.contains("edge") && why.contains("from the KV cache"), why);
    String stats = SHELL.type("/stats");
    assertTrue(stats.contains("of 1,024 tokens of context"), stats);
  }

  @Test
  void everyCommandHasHelpAndUnknownOnesASuggestion() {
    String help = SHELL.type("/help");
    for (SlashCommand command : SHELL.chat().commands()) {
      assertTrue(help.contains("/" + command.name()), command.name());
      assertTrue(
          SHELL.type("/help " + command.name()).contains(command.summary().substring(0, 12)));
    }
    SHELL.type("/sav");
    assertTrue(SHELL.remarks().contains("did you mean /save?"), SHELL.remarks());
    SHELL.type("/etc/passwd is a path", "//slash");
    assertEquals("/slash", SHELL.chat().conversation().question().orElseThrow());
    assertEquals(4, SHELL.chat().conversation().messages().size());
  }

  @Test
  void argumentsAreCompleted() throws Exception {
    Files.createFile(directory.resolve("some file.txt"));
    Files.createDirectory(directory.resolve("someone"));
    Files.createFile(directory.resolve("some\u001b[31m"));
    assertEquals(
        List.of("\"" + directory + "/some file.txt\"", directory + "/someone/"),
        proposals("file", directory + "/so"));
    assertTrue(proposals("split", "").contains("1:1"));
    assertTrue(proposals("draft", "suffix,").contains("suffix,lookahead"));
    assertTrue(proposals("set", "view ").contains("view drafters"));
    assertTrue(proposals("model", "").contains("smollm2"));
    assertTrue(proposals("wan", "").contains("off"));
  }

  private static List<String> proposals(String command, String begun) {
    return SHELL.chat().commands().stream()
        .filter(one -> one.name().equals(command))
        .flatMap(one -> one.complete(SHELL.chat(), begun).stream())
        .map(SlashCommand.Proposal::text)
        .toList();
  }

  @Test
  void ofAValueOnlyTheValueIsListed() {
    List<String> shown =
        SHELL.chat().commands().stream()
            .filter(one -> one.name().equals("set"))
            .flatMap(one -> one.complete(SHELL.chat(), "view ").stream())
            .map(SlashCommand.Proposal::shown)
            .toList();
    assertTrue(shown.contains("drafters") && !shown.contains("view drafters"), shown.toString());
  }

  @Test
  void onlyFilesThatCanBeUsedAreCompleted() throws Exception {
    Files.createFile(directory.resolve("LICENSE"));
    Files.createFile(directory.resolve("a.gguf"));
    Files.createDirectory(directory.resolve("models"));
    assertEquals(
        List.of(directory + "/a.gguf", directory + "/models/"),
        proposals("model", directory + "/").stream().filter(one -> one.startsWith("/")).toList());
    assertFalse(proposals("model", "").contains("pom.xml"));
    assertEquals(List.of(directory + "/models/"), proposals("export", directory + "/"));
  }

  @Test
  void aNameThatNoCommandHasGetsAWayOut() {
    SHELL.type("/nope");
    assertFalse(SHELL.remarks().contains("did you mean"), SHELL.remarks());
    SHELL.type("/hlep");
    assertTrue(SHELL.remarks().contains("did you mean /help?"), SHELL.remarks());
    SHELL.type("/help nope");
    assertTrue(SHELL.remarks().contains("/help lists all"), SHELL.remarks());
  }

  @Test
  void aSlashAloneIsNoMessage() {
    SHELL.type("/");
    assertTrue(SHELL.remarks().contains("/help lists all"), SHELL.remarks());
    assertTrue(SHELL.chat().conversation().isEmpty());
  }

  @Test
  void anAnswerThatIsCutIsSaidToBe() {
    SHELL.type("How long is the Nile?");
    assertEquals(12, last().tokens().size());
    assertTrue(
        SHELL.remarks().contains("(ended after 12 tokens; /set max_tokens"), SHELL.remarks());
  }

  @Test
  void whatIsMissingOrUnknownIsSaidWithTheShellsWords() {
    SHELL.type("/load");
    assertTrue(SHELL.remarks().contains("/load FILE"), SHELL.remarks());
    SHELL.type("/load no-such-conversation");
    assertTrue(SHELL.remarks().contains("/list shows the names"), SHELL.remarks());
    SHELL.type("/draft foo");
    assertFalse(SHELL.remarks().contains("none"), "here it is called off: " + SHELL.remarks());
    String help = SHELL.type("/help set");
    for (Settings.Setting setting : SHELL.chat().settings().all()) {
      assertTrue(help.contains(setting.name()), help);
    }
  }
}
