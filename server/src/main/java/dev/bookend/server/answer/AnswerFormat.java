package dev.bookend.server.answer;

import dev.bookend.Completion;
import dev.bookend.CompletionListener.Piece;
import dev.bookend.decoding.RoundTrip;
import dev.bookend.server.http.ApiException;
import java.util.List;

/**
 * How an API writes the completions of one request. Each method is called by one thread at a time.
 */
public interface AnswerFormat {
  /** The whole response, once all completions are there. */
  String whole(List<Completion> completions);

  /** The content type of {@link #whole}. */
  default String contentType() {
    return "application/json";
  }

  /** The content type of a response that is streamed. */
  default String streamType() {
    return "text/event-stream; charset=utf-8";
  }

  /** A piece of a streamed response that readers skip; empty: there is none. */
  default String heartbeat() {
    return ": still at work\n\n";
  }

  /** What is written before a completion's first piece. */
  String begin(int index);

  /** What is written for a piece of a completion's text; empty: nothing. */
  String piece(int index, Piece piece);

  /** What is written for a round trip of a completion, behind its pieces; empty: nothing. */
  default String roundTrip(int index, RoundTrip roundTrip) {
    return "";
  }

  /** What is written once a completion is whole. */
  String end(int index, Completion completion);

  /** What is written once all are. */
  String finish(List<Completion> completions);

  /** An error as a piece of a response that has begun already. */
  String lateError(ApiException error);
}
