package dev.bookend.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.SessionLimits;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.remote.CloudAddress;
import dev.bookend.split.SplitOptions;
import dev.bookend.triton.testing.ResidentMemory;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Sixteen clients at once, on four sessions, while the cloud is killed twice. The system property
 * {@code bookend.clients.minutes} sets how long the slow one takes.
 */
class ManyClientsIT {
  private static final int CLIENTS = 16;
  private static final int SESSIONS = 4;
  private static final int WAITING = 6; // so that some have to be turned away
  private static final int PROMPTS = 6;
  private static final int TOKENS = 8;

  /** A JVM's memory goes up and down by some tens of MB. */
  private static final long MOST_GROWTH = 100L << 20;

  /** Before that memory grows by what is loaded and compiled. */
  private static final Duration WARM_UP = Duration.ofMinutes(1);

  private static final double MINUTES =
      Double.parseDouble(System.getProperty("bookend.clients.minutes", "5"));

  private static String body(int prompt) {
    return """
        {"model": "sample", "temperature": 0, "max_tokens": %d,
         "messages": [{"role": "user", "content": "Count from %d to twenty."}]}
        """
        .formatted(TOKENS, prompt + 1);
  }

  private static String text(HttpResponse<String> response) {
    assertEquals(200, response.statusCode(), response.body());
    JsonObject choice =
        JsonParser.parseString(response.body())
            .getAsJsonObject()
            .getAsJsonArray("choices")
            .get(0)
            .getAsJsonObject();
    return choice.getAsJsonObject("message").get("content").getAsString();
  }

  @Test
  void answersAreThoseOfOneByOneWhileTheCloudIsKilledTwice() throws Exception {
    serve(Duration.ofSeconds(12));
  }

  @Test
  @Tag("slow")
  void answersAreThoseOfOneByOneForMinutes() throws Exception {
    serve(Duration.ofSeconds((long) (60 * MINUTES)));
  }

  private static void serve(Duration time) throws Exception {
    Checkpoint checkpoint = SampleModel.open();
    SplitOptions split = SplitOptions.DEFAULT;
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try (Decoder decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32)) {
      EmbeddedCloud first = EmbeddedCloud.start(decoder, split.split().contract(checkpoint));
      int port = first.endpoint().port();
      SplitOptions remote = split.withCloud(CloudAddress.parse(first.endpoint().toString()));
      try (ServedSample served =
          new ServedSample(
              SampleModel.open(),
              remote,
              new SessionLimits(SESSIONS, Duration.ofMinutes(5), WAITING),
              options -> options)) {
        Map<Integer, String> alone = new HashMap<>();
        for (int prompt = 0; prompt < PROMPTS; prompt++) {
          alone.put(prompt, text(served.post("/v1/chat/completions", body(prompt))));
        }
        long end = System.nanoTime() + time.toNanos();
        AtomicInteger turnedAway = new AtomicInteger();
        AtomicInteger answered = new AtomicInteger();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
          Random random = new Random(i);
          all.add(
              clients.submit(
                  () -> {
                    boolean hadOne = false;
                    while (!hadOne || System.nanoTime() < end) {
                      int prompt = random.nextInt(PROMPTS);
                      HttpResponse<String> response =
                          served.post("/v1/chat/completions", body(prompt));
                      if (response.statusCode() == 429) {
                        assertTrue(response.headers().firstValue("retry-after").isPresent());
                        turnedAway.incrementAndGet();
                        Thread.sleep(200);
                      } else {
                        assertEquals(alone.get(prompt), text(response));
                        answered.incrementAndGet();
                        hadOne = true;
                      }
                    }
                    return null;
                  }));
        }
        EmbeddedCloud cloud = first;
        long[] resident = new long[2];
        for (int kill = 0; kill < 2; kill++) {
          Thread.sleep(time.toMillis() / 3);
          resident[kill] = ResidentMemory.afterCollection();
          cloud.close();
          Thread.sleep(500);
          cloud =
              EmbeddedCloud.start(
                  decoder, split.split().contract(checkpoint), EmbeddedCloud.Limits.DEFAULT, port);
        }
        for (Future<?> one : all) {
          one.get(time.toSeconds() + 120, TimeUnit.SECONDS);
        }
        assertTrue(answered.get() >= CLIENTS, answered + " answers");
        assertTrue(turnedAway.get() > 0, "nobody was turned away");
        awaitIdle(served);
        assertTrue(served.bookend().sessions() <= SESSIONS);
        assertEquals(0, served.bookend().waiting());
        long last = ResidentMemory.afterCollection();
        System.out.printf(
            "%d answers, %d turned away; resident %,d, then %,d, then %,d MB%n",
            answered.get(), turnedAway.get(), resident[0] >> 20, resident[1] >> 20, last >> 20);
        if (time.compareTo(WARM_UP) > 0) {
          assertTrue(last - resident[0] < MOST_GROWTH, resident[0] + " bytes, then " + last);
        }
        served.stop();
        served.bookend().close(); // while the cloud is there to hear of it
        cloud.close();
      }
    } finally {
      clients.shutdownNow();
      checkpoint.close();
    }
  }

  private static void awaitIdle(ServedSample served) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (served.running() > 0 && System.nanoTime() < end) {
      Thread.sleep(20);
    }
    assertEquals(0, served.running());
  }
}
