package dev.bookend.export;

import java.nio.file.Path;

/**
 * A middle in a model repository.
 *
 * @param name what it is called there
 * @param directory the model's directory, in the repository
 * @param from its first layer
 * @param to the layer after its last
 * @param tensors number of the checkpoint's tensors in it
 * @param bytes size of its files
 */
public record ExportedModel(
    String name, Path directory, int from, int to, int tensors, long bytes) {}
