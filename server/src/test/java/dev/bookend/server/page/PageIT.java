package dev.bookend.server.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.Bookend;
import dev.bookend.BookendOptions;
import dev.bookend.TextModel;
import dev.bookend.model.SampleModel;
import dev.bookend.server.BookendServer;
import dev.bookend.server.ServerOptions;
import dev.bookend.split.SplitOptions;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/** The page as a person uses it, in a browser, on the sample model. */
class PageIT {
  private static final String QUESTION = "What is the capital of France?";
  private static final String ANSWER = "The capital of France is Paris.";
  private static final String LONG = "Write a long story about a lighthouse.";

  private static Browser browser;
  private static Bookend bookend;
  private static BookendServer server;

  @BeforeAll
  static void open() {
    browser = new Browser();
    bookend =
        Bookend.of(
            TextModel.open(SampleModel.open(), SplitOptions.DEFAULT.withChangeableLink()),
            BookendOptions.of("sample"));
    server = start(0, options -> options);
  }

  private static BookendServer start(int port, UnaryOperator<ServerOptions> options) {
    return BookendServer.start(
        bookend,
        options.apply(
            ServerOptions.of("sample")
                .withAddress("127.0.0.1", port)
                .withDrain(Duration.ofMillis(100))));
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
    if (server != null) {
      server.close();
    }
    if (bookend != null) {
      bookend.close();
    }
  }

  @BeforeEach
  void load() {
    browser.open(server.url() + "/");
    awaitStatus("Ready");
  }

  @AfterEach
  void nothingElseWasAsked() {
    for (String url : browser.requestedUrls()) {
      assertTrue(
          url.startsWith("http://127.0.0.1:") || url.startsWith("data:"), url + " was requested");
    }
  }

  private static void awaitStatus(String text) {
    browser.await("status " + text, () -> browser.text("status").equals(text));
  }

  private static void ask(String question) {
    browser.type("message", question, Keys.ENTER);
  }

  private static void awaitAnswer(String text) {
    browser.await(
        "answer",
        () -> browser.text("messages").contains(text) && browser.text("status").equals("Ready"));
  }

  private static double lastMillis() {
    return Double.parseDouble(
        (String) browser.run("return document.getElementById('flight').dataset.millis"));
  }

  @Test
  void anAnswerComesWithItsRoundTripsAndDrafters() {
    assertTrue(
        browser.text("picture").contains("layers 4\u2060–\u206025"), browser.text("picture"));
    assertTrue(browser.text("place").contains("embedded"));
    ask(QUESTION);
    awaitAnswer(ANSWER);
    assertEquals(
        "Answer: " + ANSWER, browser.run("return document.getElementById('spoken').textContent"));
    assertTrue(browser.text("flight").matches("\\d+ drafted, .* up, .* down, \\d+ ms\\."));
    assertTrue(browser.text("rate").contains("tokens per round trip"));
    assertTrue(browser.text("legend").contains("nobody (plain)"));
    ask("Repeat this: one two three four one two three four one two three four");
    browser.await("second answer", () -> browser.text("status").equals("Answering"));
    awaitStatus("Ready");
    assertTrue(
        (Boolean) browser.run("return document.querySelector('#messages .t[title]') !== null"),
        "no token is marked as guessed");
    browser.picture("desktop");
    browser.click("new");
    assertEquals("", browser.text("messages"));
    assertEquals(List.of(), browser.consoleErrors());
  }

  @Test
  void aStopEndsTheAnswerOnTheServerToo() {
    ask(LONG);
    browser.await("tokens", () -> browser.text("flight").contains("drafted"));
    browser.click("stop");
    awaitAnswer("Stopped.");
    browser.await("end on the server", () -> server.running() == 0);
    assertEquals(List.of(), browser.consoleErrors());
  }

  @Test
  void theSliderMakesRoundTripsLonger() {
    browser.type("link", Keys.HOME);
    for (int i = 0; i < 20; i++) {
      browser.type("link", Keys.ARROW_RIGHT);
    }
    browser.await("link", () -> linkMillis() == 200);
    assertEquals("200 ms", browser.text("link-value"));
    try {
      ask(QUESTION);
      awaitAnswer(ANSWER);
      assertTrue(lastMillis() >= 200, lastMillis() + " ms");
    } finally {
      browser.type("link", Keys.HOME);
      browser.await("link", () -> linkMillis() == 0);
    }
    assertEquals(List.of(), browser.consoleErrors());
  }

  private static long linkMillis() {
    return bookend.model().model().links().profile().orElseThrow().roundTrip().toMillis();
  }

  @Test
  void whatIsTypedOutlivesTheServerAndIsAnsweredByTheNext() {
    int port = server.port();
    browser.type("message", QUESTION);
    server.close();
    browser.type("message", Keys.ENTER);
    browser.await("away", () -> browser.isShown("away"));
    assertEquals("The server is away", browser.text("status"));
    assertEquals(QUESTION, browser.element("message").getDomProperty("value"));
    assertFalse(browser.element("send").isEnabled());
    server = start(port, options -> options);
    awaitStatus("Ready");
    assertFalse(browser.isShown("away"));
    browser.type("message", Keys.ENTER);
    awaitAnswer(ANSWER);
    boolean unused = browser.consoleErrors().isEmpty(); // a browser itself reports lost connections
  }

  @Test
  void aServerWithAKeyIsAskedWithIt() {
    try (BookendServer locked = start(0, options -> options.withKeys(List.of("secret-1")))) {
      browser.open(locked.url() + "/");
      browser.await("key field", () -> browser.isShown("key-form"));
      browser.type("key", "wrong", Keys.ENTER);
      browser.await("key field again", () -> browser.isShown("key-form"));
      browser.type("key", "secret-1", Keys.ENTER);
      awaitStatus("Ready");
      ask(QUESTION);
      awaitAnswer(ANSWER);
      assertEquals(0L, browser.run("return Object.keys(localStorage).length"));
      assertEquals("", browser.element("key").getDomProperty("value"));
      boolean unused = browser.consoleErrors().isEmpty(); // a browser reports each status 401
    }
  }

  @Test
  void theAttackReadsTheLastMessageAndCanBeStopped() {
    assertFalse(browser.element("attack").isEnabled());
    ask("My account is 4471 1907 at Winterthur.");
    browser.await("answering", () -> browser.text("status").equals("Answering"));
    awaitStatus("Ready");
    browser.click("attack");
    browser.await("progress", () -> browser.isShown("attack-stop"));
    browser.click("attack-stop");
    browser.await("stopped", () -> browser.text("attack-state").equals("Stopped."));
    browser.await(
        "another attack",
        () -> {
          if (browser.isShown("attack")) {
            browser.click("attack");
          }
          return browser.text("attack-state").startsWith("Read ");
        });
    assertEquals("My account is 4471 1907 at Winterthur.", browser.text("attack-text"));
    assertTrue(browser.text("attack-state").matches("Read (\\d+) of \\1 tokens right.*"));
    browser.run("document.getElementById('panel').scrollTop = 9999");
    browser.picture("attack");
    boolean unused = browser.consoleErrors().isEmpty(); // status 429 while the first one ends
  }

  @Test
  void nothingMovesForThoseWhoWantNoMotion() {
    browser.prefer("prefers-reduced-motion", "reduce");
    try {
      ask(LONG);
      browser.await("tokens", () -> browser.text("flight").contains("drafted"));
      assertEquals(0L, browser.run("return document.getAnimations().length"));
      browser.click("stop");
      awaitStatus("Ready");
    } finally {
      browser.prefer("prefers-reduced-motion", "no-preference");
    }
  }

  @Test
  void axeFindsNoBarrierInLightAndDarkOnDesktopAndPhone() {
    browser.resize(390, 844, true);
    try {
      ask(QUESTION);
      awaitAnswer(ANSWER);
      assertEquals(List.of(), browser.barriers());
      browser.picture("phone");
      browser.click("view");
      assertEquals(List.of(), browser.barriers());
      browser.picture("phone-split");
      browser.prefer("prefers-color-scheme", "dark");
      browser.await("dark", () -> background().equals("rgb(20, 24, 27)"));
      assertEquals(List.of(), browser.barriers());
      assertEquals(0L, browser.run("return document.documentElement.scrollWidth - innerWidth"));
      browser.resize(1280, 800, false);
      assertEquals(List.of(), browser.barriers());
      browser.picture("dark");
      browser.click("theme");
      assertEquals("rgb(246, 245, 242)", background());
      assertEquals(List.of(), browser.barriers());
    } finally {
      browser.prefer("prefers-color-scheme", "light");
      browser.resize(1280, 800, false);
      browser.run("localStorage.clear()");
    }
    assertEquals(List.of(), browser.consoleErrors());
  }

  private static String background() {
    return (String) browser.run("return getComputedStyle(document.body).backgroundColor");
  }
}
