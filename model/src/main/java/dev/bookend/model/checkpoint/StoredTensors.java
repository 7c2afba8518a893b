package dev.bookend.model.checkpoint;

import dev.bookend.error.BookendException;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The tensors of a checkpoint, by name.
 *
 * @param <T> what is known of a tensor: its place, or the tensor itself
 * @param readable those that can be read
 * @param others those that cannot, which stops a load only where one of them is needed
 */
public record StoredTensors<T>(
    SortedMap<String, T> readable, SortedMap<String, Unreadable> others) {

  /**
   * A tensor of a type that is not supported, without dimensions or without elements.
   *
   * @param failure what to say where it is needed
   * @param isWeight whether it has elements that a layer could compute with, rather than none, or
   *     counters and masks
   */
  public record Unreadable(BookendException failure, boolean isWeight) {}

  public StoredTensors() {
    this(new TreeMap<>(), new TreeMap<>());
  }

  /** Whether there is a tensor of this name, which can be read or not. */
  public boolean has(String name) {
    return readable.containsKey(name) || others.containsKey(name);
  }

  /** The same tensors by other names. A name that is given twice stays with its first tensor. */
  public StoredTensors<T> renamed(UnaryOperator<String> rename) {
    StoredTensors<T> renamed = new StoredTensors<>();
    readable.forEach(
        (name, tensor) -> {
          String other = rename.apply(name);
          renamed.readable.put(has(other) ? name : other, tensor);
        });
    others.forEach(
        (name, tensor) -> {
          String other = rename.apply(name);
          renamed.others.put(has(other) ? name : other, tensor);
        });
    return renamed;
  }

  /** The same with something else known of each tensor that can be read. */
  public <R> StoredTensors<R> map(Function<T, R> of) {
    StoredTensors<R> mapped = new StoredTensors<>();
    readable.forEach((name, tensor) -> mapped.readable.put(name, of.apply(tensor)));
    mapped.others.putAll(others);
    return mapped;
  }
}
