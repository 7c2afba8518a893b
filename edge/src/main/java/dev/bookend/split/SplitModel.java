package dev.bookend.split;

import dev.bookend.background.Background;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.error.BookendException;
import dev.bookend.link.EmulatedLinks;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.remote.CloudAddress;
import dev.bookend.remote.CloudEvent;
import dev.bookend.remote.CloudException;
import dev.bookend.remote.CloudListener;
import dev.bookend.remote.CloudServer;
import dev.bookend.remote.CloudStatistics;
import dev.bookend.remote.MiddleLocator;
import dev.bookend.session.BatchInvariantSteps;
import dev.bookend.session.EdgeModel;
import dev.bookend.session.Session;
import dev.bookend.triton.Route;
import dev.bookend.triton.TritonConnection;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A model cut in two: the lower and upper layers in this process, the middle behind a gRPC
 * connection. Opens the parts, puts them together, and closes them. Serves any number of sessions.
 *
 * <p>Safe for use by several threads; each session is for one thread at a time.
 */
public final class SplitModel implements AutoCloseable {
  private final SplitOptions options;
  private final Deque<AutoCloseable> resources;
  private final Contract contract;
  private final EmulatedLinks links;
  private final CloudStatistics statistics;
  private final EdgeModel edge;
  private final DraftHeads draftHeads;

  private SplitModel(Checkpoint checkpoint, SplitOptions options, Deque<AutoCloseable> resources) {
    this.options = options;
    this.resources = resources;
    this.contract = options.split().contract(checkpoint);
    requireLayers(checkpoint);
    Decoder decoder = own(Decoder.open(checkpoint, options.device(), options.type()));
    this.links = own(new EmulatedLinks());
    Cloud cloud;
    EdgeWeights weights;
    if (options.cloud().isEmbedded()) {
      // gRPC takes about as long to start as the edge's weights to load, and on one core.
      Background<Cloud> starting =
          Background.begin(
              "bookend-embedded-cloud",
              () -> find(CloudAddress.of(own(EmbeddedCloud.start(decoder, contract)).endpoint())));
      try {
        weights = load(decoder);
      } finally {
        starting.end(found -> {}); // what it owns is closed with the rest
      }
      cloud = starting.result();
    } else {
      // Before the weights are loaded, so that an unreachable cloud is found out soon.
      cloud = find(options.cloud());
      weights = load(decoder);
    }
    this.statistics = new CloudStatistics(cloud.connections(), cloud.locator());
    // An emulated link is there to be measured like a real one.
    boolean isCloudAway = !options.cloud().isEmbedded() || options.link().isPresent();
    this.draftHeads =
        own(
            new DraftHeads(
                decoder, weights.lower(), weights.upper(), weights.head(), contract, isCloudAway));
    this.edge =
        new EdgeModel(
            checkpoint.config(),
            decoder.embedding(),
            weights.lower(),
            weights.upper(),
            weights.head(),
            draftHeads::layers,
            decoder::newScope,
            cloud.locator(),
            options.retry());
  }

  private record EdgeWeights(DecoderRange lower, DecoderRange upper, OutputHead head) {}

  private EdgeWeights load(Decoder decoder) {
    return new EdgeWeights(
        own(decoder.range(0, contract.from())),
        own(decoder.range(contract.to(), contract.layers())),
        own(decoder.outputHead()));
  }

  private record Cloud(List<TritonConnection> connections, MiddleLocator locator) {}

  private Cloud find(CloudAddress address) {
    List<TritonConnection> connections = address.servers().stream().map(this::connect).toList();
    MiddleLocator locator =
        new MiddleLocator(connections, contract, listener(), options.retry().total());
    locator.served();
    return new Cloud(connections, locator);
  }

  /** An embedded cloud need not be searched for, and its address says nothing to a user. */
  private CloudListener listener() {
    CloudListener listener = options.listener();
    if (!options.cloud().isEmbedded()) {
      return listener;
    }
    return event -> {
      if (event instanceof CloudEvent.Waiting waiting) {
        listener.onEvent(new CloudEvent.Waiting("the embedded cloud", waiting.since(), false));
      } else if (!(event instanceof CloudEvent.Searching)) {
        listener.onEvent(event);
      }
    };
  }

  /** Before the cloud is asked, for it may be out of reach as well. */
  private void requireLayers(Checkpoint checkpoint) {
    if (options.cloud().isEmbedded()) {
      checkpoint.requireLayers(contract.from(), contract.to());
    }
    checkpoint.requireLayers(0, contract.from());
    checkpoint.requireLayers(contract.to(), contract.layers());
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

  /** Tells situations apart in which round trips may take another time. */
  public String costsDependOn() {
    return String.join(
        " ",
        contract.toString(),
        options.cloud().toString(),
        options.link().toString(),
        options.type().toString(),
        options.device().toString());
  }

  /** The geometry of the whole model. */
  public ModelConfig config() {
    return edge.config();
  }

  /** What this was opened with. */
  public SplitOptions options() {
    return options;
  }

  /** What edge and cloud have agreed on. */
  public Contract contract() {
    return contract;
  }

  /** The layers at the edge, and where to find those that are not. */
  public EdgeModel edge() {
    return edge;
  }

  /** The emulated links to the servers. */
  public EmulatedLinks links() {
    return links;
  }

  /** What all sessions have sent and received, and what the cloud has computed. */
  public CloudStatistics statistics() {
    return statistics;
  }

  /** The draft heads of this model. */
  public DraftHeads draftHeads() {
    return draftHeads;
  }

  /** Most tokens that a session can hold. */
  public int contextLength() {
    return edge.contextLength();
  }

  /** Name of the element type in which hidden states travel to and from the cloud in use. */
  public String wireType() {
    return edge.locator().served().wireType().toString();
  }

  /** What the cloud in use says of its weights and arithmetic, as {@code int8}; empty: nothing. */
  public Optional<String> servedPrecision() {
    return edge.locator().served().precision();
  }

  /** A session that holds no token yet; the caller closes it, before this. */
  public Session newSession() {
    return newSession(Optional.empty());
  }

  /**
   * A session that holds no token yet; the caller closes it, before this.
   *
   * @param steps the sizes that steps must have where hidden states must not depend, to the last
   *     bit, on how tokens share steps; empty: any
   */
  public Session newSession(Optional<BatchInvariantSteps> steps) {
    return new Session(edge, steps);
  }

  private TritonConnection connect(CloudServer server) {
    Optional<Route> tunnel = server.openTunnel().map(this::own);
    Optional<Route> route =
        options
            .link()
            .map(profile -> links.open(server.endpoint(), tunnel, profile))
            .or(() -> tunnel);
    return own(server.connect(options.connection(), route));
  }

  /** What comes later is closed earlier. An embedded cloud comes on a thread of its own. */
  private <T extends AutoCloseable> T own(T resource) {
    synchronized (resources) {
      resources.push(resource);
    }
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
