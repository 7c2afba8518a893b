package dev.bookend.model.store;

import java.nio.file.Path;

/**
 * A model in the store.
 *
 * @param name the name that {@link ModelStore#resolve} and {@link ModelStore#remove} take
 * @param path the directory, or the GGUF file
 * @param bytes size of its files
 */
public record StoredModel(String name, Path path, long bytes) {}
