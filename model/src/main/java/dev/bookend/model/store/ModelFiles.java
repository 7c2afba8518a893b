package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.gguf.PartName;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Which files of a repository make a model. */
final class ModelFiles {
  private static final Set<String> DESCRIPTION =
      Set.of(
          "config.json",
          "generation_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "chat_template.jinja",
          "model.safetensors.index.json");
  private static final int SHOWN = 8;
  private static final String WEIGHTS = "model.safetensors";
  private static final String INDEX = WEIGHTS + ".index.json";
  private static final Pattern SHARD = Pattern.compile("model-[0-9]{5}-of-[0-9]{5}\\.safetensors");

  /** Weights in the same repository that no index of this form names. */
  private static final Pattern OTHERS = Pattern.compile("(consolidated|adapter_).*");

  private ModelFiles() {}

  /**
   * Chooses the safetensors with all that describes them, or one GGUF file.
   *
   * @param paths all paths of the repository
   * @throws BookendException if there is no such model, or it has several GGUF files and none is
   *     named
   */
  static List<String> choose(HubName name, List<String> paths) {
    if (name.file().isPresent()) {
      return gguf(name, paths);
    }
    List<String> top = paths.stream().filter(path -> path.indexOf('/') < 0).toList();
    List<String> weights = top.stream().filter(path -> path.endsWith(".safetensors")).toList();
    List<String> chosen = weights(top, weights);
    if (chosen.isEmpty()) {
      if (!weights.isEmpty() && paths.stream().noneMatch(ModelFiles::isGguf)) {
        throw otherSafetensors(name, weights);
      }
      return gguf(name, paths);
    }
    if (!top.contains("config.json") || !top.contains("tokenizer.json")) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          name + " has no config.json and tokenizer.json, so Bookend cannot run it");
    }
    return top.stream().filter(p -> DESCRIPTION.contains(p) || chosen.contains(p)).toList();
  }

  /** What can be opened: one file, or the shards of an index. Others are the same for others. */
  private static List<String> weights(List<String> top, List<String> weights) {
    if (top.contains(WEIGHTS)) {
      return List.of(WEIGHTS);
    }
    if (!top.contains(INDEX)) {
      return List.of();
    }
    List<String> shards = weights.stream().filter(path -> SHARD.matcher(path).matches()).toList();
    return shards.isEmpty()
        ? weights.stream().filter(path -> !OTHERS.matcher(path).matches()).toList()
        : shards;
  }

  private static BookendException otherSafetensors(HubName name, List<String> weights) {
    boolean adapter = weights.stream().allMatch(path -> path.startsWith("adapter_"));
    return new BookendException(
        ErrorCode.MODEL_UNSUPPORTED,
        name
            + (adapter
                ? " is an adapter, which is no model by itself: "
                : " has neither model.safetensors nor an index of shards, but ")
            + String.join(", ", weights.subList(0, Math.min(SHOWN, weights.size()))));
  }

  /** Whether a file says what the model looks like, or where its tensors are. */
  static boolean isGeometry(HubFile file) {
    return Set.of("config.json", "generation_config.json", INDEX).contains(file.path());
  }

  /** Whether a file holds tensors. */
  static boolean isWeights(String path) {
    return path.endsWith(".safetensors") || isGguf(path);
  }

  private static boolean isGguf(String path) {
    return path.toLowerCase(Locale.ROOT).endsWith(".gguf");
  }

  /** Whether a file's name has a part such as {@code Q4_K_M}, between other parts. */
  private static boolean hasPart(String path, String part) {
    return Pattern.compile(
            "(?<![A-Za-z0-9_])" + Pattern.quote(part) + "(?![A-Za-z0-9_])",
            Pattern.CASE_INSENSITIVE)
        .matcher(path)
        .find();
  }

  /** One file, or all parts of a model that is split into several, in order. */
  private static List<String> gguf(HubName name, List<String> paths) {
    String first = firstGguf(name, paths);
    Optional<PartName> part = PartName.parse(first);
    if (part.isEmpty()) {
      return List.of(first);
    }
    List<String> parts =
        IntStream.rangeClosed(1, part.get().count()).mapToObj(part.get()::withNumber).toList();
    Set<String> there = Set.copyOf(paths);
    for (String file : parts) {
      if (!there.contains(file)) {
        throw new BookendException(
            ErrorCode.MODEL_NOT_FOUND,
            "%s has no file %s, so that not all %d parts of %s are there"
                .formatted(name.repository(), file, parts.size(), first));
      }
    }
    return parts;
  }

  /** Of a model in several files, the name of the first. */
  private static String first(String path) {
    return PartName.parse(path).map(part -> part.withNumber(1)).orElse(path);
  }

  private static String firstGguf(HubName name, List<String> paths) {
    List<String> all =
        paths.stream().filter(ModelFiles::isGguf).map(ModelFiles::first).distinct().toList();
    List<String> top = all.stream().filter(path -> path.indexOf('/') < 0).toList();
    Optional<String> wanted = name.file();
    List<String> fitting;
    if (wanted.isEmpty()) {
      List<String> near = top.isEmpty() ? all : top;
      List<String> usual = near.stream().filter(path -> hasPart(path, "Q4_K_M")).toList();
      fitting = near.size() == 1 ? near : usual;
    } else if (name.wholeFile().isPresent()) {
      fitting = all.stream().filter(first(wanted.get())::equals).toList();
    } else {
      fitting = all.stream().filter(path -> hasPart(path, wanted.get())).toList();
    }
    if (fitting.size() == 1) {
      return fitting.get(0);
    }
    if (all.isEmpty()) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED, name + " holds neither safetensors nor GGUF files");
    }
    if (!fitting.isEmpty()) {
      all = fitting;
    }
    List<String> shown = all.subList(0, Math.min(SHOWN, all.size()));
    throw new BookendException(
        ErrorCode.MODEL_NOT_FOUND,
        "name one of the GGUF files as "
            + name.repository()
            + ":FILE.gguf: "
            + String.join(", ", shown)
            + (shown.size() < all.size() ? ", ..." : ""));
  }
}
