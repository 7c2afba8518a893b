package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.TextModel;
import dev.bookend.error.BookendException;
import dev.bookend.evaluation.eval.Evaluation;
import dev.bookend.export.MiddleExport;
import dev.bookend.triton.TritonException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * The libraries are used by other programs than this one, so no text in them may name one of its
 * flags or commands: {@link Failures} does. Reads every string constant in their class files.
 */
class LibraryTextsTest {
  /** One class of each library; all the others lie beside it. */
  private static final List<Class<?>> LIBRARIES =
      List.of(
          BookendException.class,
          TritonException.class,
          TextModel.class,
          MiddleExport.class,
          Evaluation.class);

  private static final Pattern FLAG = Pattern.compile("(^|[^-\\w])--[a-z][a-z-]+");
  private static final Pattern COMMAND =
      Pattern.compile(
          "\\bbookend (" + String.join("|", Main.commandLine().getSubcommands().keySet()) + ")\\b");

  /** What other programs are called with. */
  private static final Map<String, Set<String>> OF_OTHER_PROGRAMS =
      Map.of(
          // pip's, which is run to fetch a wheel
          "dev/bookend/model/store/Wheel",
          Set.of("--no-deps", "--only-binary=:all:", "--no-input", "--quiet"),
          // llama.cpp's, which joins a model that was split into several files
          "dev/bookend/model/checkpoint/gguf/GgufCheckpoint",
          Set.of("'llama-gguf-split --merge'"),
          // trtexec's, in the script that builds a TensorRT engine
          "dev/bookend/export/EngineBuild",
          Set.of(
              "--onnx=",
              "--saveEngine=",
              "--stronglyTyped",
              "--skipInference",
              "--minShapes=",
              "--optShapes=",
              "--maxShapes="));

  @Test
  void noTextInALibraryNamesAFlagOrACommand() throws Exception {
    Set<String> found = new TreeSet<>();
    for (Class<?> library : LIBRARIES) {
      Map<String, Set<String>> texts = texts(library);
      assertTrue(texts.containsKey(library.getName().replace('.', '/')), texts.keySet().toString());
      texts.forEach(
          (name, all) ->
              all.stream()
                  .flatMap(text -> named(withoutOtherPrograms(name, text)))
                  .forEach(named -> found.add(name + " names " + named)));
    }
    assertEquals(Set.of(), found);
  }

  /** Were an exception no longer needed, it could hide a flag of this program's. */
  @Test
  void everyExceptionIsNeeded() throws Exception {
    Map<String, Set<String>> texts = new HashMap<>();
    for (Class<?> library : LIBRARIES) {
      texts.putAll(texts(library));
    }
    OF_OTHER_PROGRAMS.forEach(
        (name, allowed) ->
            allowed.forEach(
                part ->
                    assertTrue(
                        texts.get(name).stream().anyMatch(text -> text.contains(part)),
                        name + " has no " + part)));
  }

  @Test
  void flagsAndCommandsAreToldFromOtherText() {
    for (String text :
        List.of(
            "--raw works without it",
            "use --tls-ca",
            "a prompt (--system)",
            "make one with 'bookend standin train'")) {
      assertEquals(1, named(text).count(), text);
    }
    for (String text : List.of("a -- b", "---", "x--y", "-Xmx", "bookend exports", "--\u0001")) {
      assertEquals(0, named(text).count(), text);
    }
  }

  /** The flags and commands in a text. */
  private static Stream<String> named(String text) {
    return Stream.of(FLAG, COMMAND)
        .flatMap(pattern -> pattern.matcher(text).results())
        .map(MatchResult::group);
  }

  private static String withoutOtherPrograms(String name, String text) {
    String rest = text;
    for (String part : OF_OTHER_PROGRAMS.getOrDefault(name, Set.of())) {
      rest = rest.replace(part, "");
    }
    return rest;
  }

  /** The string constants of each class of a library, by the class's name. */
  private static Map<String, Set<String>> texts(Class<?> library)
      throws IOException, URISyntaxException {
    Path place = Path.of(library.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (Files.isDirectory(place)) {
      return texts(place);
    }
    try (FileSystem jar = FileSystems.newFileSystem(place)) {
      return texts(jar.getPath("/"));
    }
  }

  private static Map<String, Set<String>> texts(Path root) throws IOException {
    Map<String, Set<String>> texts = new HashMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      files
          .filter(file -> file.toString().endsWith(".class"))
          .forEach(
              file -> {
                Constants constants = new Constants();
                read(file).accept(constants, ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
                texts.put(constants.name, constants.texts);
              });
    }
    return texts;
  }

  private static ClassReader read(Path file) {
    try {
      return new ClassReader(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Collects what the code loads, concatenates or keeps in constants; annotations are no text. */
  private static final class Constants extends ClassVisitor {
    private final Set<String> texts = new TreeSet<>();
    private String name;

    Constants() {
      super(Opcodes.ASM9);
    }

    @Override
    public void visit(
        int version, int access, String name, String signature, String parent, String[] faces) {
      this.name = name;
    }

    @Override
    public FieldVisitor visitField(
        int access, String name, String descriptor, String signature, Object value) {
      add(value);
      return null;
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String name, String descriptor, String signature, String[] exceptions) {
      return new MethodVisitor(Opcodes.ASM9) {
        @Override
        public void visitLdcInsn(Object value) {
          add(value);
        }

        @Override
        public void visitInvokeDynamicInsn(
            String name, String descriptor, Handle bootstrap, Object... arguments) {
          for (Object argument : arguments) {
            add(argument); // the recipe of a concatenation is one
          }
        }
      };
    }

    private void add(Object constant) {
      if (constant instanceof String text) {
        texts.add(text);
      }
    }
  }
}
