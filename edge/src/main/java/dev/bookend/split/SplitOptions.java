package dev.bookend.split;

import ai.djl.Device;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.remote.CloudAddress;
import dev.bookend.remote.CloudListener;
import dev.bookend.remote.RetryPolicy;
import dev.bookend.triton.ConnectionOptions;
import java.util.Optional;

/**
 * How a model is split and where its parts run. {@link #DEFAULT} runs everything on this machine's
 * CPU; the {@code with} methods change one thing.
 *
 * @param split which layers stay at the edge
 * @param cloud where the others run
 * @param link emulated link between the two
 * @param device what the edge, and an embedded cloud, compute on
 * @param type what they compute in; F32 is the only exact one on a CPU
 * @param connection how to connect to the cloud
 * @param retry how long to try to get back a lost cloud
 * @param listener hears what happens on the way to the cloud
 */
public record SplitOptions(
    Split split,
    CloudAddress cloud,
    Optional<LinkProfile> link,
    Device device,
    WeightType type,
    ConnectionOptions connection,
    RetryPolicy retry,
    CloudListener listener) {

  public static final SplitOptions DEFAULT =
      new SplitOptions(
          new Split(4, 4),
          CloudAddress.EMBEDDED,
          Optional.empty(),
          Device.cpu(),
          WeightType.F32,
          ConnectionOptions.DEFAULT,
          RetryPolicy.DEFAULT,
          CloudListener.NONE);

  public SplitOptions withSplit(Split layers) {
    return new SplitOptions(layers, cloud, link, device, type, connection, retry, listener);
  }

  public SplitOptions withCloud(CloudAddress address) {
    return new SplitOptions(split, address, link, device, type, connection, retry, listener);
  }

  public SplitOptions withLink(LinkProfile profile) {
    return new SplitOptions(
        split, cloud, Optional.of(profile), device, type, connection, retry, listener);
  }

  /**
   * With a link whose profile can be changed while the model is open ({@link SplitModel#links()}):
   * the one that there is, or one that adds nothing yet. All that travels then takes a relay on the
   * loopback interface.
   */
  public SplitOptions withChangeableLink() {
    return withLink(link.orElse(LinkProfile.NONE));
  }

  public SplitOptions withDevice(Device where, WeightType what) {
    return new SplitOptions(split, cloud, link, where, what, connection, retry, listener);
  }

  public SplitOptions withConnection(ConnectionOptions options) {
    return new SplitOptions(split, cloud, link, device, type, options, retry, listener);
  }

  public SplitOptions withRetry(RetryPolicy policy) {
    return new SplitOptions(split, cloud, link, device, type, connection, policy, listener);
  }

  public SplitOptions withListener(CloudListener hears) {
    return new SplitOptions(split, cloud, link, device, type, connection, retry, hears);
  }
}
