package dev.bookend.embedded;

import dev.bookend.model.runtime.ComputeThread;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.triton.proto.InferParameter;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Triton's sequence batcher with the {@code oldest} strategy, for one model instance. Requests run
 * one after the other, those of a sequence in the order in which they come, each on the KV cache of
 * its sequence; small ones go before other sequences' large ones, as the {@link ComputeThread} has
 * it. A request with the START flag begins a sequence with an empty cache, also where one of this
 * id is there already. A sequence ends with the END flag or after the idle time. If there are as
 * many sequences as the limit allows, the next one waits without an answer until a place is free.
 *
 * <p>All state but the queues belongs to the {@link ComputeThread}, so that a request that waits
 * there holds up no other.
 */
final class Sequences implements AutoCloseable {
  private final MiddleModel model;
  private final EmbeddedCloud.Limits limits;
  private final ScheduledExecutorService clock;
  private final SequenceQueues<Job> queues = new SequenceQueues<>();
  private final Map<Long, Live> live = new HashMap<>();
  private final Map<Long, Queue<Job>> waiting = new LinkedHashMap<>();
  private boolean closed;
  private volatile Statistics statistics = new Statistics(0, 0, 0, 0);

  Sequences(MiddleModel model, EmbeddedCloud.Limits limits) {
    this.model = model;
    this.limits = limits;
    this.clock =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "bookend-embedded-cloud");
              thread.setDaemon(true);
              return thread;
            });
    long period = Math.max(1, limits.maxSequenceIdle().toMillis() / 2);
    ScheduledFuture<?> unused =
        clock.scheduleWithFixedDelay(
            () -> ComputeThread.execute(false, this::expire),
            period,
            period,
            TimeUnit.MILLISECONDS);
  }

  /** Takes a request's answer, or the text of its error. */
  interface Reply {
    void answer(ModelInferResponse response);

    void error(String message);
  }

  private record Job(ModelInferRequest request, Reply reply, long received) {
    boolean starts() {
      return flag("sequence_start");
    }

    boolean ends() {
      return flag("sequence_end");
    }

    long sequence() {
      return request
          .getParametersOrDefault("sequence_id", InferParameter.getDefaultInstance())
          .getInt64Param();
    }

    boolean isLarge() {
      return request.getInputsList().stream()
          .anyMatch(input -> input.getShapeCount() > 0 && ComputeThread.isLarge(input.getShape(0)));
    }

    private boolean flag(String name) {
      return request
          .getParametersOrDefault(name, InferParameter.getDefaultInstance())
          .getBoolParam();
    }
  }

  private static final class Live {
    private final KvCache cache;
    private long lastUsed = System.nanoTime();

    private Live(KvCache cache) {
      this.cache = cache;
    }
  }

  Statistics statistics() {
    return statistics;
  }

  /** Queues a request; the reply is called on the compute thread. */
  void submit(ModelInferRequest request, Reply reply) {
    Job job = new Job(request, reply, System.nanoTime());
    if (queues.add(job.sequence(), job)) {
      schedule(job);
    }
  }

  private void schedule(Job job) {
    ComputeThread.execute(
        job.isLarge(),
        () -> {
          try {
            admit(job);
          } finally {
            queues.next(job.sequence()).ifPresent(this::schedule);
          }
        });
  }

  private void admit(Job job) {
    long id = job.sequence();
    if (closed) {
      fail(job, "the server is shutting down");
    } else if (id == 0) {
      fail(
          job,
          "inference request to model '"
              + model.name()
              + "' must specify a non-zero or non-empty correlation ID");
    } else if (live.containsKey(id)) {
      run(id, job);
    } else if (waiting.containsKey(id)) {
      waiting.get(id).add(job);
    } else if (!job.starts()) {
      fail(
          job,
          "inference request for sequence "
              + id
              + " to model '"
              + model.name()
              + "' must specify the START flag on the first request of the sequence");
    } else if (live.size() < limits.maxCandidateSequences()) {
      run(id, job);
    } else {
      waiting.put(id, new ArrayDeque<>());
      waiting.get(id).add(job);
    }
  }

  private void run(long id, Job job) {
    if (job.starts()) {
      drop(id);
      live.put(id, new Live(model.newCache()));
    }
    Live sequence = live.get(id);
    long start = System.nanoTime();
    try {
      ModelInferResponse response = model.run(job.request(), sequence.cache);
      sequence.lastUsed = System.nanoTime();
      statistics = statistics.plusAnswered(start - job.received(), sequence.lastUsed - start);
      job.reply().answer(response);
    } catch (OutOfMemoryError e) {
      fail(job, "out of memory: " + e.getMessage());
    } catch (RuntimeException e) {
      fail(job, String.valueOf(e.getMessage()));
    } finally {
      if (job.ends()) {
        drop(id);
        admitWaiting();
      }
    }
  }

  private void fail(Job job, String message) {
    statistics = statistics.plusFailed();
    job.reply().error(message);
  }

  private void drop(long id) {
    Live sequence = live.remove(id);
    if (sequence != null) {
      sequence.cache.close();
    }
  }

  private void admitWaiting() {
    while (live.size() < limits.maxCandidateSequences() && !waiting.isEmpty()) {
      long id = waiting.keySet().iterator().next();
      waiting.remove(id).forEach(this::admit);
    }
  }

  private void expire() {
    if (closed) {
      return;
    }
    long now = System.nanoTime();
    long idle = limits.maxSequenceIdle().toNanos();
    live.entrySet().stream()
        .filter(entry -> now - entry.getValue().lastUsed > idle)
        .map(Map.Entry::getKey)
        .toList()
        .forEach(this::drop);
    admitWaiting();
  }

  /** Waits for the step that runs, whatever it takes: the caller frees the weights next. */
  @Override
  public void close() {
    clock.shutdownNow();
    ComputeThread.run(
        () -> {
          closed = true;
          live.values().forEach(sequence -> sequence.cache.close());
          live.clear();
          return null;
        });
  }
}
