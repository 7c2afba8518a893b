package dev.bookend.server.page;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.Completion;
import dev.bookend.CompletionListener.Piece;
import dev.bookend.decoding.RoundTrip;
import dev.bookend.model.tokenizer.TextStream;
import dev.bookend.server.answer.AnswerFormat;
import dev.bookend.server.http.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An answer as the page shows it: each round trip with the tokens that it brought, and who had
 * guessed them. The first token is the answer to the prompt itself and comes before all round
 * trips.
 */
final class TripFormat implements AnswerFormat {
  private final TextStream tokenTexts;
  private final int bytesPerToken;
  private final StringBuilder untold = new StringBuilder();
  private boolean begun;

  /**
   * @param tokenTexts decodes tokens; for this answer alone
   * @param bytesPerToken of hidden states, one way
   */
  TripFormat(TextStream tokenTexts, int bytesPerToken) {
    this.tokenTexts = tokenTexts;
    this.bytesPerToken = bytesPerToken;
  }

  @Override
  public String whole(List<Completion> completions) {
    throw new IllegalStateException("the page's answers are streamed");
  }

  @Override
  public String begin(int index) {
    return "";
  }

  @Override
  public String piece(int index, Piece piece) {
    untold.append(piece.text());
    if (begun) {
      return ""; // with its round trip, which is over in a moment
    }
    begun = true;
    return rest();
  }

  /** What was not told yet, as text that nobody had guessed. */
  private String rest() {
    if (untold.length() == 0) {
      return "";
    }
    JsonArray tokens = new JsonArray();
    tokens.add(token(untold.toString(), List.of()));
    untold.setLength(0);
    return PageEvents.of("tokens", tokens);
  }

  private static JsonObject token(String text, List<String> drafters) {
    JsonObject token = new JsonObject();
    token.addProperty("text", text);
    JsonArray by = new JsonArray();
    drafters.forEach(by::add);
    token.add("by", by);
    return token;
  }

  @Override
  public String roundTrip(int index, RoundTrip roundTrip) {
    begun = true;
    int accepted =
        (int) roundTrip.tokens().stream().filter(token -> !token.drafters().isEmpty()).count();
    JsonObject trip = new JsonObject();
    trip.addProperty("drafted", roundTrip.sentTokens() - 1);
    trip.addProperty("accepted", accepted);
    trip.addProperty("ahead", roundTrip.ahead());
    trip.addProperty("millis", Math.round(roundTrip.millis() * 10) / 10.0);
    trip.addProperty("bytesUp", (long) roundTrip.sentTokens() * bytesPerToken);
    trip.addProperty("bytesDown", (long) roundTrip.sentTokens() * bytesPerToken);
    trip.add("tokens", tokens(roundTrip.tokens()));
    return PageEvents.of("trip", trip);
  }

  /**
   * Shares out the text that came with a round trip among its tokens. A character may take several
   * tokens; then it is the last one's.
   */
  private JsonArray tokens(List<RoundTrip.Token> added) {
    String text = untold.toString();
    untold.setLength(0);
    List<String> parts = new ArrayList<>();
    added.forEach(token -> parts.add(tokenTexts.add(token.id())));
    JsonArray tokens = new JsonArray();
    String joined = String.join("", parts);
    if (text.endsWith(joined)) {
      String before = text.substring(0, text.length() - joined.length());
      if (!before.isEmpty()) {
        tokens.add(token(before, List.of()));
      }
      for (int i = 0; i < parts.size(); i++) {
        tokens.add(token(parts.get(i), added.get(i).drafters()));
      }
    } else {
      tokens.add(token(text, List.of()));
    }
    return tokens;
  }

  @Override
  public String end(int index, Completion completion) {
    JsonObject end = new JsonObject();
    end.addProperty("reason", completion.finishReason().name().toLowerCase(Locale.ROOT));
    end.addProperty("text", completion.text());
    end.addProperty("promptTokens", completion.promptTokens().size());
    end.addProperty("tokens", completion.tokens().size());
    return rest() + PageEvents.of("end", end);
  }

  @Override
  public String finish(List<Completion> completions) {
    return "";
  }

  @Override
  public String lateError(ApiException error) {
    return PageEvents.error(error);
  }

  @Override
  public String heartbeat() {
    return PageEvents.HEARTBEAT;
  }
}
