package dev.bookend.benchmarks;

import dev.bookend.Bookend;
import dev.bookend.BookendOptions;
import dev.bookend.CompletionRequest;
import dev.bookend.TextModel;
import dev.bookend.model.SampleModel;
import dev.bookend.server.BookendServer;
import dev.bookend.server.ServerOptions;
import dev.bookend.split.SplitOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What the HTTP API costs: answers of the sample model through a server, streamed, and from the
 * library, in turn, in one process, from one {@link Bookend}. Prompts differ in a number, so that
 * both find as much of each in a cache.
 */
public final class ServerOverhead {
  private static final int TOKENS = 60;
  private static final int WARM_UP = 4;

  private final Bookend bookend;
  private final HttpClient client = HttpClient.newHttpClient();
  private final URI chat;

  private ServerOverhead(Bookend bookend, String url) {
    this.bookend = bookend;
    this.chat = URI.create(url + "/v1/chat/completions");
  }

  /** Milliseconds to the first piece of text, and from there to the end. */
  private record Times(double first, double rest) {}

  /** Prints the medians and the spread of as many pairs as the argument says. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    int pairs = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20;
    SplitOptions split = SplitOptions.DEFAULT;
    try (Bookend bookend =
            Bookend.of(
                TextModel.open(SampleModel.open(), split),
                BookendOptions.of("sample").sequential());
        BookendServer server =
            BookendServer.start(bookend, ServerOptions.of("sample").withAddress("127.0.0.1", 0))) {
      ServerOverhead both = new ServerOverhead(bookend, server.url());
      List<Double> speed = new ArrayList<>();
      List<Double> first = new ArrayList<>();
      for (int i = 0; i < WARM_UP + pairs; i++) {
        boolean apiFirst = i % 2 == 0;
        Times before = apiFirst ? both.throughServer(2 * i) : both.direct(2 * i);
        Times after = apiFirst ? both.direct(2 * i + 1) : both.throughServer(2 * i + 1);
        if (i >= WARM_UP) {
          Times api = apiFirst ? before : after;
          Times library = apiFirst ? after : before;
          speed.add(library.rest() / api.rest());
          first.add(api.first() - library.first());
        }
      }
      print("tokens/s through the server, of the library's", speed);
      print("first token through the server, ms later", first);
    }
  }

  private static void print(String what, List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    System.out.printf(
        Locale.ROOT,
        "%s: median %.3f, %.3f to %.3f (%d pairs)%n",
        what,
        sorted.get(sorted.size() / 2),
        sorted.get(0),
        sorted.get(sorted.size() - 1),
        sorted.size());
  }

  private static String question(int number) {
    return "Tell me a story about a house with " + (1000 + number) + " windows.";
  }

  private Times direct(int number) {
    long start = System.nanoTime();
    long[] first = new long[1];
    bookend.complete(
        CompletionRequest.chat(question(number)).withMaxTokens(TOKENS),
        piece -> first[0] = first[0] == 0 ? System.nanoTime() : first[0]);
    return times(start, first[0]);
  }

  private Times throughServer(int number) throws IOException, InterruptedException {
    String body =
        """
        {"model": "sample", "temperature": 0, "max_tokens": %d, "stream": true,
         "messages": [{"role": "user", "content": "%s"}]}
        """
            .formatted(TOKENS, question(number));
    long start = System.nanoTime();
    long first = 0;
    HttpRequest request =
        HttpRequest.newBuilder(chat).POST(HttpRequest.BodyPublishers.ofString(body)).build();
    try (Stream<String> lines = client.send(request, BodyHandlers.ofLines()).body()) {
      for (Iterator<String> each = lines.iterator(); each.hasNext(); ) {
        boolean isText = each.next().contains("\"delta\":{\"content\":\"");
        first = first == 0 && isText ? System.nanoTime() : first;
      }
    }
    return times(start, first);
  }

  private static Times times(long start, long first) {
    return new Times((first - start) / 1e6, (System.nanoTime() - first) / 1e6);
  }
}
