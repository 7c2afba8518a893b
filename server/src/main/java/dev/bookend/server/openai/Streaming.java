package dev.bookend.server.openai;

import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Parameters;
import java.util.Optional;

/**
 * How a request is to be answered.
 *
 * @param wanted piece by piece
 * @param includesUsage with the tokens used as the last piece
 */
record Streaming(boolean wanted, boolean includesUsage) {
  static Streaming read(Parameters parameters) {
    boolean wanted = parameters.flag("stream", false);
    Optional<Parameters> options = parameters.object("stream_options");
    if (options.isPresent() && !wanted) {
      throw ApiException.parameter("stream_options", "needs stream to be true");
    }
    boolean usage = options.isPresent() && options.get().flag("include_usage", false);
    options.ifPresent(
        given -> {
          given.withoutEffect("include_obfuscation");
          given.requireKnown();
        });
    return new Streaming(wanted, usage);
  }
}
