package dev.bookend.model.checkpoint.part;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.JsonFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The note in a directory with parts of a model: which model they are of.
 *
 * @param version of this form
 * @param about for people who find the directory
 * @param model {@code owner/name}, for messages
 * @param commit of the repository
 * @param files the model's own files with its weights, in order, which are not here
 * @param fingerprint of the whole model
 */
public record PartNote(
    int version,
    String about,
    String model,
    String commit,
    List<SourceFile> files,
    String fingerprint) {
  /** The note's file. */
  static final String FILE = "edge.json";

  private static final int VERSION = 1;
  private static final String ABOUT =
      "Bookend keeps here what an edge needs of a model: its embedding, its output and some of its"
          + " layers. It is not the whole model.";
  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .setPrettyPrinting()
          .disableHtmlEscaping()
          .create();

  /**
   * One of the model's own files. Its header is kept beside the parts.
   *
   * @param path in the repository
   * @param bytes size of the whole file
   */
  public record SourceFile(String path, long bytes) {
    /** The name without directories. */
    public String name() {
      return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The name of the file that keeps the header. */
    public String headerName() {
      return name() + ".header";
    }
  }

  /** A note on a model. */
  public PartNote(String model, String commit, List<SourceFile> files, String fingerprint) {
    this(VERSION, ABOUT, model, commit, List.copyOf(files), fingerprint);
  }

  PartNote withFingerprint(String hex) {
    return new PartNote(model, commit, files, hex);
  }

  /**
   * Reads a directory's note.
   *
   * @throws BookendException if there is none that can be read
   */
  static PartNote read(Path directory) {
    Path file = directory.resolve(FILE);
    try {
      PartNote note = GSON.fromJson(JsonFields.text(file), PartNote.class);
      if (note != null && note.version == VERSION && note.isWhole()) {
        return note;
      }
    } catch (JsonParseException e) {
      throw new BookendException(ErrorCode.MODEL_DAMAGED, file + ": is not such a note", e);
    }
    throw new BookendException(ErrorCode.MODEL_DAMAGED, file + ": is not such a note");
  }

  private boolean isWhole() {
    return model != null
        && commit != null
        && fingerprint != null
        && files != null
        && !files.isEmpty()
        && files.stream()
            .allMatch(
                source ->
                    source != null
                        && source.path() != null
                        && source.bytes() > 0
                        && !List.of("", ".", "..").contains(source.name())
                        && !source.name().contains("\\"));
  }

  /** Writes it into a directory, all of it or nothing. */
  void write(Path directory) throws IOException {
    Path part = directory.resolve(FILE + ".part");
    Files.writeString(part, GSON.toJson(this) + "\n");
    Files.move(
        part,
        directory.resolve(FILE),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }
}
