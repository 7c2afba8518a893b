package dev.bookend.cli.chat;

import dev.bookend.cli.markdown.Look;
import dev.bookend.cli.markdown.RowWrap;
import dev.bookend.model.contract.Contract;
import dev.bookend.split.SplitModel;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jline.utils.AttributedString;

/**
 * The line at the bottom: what is open, how fast it is, and where each layer runs. Where the
 * terminal is narrow, what matters least goes first.
 */
final class StatusLine {
  private final Look look;
  private String model = "";
  private String layers = "";
  private String layersShort = "";
  private String speed = "";
  private String perTrip = "";
  private String network = "";
  private String bytes = "";
  private String queue = "";

  StatusLine(Look look) {
    this.look = look;
  }

  /** Another model is open. */
  void model(ModelChoice choice, SplitModel split) {
    model = name(choice.model()) + " " + split.options().split();
    layersShort = split.options().cloud().isEmbedded() ? "embedded" : "cloud";
    layers = layers(split);
    network = choice.link().isPresent() ? "link " + choice.link().get() : "";
    queue = "";
    speed = "";
    perTrip = "";
    bytes = "";
  }

  private static String name(String model) {
    String[] parts = model.split("/", -1);
    return parts[parts.length - 1].isEmpty() ? model : parts[parts.length - 1];
  }

  /** Which layers are at the edge, and which in the cloud. */
  static String layers(SplitModel split) {
    Contract contract = split.contract();
    String there = split.options().cloud().isEmbedded() ? "embedded cloud" : "cloud";
    List<String> parts = new ArrayList<>();
    if (contract.from() > 0) {
      parts.add(range(0, contract.from()) + " here");
    }
    parts.add(range(contract.from(), contract.to()) + " " + there);
    if (contract.to() < contract.layers()) {
      parts.add(range(contract.to(), contract.layers()) + " here");
    }
    return "layers " + String.join(", ", parts);
  }

  static String range(int from, int to) {
    return to - from == 1 ? Integer.toString(from) : from + "-" + (to - 1);
  }

  void speed(double tokensPerSecond, double tokensPerRoundTrip) {
    speed = Figures.tenths(tokensPerSecond) + " tok/s";
    perTrip = tokensPerRoundTrip > 0 ? Figures.hundredths(tokensPerRoundTrip) + " tok/trip" : "";
  }

  void bytes(long sent, long received) {
    bytes = "up " + Figures.bytes(sent) + " down " + Figures.bytes(received);
  }

  void network(double roundTripMillis) {
    network = "RTT " + Figures.millis(roundTripMillis);
  }

  /**
   * @param meanMillis how long a request has waited on the server
   */
  void queue(OptionalDouble meanMillis) {
    queue = meanMillis.isPresent() ? "queue " + Figures.millis(meanMillis.getAsDouble()) : "";
  }

  /** The line, within a width. */
  AttributedString of(int width) {
    List<List<String>> shorter =
        List.of(
            List.of(model, speed, perTrip, network, bytes, queue, layers),
            List.of(model, speed, perTrip, network, bytes, queue, layersShort),
            List.of(model, speed, perTrip, network, bytes, layersShort),
            List.of(model, speed, perTrip, network, layersShort),
            List.of(model, speed, perTrip, layersShort),
            List.of(model, speed, perTrip),
            List.of(model, speed),
            List.of(model));
    String separator = look.unicode() ? " · " : " | ";
    String line = "";
    for (List<String> parts : shorter) {
      line = String.join(separator, parts.stream().filter(part -> !part.isEmpty()).toList());
      if (line.length() <= width) {
        break;
      }
    }
    return RowWrap.cut(new AttributedString(line, look.dim()), width);
  }
}
