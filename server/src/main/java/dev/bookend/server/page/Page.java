package dev.bookend.server.page;

import com.google.gson.JsonObject;
import dev.bookend.CompletionRequest;
import dev.bookend.link.EmulatedLinks;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.server.answer.AnswerRun.Work;
import dev.bookend.server.answer.Responder;
import dev.bookend.server.answer.ServedModel;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Parameters;
import dev.bookend.split.SplitModel;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;

/** The page at {@code /}, and what it asks of the server under {@code /page/}. */
public final class Page implements AutoCloseable {
  private static final int MOST_LINK_MILLIS = 300;
  private static final int USUAL_TOKENS = 1024;

  private final ServedModel model;
  private final Responder responder;
  private final PromptAttack attack;

  /**
   * A page for a model.
   *
   * @param threads run attacks on prompts
   */
  public Page(Vertx vertx, ServedModel model, Responder responder, ExecutorService threads) {
    this.model = model;
    this.responder = responder;
    this.attack = new PromptAttack(vertx, model.bookend(), threads, responder::isStopping);
  }

  /** Whether a path is that of a file which anyone may have. */
  public static boolean isPublic(String path) {
    return StaticFiles.contain(path);
  }

  /** Adds its paths to a router. */
  public void mount(Router router) {
    StaticFiles.mount(router);
    router.get("/page/split").handler(this::split);
    router.post("/page/chat").blockingHandler(this::chat, false);
    router.put("/page/link").handler(this::link);
    router.post("/page/attack").handler(attack::answer);
  }

  private SplitModel model() {
    return model.bookend().model().model();
  }

  private void split(RoutingContext request) {
    request.response().putHeader("cache-control", "no-store");
    responder.json(request, 200, SplitPicture.of(model).toString());
  }

  private void chat(RoutingContext request) {
    Parameters parameters = Parameters.read(request);
    PageMessages messages = PageMessages.read(parameters);
    double temperature = parameters.number("temperature", 0, 2).orElse(0);
    int most = parameters.integer("maxTokens", 1, Integer.MAX_VALUE).orElse(USUAL_TOKENS);
    parameters.requireKnown();
    Sampling sampling =
        temperature == 0
            ? Sampling.GREEDY
            : new Sampling(temperature, 0, 1, ThreadLocalRandom.current().nextLong());
    CompletionRequest completion =
        CompletionRequest.of(messages.prompt()).withSampling(sampling).withMaxTokens(most);
    Work work =
        (bookend, listener, cancellation) -> bookend.complete(completion, listener, cancellation);
    TripFormat format =
        new TripFormat(
            model.bookend().model().tokenizer().stream(), SplitPicture.bytesPerToken(model()));
    responder.answer(request, List.of(work), format, true);
  }

  private void link(RoutingContext request) {
    Parameters parameters = Parameters.read(request);
    OptionalDouble millis = parameters.number("millis", 0, MOST_LINK_MILLIS);
    parameters.requireKnown();
    EmulatedLinks links = model().links();
    LinkProfile profile =
        links
            .profile()
            .orElseThrow(() -> ApiException.malformed("this server emulates no link to its cloud"));
    double wanted = millis.orElseThrow(() -> parameters.missing("millis"));
    links.setProfile(profile.withRoundTrip(Duration.ofNanos(Math.round(wanted * 1e6))));
    JsonObject answer = new JsonObject();
    answer.addProperty("linkMillis", wanted);
    responder.json(request, 200, answer.toString());
  }

  /** Frees what attacks have kept; none may be running. */
  @Override
  public void close() {
    attack.close();
  }
}
