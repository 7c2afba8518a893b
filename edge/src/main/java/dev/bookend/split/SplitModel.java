package dev.bookend.split;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.link.EmulatedLink;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.Distillation;
import dev.bookend.model.runtime.Embedding;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.remote.CloudException;
import dev.bookend.remote.MiddleLocator;
import dev.bookend.remote.RetryPolicy;
import dev.bookend.session.BatchInvariantSteps;
import dev.bookend.session.Session;
import dev.bookend.speculation.drafthead.StandInFile;
import dev.bookend.speculation.drafthead.StandInHead;
import dev.bookend.speculation.drafthead.StandInWeights;
import dev.bookend.training.StandInTraining;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.TritonConnection;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A model cut in two: the lower and upper layers in this process, the middle behind a gRPC
 * connection. Serves any number of sessions, one after the other or interleaved.
 */
public final class SplitModel implements AutoCloseable {
  /** As many tokens as guesses are made among: a larger LM head takes longer than it brings. */
  static final int LIKELY_TOKENS = 8192;

  private final Checkpoint checkpoint;
  private final SplitOptions options;
  private final Deque<AutoCloseable> resources;
  private final Decoder decoder;
  private final DecoderRange lower;
  private final DecoderRange upper;
  private final OutputHead head;
  private final List<EmulatedLink> links = new ArrayList<>();
  private final MiddleLocator cloud;
  private final Contract contract;
  private StandInHead standin;

  private SplitModel(Checkpoint checkpoint, SplitOptions options, Deque<AutoCloseable> resources) {
    this.checkpoint = checkpoint;
    this.options = options;
    this.resources = resources;
    this.contract = options.split().contract(checkpoint);
    this.decoder = own(Decoder.open(checkpoint, options.device(), options.type()));
    List<Endpoint> endpoints = options.cloud().endpoints();
    if (options.cloud().isEmbedded()) {
      EmbeddedCloud embedded = own(EmbeddedCloud.start(decoder, contract));
      endpoints = List.of(embedded.endpoint());
    }
    this.cloud = new MiddleLocator(connect(endpoints), contract);
    // Before the weights are loaded: an unreachable cloud should not take that long to be found
    // out.
    cloud.served();
    this.lower = own(decoder.range(0, contract.from()));
    this.upper = own(decoder.range(contract.to(), contract.layers()));
    this.head = own(decoder.outputHead());
  }

  /**
   * Opens a model's edge half, and its other half where the cloud is embedded.
   *
   * @param checkpoint stays in use until this is closed, and stays open then
   * @throws BookendException if the model cannot be used, or the split does not fit it
   * @throws CloudException if the cloud cannot be reached, or holds no middle for this model and
   *     split
   */
  public static SplitModel open(Checkpoint checkpoint, SplitOptions options) {
    options.split().requireFits(checkpoint.config());
    Deque<AutoCloseable> resources = new ArrayDeque<>();
    try {
      return new SplitModel(checkpoint, options, resources);
    } catch (RuntimeException e) {
      closeAll(resources);
      throw e;
    }
  }

  public ModelConfig config() {
    return checkpoint.config();
  }

  public SplitOptions options() {
    return options;
  }

  /** Most tokens that a session can hold. */
  public int contextLength() {
    return Math.min(config().contextLength(), cloud.served().maxContext());
  }

  /** A session that holds no token yet. */
  public Session newSession() {
    return newSession(Optional.empty());
  }

  /**
   * A session that holds no token yet.
   *
   * @param steps the shape of steps where hidden states must not depend, to the last bit, on how
   *     tokens share them; empty: any
   */
  public Session newSession(Optional<BatchInvariantSteps> steps) {
    return new Session(this, steps);
  }

  /** Bytes of the messages sent to the cloud so far, by all sessions. */
  public long bytesSent() {
    return cloud.bytesSent();
  }

  /** Bytes of the messages received from the cloud so far, by all sessions. */
  public long bytesReceived() {
    return cloud.bytesReceived();
  }

  /**
   * Makes the emulated link another one; returns when all that was under way has arrived.
   *
   * @throws IllegalStateException if this was opened without one
   */
  public void emulate(LinkProfile profile) {
    if (links.isEmpty()) {
      throw new IllegalStateException("no link is emulated");
    }
    links.forEach(link -> link.become(profile));
    cloud.computeTime(); // its answer arrives behind all others
  }

  /**
   * Asks the cloud how long it has computed so far, over all clients; a round trip.
   *
   * @return nanoseconds in queue and computation, and for how many requests
   */
  public CloudTime cloudTime() {
    return cloud.computeTime();
  }

  /**
   * What a server says that the middle has run, all clients together.
   *
   * @param requests how many requests it has answered; 0 if it keeps no count
   * @param nanos time those spent in its queue and computing
   */
  public record CloudTime(long requests, long nanos) {
    /**
     * Nanoseconds that fall to some requests among all that have run since an earlier time.
     *
     * @param own how many of the requests since then are meant
     */
    public long share(CloudTime earlier, int own) {
      long all = requests - earlier.requests;
      return all <= 0 ? 0 : (nanos - earlier.nanos) * Math.min(own, all) / all;
    }
  }

  /**
   * The stand-in for the middle that this model's sessions share: one that was made for this model
   * and split, by {@link StandInTraining} or with this program, or else one that learns from these
   * sessions.
   *
   * @throws BookendException if its file is damaged, or there is none and the model is too wide to
   *     learn from sessions
   */
  public synchronized StandInHead standin() {
    if (standin == null) {
      Optional<byte[]> ready = readyStandin();
      if (ready.isPresent()) {
        standin = own(standin(ready.get()));
      } else if (StandInHead.learnsOnline(contract.hiddenSize())) {
        standin = own(newStandin());
      } else {
        throw new BookendException(
            ErrorCode.DRAFT_HEAD_MISSING,
            "there is no trained draft head for this model and split, and the model is too wide to"
                + " train one while it is used");
      }
    }
    return standin;
  }

  /** The stand-in that was made for this model and split, as bytes; empty: none was. */
  public Optional<byte[]> readyStandin() {
    return StandInFile.find(contract);
  }

  /** Whether there is a {@link #readyStandin}: a look, where that one reads megabytes. */
  public boolean hasReadyStandin() {
    return StandInFile.isThere(contract);
  }

  /** What edge and cloud have agreed on. */
  public Contract contract() {
    return contract;
  }

  /** A ready stand-in; the caller closes it, before this. */
  public StandInHead standin(byte[] content) {
    int width = config().hiddenSize();
    List<Shape> shapes = new ArrayList<>(List.of(new Shape(2L * width + 1, width)));
    shapes.addAll(decoder.layerShapes());
    NDManager manager = decoder.newScope();
    StandInWeights weights = StandInWeights.decode(content, manager, shapes);
    List<NDArray> tensors = weights.tensors();
    DecoderRange layer = decoder.layer(tensors.subList(1, tensors.size()));
    return StandInHead.ready(
        manager, head.shortlist(array(weights.tokens())), tensors.get(0), layer);
  }

  /** A stand-in for the middle that knows nothing yet; the caller closes it, before this. */
  public StandInHead newStandin() {
    int width = config().hiddenSize();
    return StandInHead.learning(
        decoder.newScope(), head.shortlist(likelyTokens()), decoder.regression(2 * width, width));
  }

  /** Where nothing is known of a text: tokens that were made first are likelier than others. */
  public int[] likelyTokens() {
    return IntStream.range(0, Math.min(LIKELY_TOKENS, config().vocabularySize())).toArray();
  }

  /** Teaches a stand-in that begins as a linear map; the caller closes it, before this. */
  public Distillation distillation(List<Integer> tokens, NDArray map) {
    return decoder.distillation(contract.to(), array(tokens), map);
  }

  private static int[] array(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  public DecoderRange lower() {
    return lower;
  }

  public DecoderRange upper() {
    return upper;
  }

  public OutputHead head() {
    return head;
  }

  public Embedding embedding() {
    return decoder.embedding();
  }

  public NDManager newScope() {
    return decoder.newScope();
  }

  /** Element type in which hidden states travel to and from the cloud in use. */
  public DataType wireType() {
    return cloud.served().halfPrecision() ? DataType.FLOAT16 : DataType.FLOAT32;
  }

  public MiddleLocator cloud() {
    return cloud;
  }

  public int maxTokensPerStep() {
    return cloud.served().maxTokensPerStep();
  }

  public RetryPolicy retryPolicy() {
    return options.retry();
  }

  private List<TritonConnection> connect(List<Endpoint> endpoints) {
    List<TritonConnection> connections = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      Endpoint near = endpoint;
      ConnectionOptions connection = options.connection();
      if (options.link().isPresent()) {
        EmulatedLink link =
            own(
                EmulatedLink.open(
                    new InetSocketAddress(endpoint.host(), endpoint.port()), options.link().get()));
        links.add(link);
        near =
            new Endpoint(link.address().getHostString(), link.address().getPort(), endpoint.tls());
        connection = connection.withAuthority(endpoint.host());
      }
      connections.add(own(open(near, connection)));
    }
    return connections;
  }

  private static TritonConnection open(Endpoint endpoint, ConnectionOptions options) {
    return CloudException.crossing(() -> TritonConnection.open(endpoint, options));
  }

  private <T extends AutoCloseable> T own(T resource) {
    resources.push(resource);
    return resource;
  }

  private static void closeAll(Deque<AutoCloseable> resources) {
    if (resources.isEmpty()) {
      return;
    }
    try {
      resources.pop().close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      closeAll(resources); // the others too, where one fails
    }
  }

  /** Ends the connection and frees the weights; sessions must be closed before. */
  @Override
  public void close() {
    closeAll(resources);
  }
}
