package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.util.List;
import java.util.Locale;
import java.util.Set;

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

  private ModelFiles() {}

  /**
   * Chooses the safetensors with all that describes them, or one GGUF file.
   *
   * @param paths all paths of the repository
   * @throws BookendException if there is no such model, or it has several GGUF files and none is
   *     named
   */
  static List<String> choose(HubName name, List<String> paths) {
    List<String> top = paths.stream().filter(path -> path.indexOf('/') < 0).toList();
    if (name.file().isPresent()) {
      return List.of(gguf(name, top));
    }
    List<String> weights = top.stream().filter(path -> path.endsWith(".safetensors")).toList();
    // Some repositories hold the weights twice, under other names for other programs.
    List<String> model = weights.stream().filter(path -> path.startsWith("model")).toList();
    List<String> chosen = model.isEmpty() ? weights : model;
    if (chosen.isEmpty()) {
      return List.of(gguf(name, top));
    }
    if (!top.contains("config.json") || !top.contains("tokenizer.json")) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          name + " has no config.json and tokenizer.json, so Bookend cannot run it");
    }
    return top.stream().filter(p -> DESCRIPTION.contains(p) || chosen.contains(p)).toList();
  }

  private static String gguf(HubName name, List<String> top) {
    List<String> all = top.stream().filter(path -> path.endsWith(".gguf")).toList();
    String wanted = name.file().orElse(null);
    if (wanted != null && all.contains(wanted)) {
      return wanted;
    }
    List<String> usual =
        all.stream().filter(path -> path.toUpperCase(Locale.ROOT).contains("Q4_K_M")).toList();
    if (wanted == null && all.size() == 1) {
      return all.get(0);
    }
    if (wanted == null && usual.size() == 1) {
      return usual.get(0);
    }
    if (all.isEmpty()) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED, name + " holds neither safetensors nor GGUF files");
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
