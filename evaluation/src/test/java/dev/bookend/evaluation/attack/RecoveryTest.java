package dev.bookend.evaluation.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.evaluation.attack.Recovery.Share;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What is counted, and what it is counted on. */
class RecoveryTest {
  private static String decode(int[] tokens) {
    return new String(tokens, 0, tokens.length);
  }

  private static Recovery recovery(Document document, String recovered) {
    return Recovery.of(
        document.text().codePoints().toArray(),
        recovered.codePoints().mapToObj(code -> new int[] {code, 'x', '9'}).toArray(int[][]::new),
        document,
        RecoveryTest::decode);
  }

  @Test
  void countsTokensSentencesAndPersonalData() {
    Document document =
        new Document(
            "Ann Ray called. Ring 1234 at 5 Elm Way!",
            List.of("Ann Ray"),
            List.of("1234"),
            List.of("5 Elm Way"));
    Recovery whole = recovery(document, document.text());
    assertEquals(new Share(39, 39), whole.tokens());
    assertEquals(new Share(2, 2), whole.sentences());
    assertEquals(new Share(1, 1), whole.documents());
    Recovery part = recovery(document, "Ann Ray called. Ring 1239 at 5 Elm Way!");
    assertEquals(new Share(38, 39), part.tokens());
    assertEquals(new Share(1000, 1000), whole.characters());
    assertTrue(part.characters().found() < 1000 && part.characters().found() > 700);
    assertEquals(new Share(1, 2), part.sentences());
    assertEquals(new Share(0, 1), part.documents());
    assertEquals(new Share(1, 1), part.names());
    assertEquals(new Share(0, 1), part.numbers());
    assertEquals(new Share(1, 1), part.addresses());
    assertEquals(new Share(1, 2), whole.plus(part).numbers());
  }

  @Test
  void aTokenAmongTheFiveLikeliestCountsOnItsOwn() {
    Recovery recovery = recovery(Document.of("abx9"), "acaa");
    assertEquals(new Share(1, 4), recovery.tokens());
    assertEquals(new Share(3, 4), recovery.amongFive());
  }

  @Test
  void refusesGuessesOfAnotherLength() {
    assertThrows(IllegalArgumentException.class, () -> recovery(Document.of("abc"), "ab"));
  }

  @Test
  void personalDataStandsInItsDocument() {
    for (Document document : HeldOutDocuments.make(48, 1)) {
      Recovery whole = recovery(document, document.text());
      for (Share share : List.of(whole.names(), whole.numbers(), whole.addresses())) {
        assertTrue(share.of() > 0, document.text());
        assertEquals(share.of(), share.found(), document.text());
      }
    }
  }

  @Test
  void documentsShareNoSentenceAndNoPersonWithTheTrainingText() {
    List<Document> documents = HeldOutDocuments.make(48, 1);
    Set<String> attacked =
        documents.stream()
            .flatMap(document -> Recovery.sentences(document.text()).stream())
            .collect(Collectors.toCollection(HashSet::new));
    TrainingText text = new TrainingText(List.of("house", "letter", "heating", "party"), 1);
    for (int i = 0; i < 2000; i++) {
      String training = text.next();
      for (String sentence : Recovery.sentences(training)) {
        assertTrue(!attacked.contains(sentence), sentence);
      }
      documents.forEach(
          document -> document.names().forEach(name -> assertTrue(!training.contains(name), name)));
    }
  }
}
