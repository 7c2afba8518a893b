package dev.bookend.speculation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.history.TokenizerFingerprint;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.session.Session;
import dev.bookend.speculation.retrieval.RetrievalDatastore;
import dev.bookend.testing.SmallModel;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Drafters by name: those of Bookend, and one that only the tests' class path offers. */
class DrafterFactoryTest {
  private static final RetrievalDatastore DATASTORE =
      RetrievalDatastore.of(List.of(new int[] {1, 2, 3}));

  private static DrafterContext context() {
    return new DrafterContext(
        new Contract("fingerprint", 4, 1, 3, 24),
        SmallModel.VOCABULARY,
        new TokenizerFingerprint("numbers"),
        name -> {
          throw new BookendException(ErrorCode.MODEL_NOT_FOUND, "no model '" + name + "'");
        });
  }

  private static Drafter open(String name) {
    return DraftSpec.parse(name)
        .open(context().with(RetrievalDatastore.class, () -> DATASTORE))
        .get(0);
  }

  @Test
  void thoseOnTheClassPathAreKnown() {
    assertEquals(
        List.of(
            "eagle:HEAD",
            "lookahead",
            "model:NAME",
            "ngram[:N]",
            "recycling",
            "repeat[:TIMES]",
            "retrieval",
            "standin",
            "suffix"),
        DraftSpec.known());
  }

  @ParameterizedTest
  @CsvSource({
    "suffix,suffix",
    "lookahead,lookahead",
    "ngram,ngram:3",
    "ngram:7,ngram:7",
    "retrieval,retrieval",
    "phrases,retrieval",
    "repeat,repeat:1",
    "again:4,repeat:4"
  })
  void aNameOpensTheDrafterThatStatisticsCallByItsOwnName(String asked, String called) {
    try (Drafter drafter = open(asked)) {
      assertEquals(called, drafter.name());
    }
  }

  @Test
  void anAliasStandsForTheNameWithItsArgument() {
    assertEquals(
        List.of("retrieval", "repeat:2", "repeat", "model:a:b"),
        DraftSpec.parse("phrases,again:2,again,model:a:b").names());
    assertEquals(DraftSpec.parse("retrieval"), DraftSpec.parse("phrases"));
  }

  @Test
  void noneStandsForNoDrafter() {
    assertEquals(List.of(), DraftSpec.parse("none").names());
    assertEquals(List.of(), DraftSpec.parse("none").open(context()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "magic|'magic' is no drafter; the drafters are eagle:HEAD, lookahead, model:NAME, ngram[:N],"
            + " recycling, repeat[:TIMES], retrieval, standin, suffix; write several with commas between them",
        "suffix,|'' is no drafter",
        "Suffix|'Suffix' is no drafter",
        "suffix,none|'none' cannot stand beside other drafters",
        "suffix:1|the drafter 'suffix' takes no argument",
        "suffix:|the drafter 'suffix' takes no argument",
        "ngram:8|'ngram:8' is no drafter; N is one of 3 to 7",
        "model|the drafter 'model' needs the name of a model: model:NAME",
        "model:|the drafter 'model' needs the name of a model: model:NAME",
        "eagle:|the drafter 'eagle' needs a draft head, which is a directory or owner/name on the hub:"
            + " eagle:HEAD",
        "repeat:0|TIMES is one of 1 to 9",
      })
  void aWrongNameIsToldBeforeAModelIsOpened(String text, String message) {
    Exception e = assertThrows(IllegalArgumentException.class, () -> DraftSpec.parse(text));
    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }

  /** A factory that is not on the class path. */
  private record Named(String name, List<String> aliases) implements DrafterFactory {
    @Override
    public Drafter open(DrafterContext context, Optional<String> argument) {
      throw new AssertionError();
    }
  }

  private static Exception refused(DrafterFactory... factories) {
    return assertThrows(
        BookendException.class, () -> new DrafterFactories(Stream.of(factories).toList()));
  }

  @Test
  void twoFactoriesWithOneNameAreRefusedAndBothNamed() {
    Named mine = new Named("mine", List.of("repeat"));
    for (DrafterFactory[] both :
        new DrafterFactory[][] {
          {mine, new RepeatingDrafter.Factory()}, {new RepeatingDrafter.Factory(), mine}
        }) {
      String message = refused(both).getMessage();
      assertTrue(message.contains("'repeat'"), message);
      assertTrue(message.contains("RepeatingDrafter$Factory"), message);
      assertTrue(message.contains("DrafterFactoryTest$Named"), message);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "", "a,b", "a+b", "a:b", "a/b", "Upper", "1"})
  void aNameThatCannotBeWrittenIsRefused(String name) {
    assertTrue(refused(new Named(name, List.of())).getMessage().contains("'" + name + "'"));
    assertTrue(refused(new Named("fine", List.of(name))).getMessage().contains("'" + name + "'"));
  }

  @Test
  void whereOneCannotBeOpenedThoseBeforeItAreClosed() {
    DraftSpec spec = DraftSpec.parse("repeat,model:missing");
    assertThrows(BookendException.class, () -> spec.open(context()));
    assertTrue(RepeatingDrafter.Factory.last.isClosed());
  }

  @Test
  void theContextTellsOfTheModelAndWhatItsSessionsShare() {
    open("repeat").close();
    assertEquals(SmallModel.VOCABULARY, RepeatingDrafter.Factory.last.vocabularySize());
    DrafterContext context = context().with(RetrievalDatastore.class, () -> DATASTORE);
    assertSame(DATASTORE, context.shared(RetrievalDatastore.class));
    Exception e = assertThrows(BookendException.class, () -> context.shared(String.class));
    assertTrue(e.getMessage().contains("String"), e.getMessage());
  }

  @Test
  void knowledgeIsWhatTheFactorySays() {
    DrafterContext context = context().with(RetrievalDatastore.class, () -> DATASTORE);
    assertEquals(Optional.empty(), DraftSpec.knowledge("suffix", context));
    assertEquals(Optional.of(DATASTORE.fingerprint()), DraftSpec.knowledge("retrieval", context));
    assertEquals(Optional.of("told 3"), DraftSpec.knowledge("again:3", context));
  }

  @Test
  @Tag("pytorch")
  void aDrafterFromTheClassPathMakesDraftTokens() {
    int[] prompt = {3, 1, 4, 1, 5, 9, 2, 6};
    try (Session session = SmallModel.split().newSession();
        Decoding decoding =
            new SpeculativeDecoding(
                Sampling.GREEDY, DraftSpec.parse("repeat:2").open(context()), OptionalInt.of(2))) {
      Generation answer = decoding.decode(session, prompt, 20, Set.of(), token -> true);
      assertEquals(SmallModel.greedy(prompt, 20), answer.tokens());
      assertEquals("repeat:2", answer.metrics().drafters().get(0).drafter());
      assertTrue(answer.metrics().drafters().get(0).sent() > 0);
    }
  }
}
