package dev.bookend.cli.chat;

import java.util.Optional;

/**
 * What a user can choose of a model while the shell runs, as the flags of the same names take it.
 *
 * @param model name, directory or file
 * @param split layers at the edge, {@code K:M}
 * @param cloud {@code embedded} or addresses
 * @param link the emulated link; empty: none
 */
public record ModelChoice(String model, String split, String cloud, Optional<String> link) {
  /** The same with another model. */
  public ModelChoice withModel(String other) {
    return new ModelChoice(other, split, cloud, link);
  }

  /** The same with another split. */
  public ModelChoice withSplit(String other) {
    return new ModelChoice(model, other, cloud, link);
  }

  /** The same with another cloud. */
  public ModelChoice withCloud(String other) {
    return new ModelChoice(model, split, other, link);
  }

  /** The same with another link. */
  public ModelChoice withLink(Optional<String> other) {
    return new ModelChoice(model, split, cloud, other);
  }
}
